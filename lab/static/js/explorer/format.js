// Numbers and names as the explorer writes them.

import { texts } from "./texts.js";

/** @param {number} value @param {number} [digits] significant digits */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  return String(Number(value.toPrecision(digits))).replace("-", "\u2212");
}

/** @param {number} value */
export function signed(value) {
  if (!Number.isFinite(value)) return "–";
  return (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(3);
}

/** @param {number} part @param {number} whole */
export const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(0)} %` : "–");

/** @param {string} name */
export const words = (name) => name.replaceAll("_", " ");

/** @param {import("./results.js").Span} span */
export const spanName = (span) => (span.group === "levers" ? `lever ${words(span.name)}` : words(span.name));

/** @param {number | string | boolean} setting */
export const written = (setting) => (typeof setting === "number" ? short(setting) : words(String(setting)));

/** @param {import("./results.js").Outcome} outcome */
export const outcomeName = (outcome) =>
  texts.outcomeName(words(outcome.title), outcome.population ? /** @type {Record<string, string>} */ (texts.populations)[outcome.population] ?? words(outcome.population) : "");
