// Which points are kept: a double slider for everything that differs between points.

import { byId, make } from "../dom.js";
import { spanName, written } from "./format.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("./results.js").Results} Results
 * @typedef {import("./results.js").Span} Span
 * @typedef {{span: number, room: HTMLElement, low: HTMLInputElement | null, high: HTMLInputElement | null, one: HTMLSelectElement | null,
 *   fill: HTMLElement | null, output: HTMLElement, words: string}} Row
 */

const FIRST = 8;
const STEPS = 200;
const NARROW = matchMedia("(max-width: 700px)");

export class Ranges {
  /** @param {Results} results @param {() => void} changed */
  constructor(results, changed) {
    this.results = results;
    this.changed = changed;
    /** @type {Map<number, [number, number]>} the spans that are narrowed */
    this.narrowed = new Map();
    this.all = false;
    /** @type {number[]} spans that can matter, the most decisive first */
    this.ranking = results.columns.map((_, span) => span);
    const words = texts.ranges;
    const { spans } = results.head;
    this.count = make("span", { class: "note", role: "status" });
    this.search = make("input", { type: "search", placeholder: words.search, "aria-label": words.search, oninput: () => this.arrange() });
    this.more = make("button", { type: "button", onclick: () => { this.all = !this.all; this.arrange(); } });
    this.list = make("div", { class: "list" });
    this.inert = make("p", { class: "note", hidden: true });
    this.rows = spans.map((span, number) => this.row(span, number));
    byId("ranges").append(make("details", { open: !NARROW.matches }, make("summary", {}, make("h2", {}, words.title)), this.count,
      ...(spans.length > FIRST ? [this.search] : []), this.list,
      ...(spans.length ? [] : [make("p", { class: "empty" }, words.none)]), ...(spans.length > FIRST ? [this.more] : []), this.inert));
  }

  /** @param {Span} span @param {number} number @returns {Row} */
  row(span, number) {
    const name = spanName(span);
    const output = make("output", {});
    const head = make("div", { class: "name" }, make("b", {}, name), output);
    const meaning = span.meaning ? [make("div", { class: "meaning" }, `${span.meaning}${span.unit ? ` (${span.unit})` : ""}`)] : [];
    const room = make("div", { class: "range", "data-span": span.name });
    const search = `${name} ${span.name} ${span.meaning}`.toLowerCase();
    const chosen = span.values.some((value) => typeof value !== "number");
    if (chosen) {
      const one = make("select", { "aria-label": name, onchange: () => this.choose(number) },
        make("option", { value: "" }, texts.ranges.any), ...span.values.map((value, place) => make("option", { value: String(place) }, written(value))));
      room.append(head, one, ...meaning);
      return { span: number, room, low: null, high: null, one, fill: null, output, words: search };
    }
    const steps = span.values.length ? Math.max(1, span.values.length - 1) : STEPS;
    const end = (/** @type {"from" | "to"} */ which) => make("input", { type: "range", min: "0", max: String(steps), step: "1",
      value: which === "from" ? "0" : String(steps), "aria-label": texts.ranges[which](name), "data-end": which, oninput: () => this.move(number, which) });
    const [low, high] = [end("from"), end("to")];
    const fill = make("i", {});
    room.append(head, make("div", { class: "double" }, fill, low, high), ...meaning);
    return { span: number, room, low, high, one: null, fill, output, words: search };
  }

  /** The coordinate of a slider's step. @param {number} span @param {number} step */
  coordinate(span, step) {
    const { low, high, values } = this.results.head.spans[span];
    return values.length ? step : low + ((high - low) * step) / STEPS;
  }

  /** @param {number} span @param {"from" | "to"} which */
  move(span, which) {
    const { low, high } = this.rows[span];
    if (!low || !high) return;
    if (Number(low.value) > Number(high.value)) {
      if (which === "from") low.value = high.value;
      else high.value = low.value;
    }
    const whole = low.value === low.min && high.value === high.max;
    if (whole) this.narrowed.delete(span);
    // The ends of a slider keep what lies beyond its steps by a rounding.
    else this.narrowed.set(span, [low.value === low.min ? -Infinity : this.coordinate(span, Number(low.value)),
      high.value === high.max ? Infinity : this.coordinate(span, Number(high.value))]);
    this.show(span);
    this.changed();
  }

  /** @param {number} span */
  choose(span) {
    const value = this.rows[span].one?.value;
    if (value) this.narrowed.set(span, [Number(value), Number(value)]);
    else this.narrowed.delete(span);
    this.show(span);
    this.changed();
  }

  /** Write what a row says. @param {number} span */
  show(span) {
    const { low, high, fill, output, room } = this.rows[span];
    room.classList.toggle("narrowed", this.narrowed.has(span));
    if (!low || !high || !fill) return;
    const ends = [low, high].map((end) => written(this.results.setting(span, this.coordinate(span, Number(end.value)))));
    output.textContent = texts.ranges.span(ends[0], ends[1]);
    low.setAttribute("aria-valuetext", ends[0]);
    high.setAttribute("aria-valuetext", ends[1]);
    const share = (/** @type {HTMLInputElement} */ end) => Number(end.value) / Number(end.max);
    fill.style.left = `calc(8px + (100% - 16px) * ${share(low)})`;
    fill.style.right = `calc(8px + (100% - 16px) * ${1 - share(high)})`;
    // Of two thumbs in one place the one that can still move lies on top.
    low.style.zIndex = Number(low.value) > Number(low.max) / 2 ? "2" : "1";
  }

  /** @param {Map<number, [number, number]>} narrowed coordinates by span */
  set(narrowed) {
    this.narrowed = new Map();
    for (const { span, low, high, one } of this.rows) {
      const wanted = narrowed.get(span);
      const { low: from, high: to, values } = this.results.head.spans[span];
      if (one) {
        one.value = wanted ? String(wanted[0]) : "";
        if (wanted && one.value) this.narrowed.set(span, wanted);
      } else if (low && high) {
        const step = (/** @type {number} */ value) => Math.round(values.length ? value : ((value - from) / (to - from)) * STEPS);
        low.value = wanted && Number.isFinite(wanted[0]) ? String(step(wanted[0])) : low.min;
        high.value = wanted && Number.isFinite(wanted[1]) ? String(step(wanted[1])) : high.max;
        if (wanted) this.narrowed.set(span, wanted);
      }
      this.show(span);
    }
  }

  /** @param {number[]} ranking spans that can matter, the most decisive first */
  rank(ranking) {
    this.ranking = ranking;
    const others = this.rows.length - ranking.length;
    this.inert.hidden = !others;
    this.inert.textContent = texts.ranges.inert(others);
    this.arrange();
  }

  arrange() {
    const wanted = this.search.value.trim().toLowerCase();
    const kept = [...this.narrowed.keys()].filter((span) => !this.ranking.includes(span)); // what was narrowed can be widened again
    const shown = [...this.ranking, ...kept].filter((span, place) => (wanted ? this.rows[span].words.includes(wanted)
      : this.all || place < FIRST || this.narrowed.has(span)));
    const focused = document.activeElement;
    this.list.replaceChildren(...shown.map((span) => this.rows[span].room));
    if (focused instanceof HTMLElement && this.list.contains(focused)) focused.focus();
    this.more.textContent = this.all ? texts.ranges.fewer : texts.ranges.more(this.ranking.length);
    this.more.hidden = Boolean(wanted) || this.ranking.length <= FIRST;
  }

  /** @param {number} kept @param {number} all */
  say(kept, all) {
    this.count.textContent = texts.ranges.kept(kept, all);
  }
}
