// The results explorer: one question at a time, asked of the points that are kept.

import { byId, make } from "../dom.js";
import { watchTheme } from "../theme.js";
import { Fans } from "./fans.js";
import { outcomeName, percent, words } from "./format.js";
import { WinMap } from "./map.js";
import { Ranges } from "./ranges.js";
import { ranking, Reasons } from "./reasons.js";
import { RunPanel } from "./run.js";
import { addressOf, stateOf, usualState } from "./state.js";
import { correlations, difference, keptPoints, tally } from "./sums.js";
import { texts } from "./texts.js";

/** @typedef {import("./results.js").Results} Results */

const ADDRESS_AFTER = 300; // milliseconds without a change before the address says where we are
const LOYALTY = ["loyalty", "loyalty_stayers"];

export class Explorer {
  /** @param {Results} results @param {boolean} served */
  constructor(results, served) {
    this.results = results;
    this.usual = usualState(results);
    this.state = this.usual;
    this.redraws = 0;
    /** @type {number[]} milliseconds that each redrawing took */
    this.took = [];
    this.furnish(served);
    this.ranges = new Ranges(results, () => { this.state.ranges = this.ranges.narrowed; this.draw(); });
    this.map = new WinMap(results, { axes: (x, y) => { Object.assign(this.state, { x, y }); this.draw(); }, choose: (point) => this.choose(point) });
    this.reasons = new Reasons(results, (place, span) => {
      // What stands on the other axis already changes places with it.
      if (place === "x" && span === this.state.y) this.state.y = this.state.x;
      if (place === "y" && span === this.state.x) this.state.x = this.state.y;
      this.state[place] = span;
      this.draw();
    });
    this.fans = new Fans(results);
    this.run = new RunPanel(results, (point) => this.choose(point), served);
    this.usualAxes();
    this.follow();
    addEventListener("hashchange", () => { if (location.hash !== this.address) this.follow(); });
    addEventListener("resize", () => { clearTimeout(this.resizing); this.resizing = setTimeout(() => this.draw(), 120); });
    watchTheme(() => this.draw());
  }

