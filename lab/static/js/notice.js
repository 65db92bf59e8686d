// One line for what the reader must know now.

import { byId, make } from "./dom.js";
import { texts } from "./texts.js";

/** @param {string} text empty to take the line away @param {(() => void) | null} restart what a button behind it does */
export function say(text, restart = null) {
  const notice = byId("notice");
  notice.hidden = !text;
  notice.replaceChildren(text, ...(restart ? [" ", make("button", { type: "button", onclick: restart }, texts.notice.restart)] : []));
}
