// What the explorer shows, and how its address says so.

/**
 * @typedef {import("./results.js").Results} Results
 * @typedef {{a: number, b: number, outcome: number, mark: number, variant: number, margin: number, x: number, y: number, point: number | null,
 *   ranges: Map<number, [number, number]>}} State
 */

/** What a page starts with. @param {Results} results @returns {State} */
export function usualState({ head }) {
  const [first] = head.questions;
  return {
    a: first?.a ?? 0, b: first?.b ?? 0, outcome: first?.outcome ?? 0, mark: first?.mark ?? 0, margin: first?.margin ?? head.margin,
    variant: 0, x: 0, y: Math.min(1, head.spans.length - 1), point: null, ranges: new Map(),
  };
}

/** @param {State} state @param {Results} results */
export function addressOf(state, { head }) {
  const words = new URLSearchParams();
  const outcome = head.outcomes[state.outcome];
  words.set("a", head.sides[state.a].label);
  words.set("b", head.sides[state.b].label);
  words.set("outcome", `${outcome.measure}.${outcome.population}`);
  words.set("month", String(head.marks[state.mark]));
  if (state.variant) words.set("variant", head.variants[state.variant].name);
  words.set("margin", String(state.margin));
  if (head.spans.length > 1) {
    words.set("x", head.spans[state.x].name);
    words.set("y", head.spans[state.y].name);
  }
  for (const [span, [low, high]] of state.ranges) words.append("keep", `${head.spans[span].name}~${low}~${high}`);
  if (state.point !== null) words.set("point", String(state.point + 1));
  return `#${words}`;
}

/** What an address says; whatever it says wrongly stays as it is. @param {string} hash @param {State} state @param {Results} results @returns {State} */
export function stateOf(hash, state, { head }) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  /** @param {string} key @param {string[]} names @param {number} otherwise */
  const place = (key, names, otherwise) => {
    const found = words.has(key) ? names.indexOf(words.get(key) ?? "") : -1;
    return found < 0 ? otherwise : found;
  };
  const spans = head.spans.map((span) => span.name);
  const sides = head.sides.map((side) => side.label);
  const margin = Number(words.get("margin") ?? NaN);
  const point = Number(words.get("point") ?? NaN);
  /** @type {Map<number, [number, number]>} */
  const ranges = new Map();
  for (const text of words.getAll("keep")) {
    const [name, low, high] = text.split("~");
    const span = spans.indexOf(name);
    if (span >= 0 && !Number.isNaN(Number(low)) && !Number.isNaN(Number(high))) ranges.set(span, [Number(low), Number(high)]);
  }
  return {
    a: place("a", sides, state.a), b: place("b", sides, state.b),
    outcome: place("outcome", head.outcomes.map((own) => `${own.measure}.${own.population}`), state.outcome),
    mark: place("month", head.marks.map(String), state.mark), variant: place("variant", head.variants.map(({ name }) => name), state.variant),
    margin: margin >= 0 ? margin : state.margin, x: place("x", spans, state.x), y: place("y", spans, state.y),
    point: Number.isInteger(point) && point >= 1 && point <= head.points ? point - 1 : state.point, ranges,
  };
}
