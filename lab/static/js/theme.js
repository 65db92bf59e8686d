// Light or dark, and the colours that the style sheet gives names to.

import { byId } from "./dom.js";

/** @typedef {import("./palettes.js").Theme} Theme */

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @returns {Theme} */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : DARK.matches;
  return { dark, page: dark ? [24, 26, 31] : [250, 249, 246] };
}

/** @param {string} name of a colour in the style sheet, without its dashes */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The colours of world A and world B. */
export const worldColours = () => [colour("a"), colour("b")];

/** @param {() => void} changed called when the reader, or the reader's system, turns from light to dark or back */
export function watchTheme(changed) {
  byId("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = theme().dark ? "light" : "dark";
    changed();
  });
  DARK.addEventListener("change", changed);
}