  /** @param {boolean} served */
  furnish(served) {
    const { head } = this.results;
    const numbers = new Intl.NumberFormat("en");
    for (const node of document.querySelectorAll("[data-text]")) node.textContent = /** @type {any} */ (texts)[node.getAttribute("data-text") ?? ""];
    document.title = texts.title(head.title);
    byId("title").textContent = texts.title(head.title);
    byId("facts").textContent = [texts.facts({ points: head.points, seeds: texts.seeds(head.points ? this.results.seeds(0).length : 0, head.populations), citizens: numbers.format(head.citizens), months: head.months, runs: numbers.format(head.runs) }),
      ...(head.failed ? [texts.failed(head.failed)] : []), ...(head.unasked ? [texts.unasked(head.unasked)] : [])].join(" ");
    byId("meaning").textContent = texts.note;
    const pick = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string[]} */ options, /** @type {(value: number) => void} */ act, kind = "") => {
      const select = make("select", { id, onchange: () => { act(Number(select.value)); this.refresh(); } }, ...options.map((text, value) => make("option", { value: String(value) }, text)));
      byId("asked").append(make("label", { class: kind }, label, select));
      return select;
    };
    const of = (/** @type {"a" | "b" | "outcome" | "mark" | "variant"} */ key) => (/** @type {number} */ value) => { this.state[key] = value; };
    const names = head.sides.map((side) => words(side.label));
    this.question = pick("question", texts.question, [...head.questions.map(({ title }) => words(title)), texts.own], (value) => this.ask(value), "question");
    this.outcome = pick("outcome", texts.outcome, head.outcomes.map(outcomeName), of("outcome"));
    this.mark = pick("month", texts.month, head.marks.map(String), of("mark"));
    this.a = pick("side-a", texts.sideA, names, of("a"));
    this.b = pick("side-b", texts.sideB, names, of("b"));
    this.variant = pick("variant", texts.variant, head.variants.map(({ name }, number) => (number ? name : texts.base)), of("variant"));
    if (head.variants.length < 2) this.variant.parentElement?.setAttribute("hidden", "");
    this.margin = make("input", { type: "number", id: "margin", min: "0", step: "any", oninput: () => {
      const value = this.margin.valueAsNumber;
      if (value >= 0) { this.state.margin = value; this.draw(); }
    } });
    byId("asked").append(make("label", {}, texts.margin, this.margin), make("div", { class: "buttons" },
      make("button", { type: "button", id: "keep-all", onclick: () => { this.ranges.set(new Map()); this.state.ranges = this.ranges.narrowed; this.draw(); } }, texts.reset),
      make("button", { type: "button", id: "share", onclick: () => this.share() }, texts.share),
      ...(served ? [make("a", { href: `/${location.search}`, id: "lab" }, texts.lab)] : []),
      make("button", { type: "button", id: "theme" }, texts.theme)));
  }

  /** @param {number} question */
  ask(question) {
    const chosen = this.results.head.questions[question];
    if (!chosen) return;
    const { a, b, outcome, mark, margin } = chosen;
    Object.assign(this.state, { a, b, outcome, mark, margin });
  }

  /** Put the two most decisive assumptions on the map's axes. */
  usualAxes() {
    const [x, y] = this.ranked();
    if (y !== undefined) Object.assign(this.usual, { x, y });
  }

  /** The spans that decide the question over all points, the heaviest first, then the others that can matter. @returns {number[]} */
  ranked() {
    const all = this.results.mattering(this.state);
    const differences = this.differences();
    const found = differences && correlations(this.results, differences, keptPoints(this.results, new Map()));
    const order = found ? ranking(found.weights, all) : [];
    return [...order, ...all.filter((span) => !order.includes(span))];
  }

  /** Take up what the address says. */
  follow() {
    this.state = stateOf(location.hash, { ...this.usual, ranges: new Map() }, this.results);
    this.ranges.set(this.state.ranges);
    this.state.ranges = this.ranges.narrowed;
    this.refresh();
  }

  /** After another question: what decides may be something else. */
  refresh() {
    const { state } = this;
    const ranked = this.ranked();
    this.ranges.rank(ranked);
    this.offerAxes(ranked);
    const { questions } = this.results.head;
    const asked = questions.findIndex((own) => own.a === state.a && own.b === state.b && own.outcome === state.outcome && own.mark === state.mark);
    this.question.value = String(asked < 0 ? questions.length : asked);
    for (const key of /** @type {const} */ (["outcome", "mark", "a", "b", "variant"])) this[key].value = String(state[key]);
    this.margin.value = String(state.margin);
    this.draw();
  }

  /** An axis on which nothing can matter gives way to the weightiest of the others. @param {number[]} ranked */
  offerAxes(ranked) {
    const { state } = this;
    for (const [axis, other] of /** @type {const} */ ([["x", "y"], ["y", "x"]])) {
      if (!ranked.includes(state[axis])) state[axis] = ranked.find((span) => span !== state[other]) ?? state[axis];
    }
    const offered = new Set([...ranked, state.x, state.y]);
    this.map.offer(this.results.columns.flatMap((_, span) => (offered.has(span) ? [span] : [])));
  }

  /** B minus A at every point, null where the folder does not hold both. */
  differences() {
    const { variant, a, b, outcome, mark } = this.state;
    const [first, second] = [a, b].map((side) => this.results.at(variant, side, outcome, mark));
    return first && second ? difference(first, second) : null;
  }

  draw() {
    const began = performance.now();
    const { state, results } = this;
    const { head } = results;
    const widths = [this.map.width, this.fans.width];
    const kept = keptPoints(results, state.ranges);
    const differences = this.differences();
    const names = /** @type {[string, string]} */ ([state.a, state.b].map((side) => words(head.sides[side]?.label ?? "")));
    const outcome = head.outcomes[state.outcome];
    const known = differences ? tally(differences, kept, state.margin) : null;
    this.ranges.say(kept.length, head.points);
    this.answer(known, names, kept.length);
    const wins = LOYALTY.includes(outcome?.measure);
    const drawn = differences ?? new Float64Array(head.points).fill(NaN);
    this.map.draw({ kept, differences: drawn, margin: state.margin, x: state.x, y: state.y, point: state.point, names, wins, width: widths[0] });
    this.reasons.draw(differences && known && known.known >= 2 ? correlations(results, differences, kept) : null, results.mattering(state), known?.known ?? 0);
    if (outcome) this.fans.draw({ ...state, kept, month: head.marks[state.mark], names, width: widths[1] });
    this.run.draw({ ...state, kept, differences, names });
    this.took.push(performance.now() - began);
    document.documentElement.dataset.redraws = String(++this.redraws);
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.keepAddress(), ADDRESS_AFTER);
  }

  /** @param {ReturnType<typeof tally> | null} known @param {[string, string]} names @param {number} kept */
  answer(known, names, kept) {
    const { head } = this.results;
    const { state } = this;
    const place = byId("answer");
    const says = texts.answer;
    if (!known || !kept) { place.replaceChildren(known ? says.none : says.missing); return; }
    if (state.a === state.b) { place.replaceChildren(says.same); return; }
    const outcome = head.outcomes[state.outcome];
    const verb = LOYALTY.includes(outcome.measure) ? says.beats : says.above;
    const name = (/** @type {string} */ part) => (part === "A" ? make("b", { class: "side-a" }, names[0]) : part === "B" ? make("b", { class: "side-b" }, names[1]) : part);
    const by = says.by(outcomeName(outcome).toLowerCase(), head.marks[state.mark], String(state.margin));
    const share = (/** @type {number} */ count) => percent(count, known.known);
    place.replaceChildren(...[...says.first(known.b, known.known, share(known.b), verb, by), ...says.second(known.a, share(known.a), verb),
      ...says.third(known.even, share(known.even), String(state.margin)), ...(known.unknown ? [says.unknown(known.unknown)] : [])].map(name));
  }

  /** @param {number} point */
  choose(point) {
    this.state.point = point;
    this.draw();
    byId("run").scrollIntoView({ block: "nearest" });
  }

  keepAddress() {
    this.address = addressOf(this.state, this.results);
    history.replaceState(null, "", this.address);
  }

  async share() {
    this.keepAddress();
    try { await navigator.clipboard.writeText(location.href); } catch { /* the address bar holds it anyway */ }
    const notice = byId("notice");
    notice.textContent = texts.copied;
    notice.hidden = false;
    setTimeout(() => { notice.hidden = true; }, 4000);
  }
}
