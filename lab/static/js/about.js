// "A model, not a forecast": what went in, and what it cannot say.

import { byId, make } from "./dom.js";
import { texts } from "./texts.js";

/** @param {string[]} more paragraphs that only this page needs */
export function furnishAbout(more = []) {
  const about = byId("about");
  about.append(make("h2", {}, texts.about), ...[...texts.aboutText, ...more].map((text) => make("p", {}, text)),
    make("button", { type: "button", onclick: () => about.close() }, texts.close));
  byId("about-open").addEventListener("click", () => about.showModal());
}
