// What decides it: rank correlations of the difference with each assumption, over the points kept.

import { byId, make } from "../dom.js";
import { spanName } from "./format.js";
import { texts } from "./texts.js";

/** @typedef {import("./results.js").Results} Results */

const SHOWN = 12;
const FEWEST = 10;
/** Beyond this many standard errors (1 / sqrt(n - 1)) a rank correlation is more than chance: one in a thousand, as there are many. */
const SURE = 3.3;

export class Reasons {
  /** @param {Results} results @param {(place: "x" | "y", span: number) => void} put */
  constructor(results, put) {
    this.results = results;
    this.put = put;
    this.list = make("ol", { class: "reasons" });
    this.note = make("p", { class: "note" }, texts.reasons.note);
    byId("reasons").append(make("h2", {}, texts.reasons.title), this.note, this.list);
    this.rows = results.head.spans.map((span, number) => {
      const name = spanName(span);
      const bar = make("i", {});
      const weight = make("span", { class: "weight" });
      const row = make("li", { "data-span": span.name }, make("span", { class: "what", title: span.meaning }, name),
        make("span", { class: "bar", "aria-hidden": "true" }, bar), weight,
        make("span", { class: "put" },
          make("button", { type: "button", "aria-label": texts.reasons.across(name), title: texts.reasons.across(name), onclick: () => put("x", number) }, "\u2192"),
          make("button", { type: "button", "aria-label": texts.reasons.up(name), title: texts.reasons.up(name), onclick: () => put("y", number) }, "\u2191")));
      return { row, bar, weight };
    });
  }

  /**
   * @param {{count: number, weights: Float64Array} | null} found
   * @param {number[]} mattering the spans that can matter
   * @param {number} known how many points there are to judge by
   */
  draw(found, mattering, known) {
    if (!found || found.count < FEWEST) {
      this.list.replaceChildren(make("li", { class: "empty" }, known < FEWEST ? texts.reasons.few : texts.reasons.constant));
      return;
    }
    const sure = SURE / Math.sqrt(found.count - 1);
    const rows = ranking(found.weights, mattering).slice(0, SHOWN).map((span) => {
      const value = found.weights[span];
      const { row, bar, weight } = this.rows[span];
      row.className = `${value < 0 ? "for-a" : "for-b"}${Math.abs(value) < sure ? " chance" : ""}`;
      bar.style.width = `${(50 * Math.abs(value)).toFixed(1)}%`;
      weight.textContent = `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(2)}`;
      return row;
    });
    if (!rows.some((row) => row.contains(document.activeElement))) { this.list.replaceChildren(...rows); return; }
    const focused = /** @type {HTMLElement} */ (document.activeElement);
    this.list.replaceChildren(...rows);
    focused.focus({ preventScroll: true });
  }
}

/** Spans by weight, the heaviest first; those that do not vary are left out. @param {Float64Array} weights @param {number[]} spans */
export function ranking(weights, spans) {
  return spans.filter((span) => !Number.isNaN(weights[span])).sort((i, j) => Math.abs(weights[j]) - Math.abs(weights[i]) || i - j);
}
