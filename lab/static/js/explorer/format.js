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

/** A share as a whole percentage, halves up, as the report does; what is not all or nothing is not rounded to it. @param {number} part @param {number} whole */
export function percent(part, whole) {
  if (!whole) return "–";
  const rounded = Math.floor((100 * part) / whole + 0.5);
  if (rounded === 0 && part > 0) return texts.underOne;
  if (rounded === 100 && part < whole) return texts.overNinetyNine;
  return `${rounded} %`;
}

/** @param {string} name */
export const words = (name) => name.replaceAll("_", " ");

/** @param {import("./results.js").Span} span */
export const spanName = (span) => (span.group === "levers" ? `lever ${words(span.name)}` : words(span.name));

/** @param {number | string | boolean} setting */
export const written = (setting) => (typeof setting === "number" ? short(setting) : words(String(setting)));

/** @param {import("./results.js").Outcome} outcome */
export const outcomeName = (outcome) =>
  texts.outcomeName(words(outcome.title), outcome.population ? /** @type {Record<string, string>} */ (texts.populations)[outcome.population] ?? words(outcome.population) : "");
