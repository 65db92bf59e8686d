// Guess first: asked once, before the policies are withdrawn.

import { byId, make } from "./dom.js";
import { texts } from "./texts.js";

const MONTH = 108;
const SECONDS = 8;

export class Guess {
  /**
   * @param {boolean} asked whether not to ask any more
   * @param {{stop: () => void, go: () => void, marked: () => void}} acts
   */
  constructor(asked, acts) {
    this.asked = asked;
    this.acts = acts;
    /** @type {import("./charts.js").Mark | null} */
    this.mark = null;
  }

  /** Whether it is still to be made: until then nothing may tell how it ends. */
  get pending() {
    return !this.asked || !byId("guess").hidden;
  }

  /** @param {number} month @param {number | null} end of the policies */
  inTime(month, end) {
    if (this.asked || end === null || month < MONTH || month > end) return;
    this.asked = true;
    this.acts.stop();
    const place = byId("guess");
    const words = texts.guess;
    const before = document.activeElement;
    const go = () => {
      clearTimeout(later);
      const within = place.contains(document.activeElement);
      place.hidden = true;
      place.onkeydown = null;
      if (within && before instanceof HTMLElement) before.focus();
      this.acts.go();
    };
    const later = setTimeout(go, SECONDS * 1000);
    const bet = (/** @type {string} */ text) => {
      this.mark = { month, text: `${texts.charts.guessed}: ${text}` };
      this.acts.marked();
      go();
    };
    place.replaceChildren(make("p", { id: "guess-question" }, words.question),
      make("div", { class: "row" }, ...[words.a, words.none, words.b].map((text) => make("button", { type: "button", onclick: () => bet(text) }, text)),
        make("button", { type: "button", class: "plain", onclick: go }, words.dismiss)),
      make("i", { class: "fuse" }));
    place.hidden = false;
    place.onkeydown = (event) => {
      if (event.key === "Escape") go();
      // Who moves on with the keyboard takes their time.
      else if (event.key === "Tab") { clearTimeout(later); place.querySelector(".fuse")?.remove(); }
    };
    // Not a button: a key pressed for something else must not guess. Nor is anybody interrupted who is typing.
    if (!before?.matches("input:not([type=range])")) place.focus({ preventScroll: true });
  }
}
