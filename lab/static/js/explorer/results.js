// What the folder holds: a head, and numbers over all points in one block.

/**
 * @typedef {{name: string, group: string, low: number, high: number, values: (number | string | boolean)[], meaning: string, unit: string, lever: string | null}} Span
 * @typedef {{start: number, end: number | null, ramp: number, target: string | null}} Window
 * @typedef {{label: string, policy: string, name: string, title: string, shipped: boolean, budget: number | null, shock: boolean,
 *   settings: Record<string, number>, scaled: boolean, pulls: string[], levels: string[], levers: Record<string, Window>}} Side
 * @typedef {{measure: string, population: string, title: string, unit: string, meaning: string}} Outcome
 * @typedef {{title: string, a: number, b: number, outcome: number, mark: number, margin: number}} Question
 * @typedef {{kind: string, title: string, country: string, countryShipped: boolean, citizens: number, months: number, points: number,
 *   seeds: number[] | number[][], populations: number, spans: Span[], fixed: Record<string, number>, defaults: Record<string, number>,
 *   variants: {name: string, settings: Record<string, number>}[], sides: Side[], outcomes: Outcome[], marks: number[],
 *   cells: [number, number, number, number][], questions: Question[], margin: number,
 *   monthly: {outcomes: number[], months: number[]} | null, runs: number, failed: number, unasked: number}} Head
 */

const FORMAT = 1;

/** @returns {Promise<Results>} what is written in the page, or what the server has */
export async function readResults() {
  const written = document.getElementById("results");
  const text = written ? written.textContent ?? "" : await served();
  const { format, head, block } = JSON.parse(text);
  if (format !== FORMAT) throw new Error(`format ${format}, not ${FORMAT}`);
  return new Results(head, await inflated(block));
}

async function served() {
  const answer = await fetch(`results.json${location.search}`);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
}

/** @param {string} text */
async function inflated(text) {
  const packed = atob(text);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

export class Results {
  /** @param {Head} head @param {ArrayBuffer} buffer */
  constructor(head, buffer) {
    this.head = head;
    const { points } = head;
    let at = 0;
    const doubles = () => {
      const found = new Float64Array(buffer, at, points);
      at += points * 8;
      return found;
    };
    this.columns = head.spans.map(doubles);
    this.levels = head.sides.map((side) => Object.fromEntries(side.levels.map((lever) => [lever, doubles()])));
    /** @type {Map<string, Float32Array>} */
    this.cells = new Map();
    for (const cell of head.cells) {
      this.cells.set(cell.join(), new Float32Array(buffer, at, points));
      at += points * 4;
    }
    this.monthly = head.monthly ? new Float32Array(buffer, at) : null;
    /** @type {Map<number, Int32Array>} */
    this.orders = new Map();
  }

  /**
   * An outcome at every point; null where the folder has none.
   * @param {number} variant @param {number} side @param {number} outcome @param {number} mark
   */
  at(variant, side, outcome, mark) {
    return this.cells.get([variant, side, outcome, mark].join()) ?? null;
  }

  /** The months of an outcome at a point; null where the folder keeps none. @param {number} side @param {number} outcome @param {number} point */
  months(side, outcome, point) {
    const { monthly, points } = this.head;
    const place = monthly ? monthly.outcomes.indexOf(outcome) : -1;
    if (!monthly || !this.monthly || place < 0) return null;
    const wide = monthly.months.length;
    const start = ((side * monthly.outcomes.length + place) * points + point) * wide;
    return this.monthly.subarray(start, start + wide);
  }

  /** The points in the order of their place on a span. @param {number} span */
  order(span) {
    let order = this.orders.get(span);
    if (!order) {
      const column = this.columns[span];
      order = Int32Array.from(column.keys()).sort((i, j) => column[i] - column[j]);
      this.orders.set(span, order);
    }
    return order;
  }

  /**
   * The spans that can matter to either side: one whose lever a side pulls, if it has one, and that the side does not hold fixed.
   * @param {{a: number, b: number, variant: number}} compared
   */
  mattering({ a, b, variant }) {
    const { spans, sides, variants } = this.head;
    const matters = (/** @type {Span} */ { name, lever }, /** @type {Side} */ { pulls, settings }) =>
      (lever === null || pulls.includes(lever)) && !(name in settings) && !(name in variants[variant].settings);
    return [...spans.keys()].filter((span) => [a, b].some((side) => matters(spans[span], sides[side])));
  }

  /** What a coordinate stands for. @param {number} span @param {number} coordinate */
  setting(span, coordinate) {
    const { values } = this.head.spans[span];
    return values.length ? values[Math.round(coordinate)] : coordinate;
  }

  /** @param {number} point @returns {number[]} */
  seeds(point) {
    const { seeds } = this.head;
    return /** @type {number[]} */ (Array.isArray(seeds[0]) ? seeds[point] : seeds);
  }
}
