// Arithmetic over points: which are kept, who is ahead in how many, quantiles, ranks. Nothing here draws.

/** @typedef {import("./results.js").Results} Results */

export const AHEAD_A = -1;
export const EVEN = 0;
export const AHEAD_B = 1;
export const UNKNOWN = 2;

/**
 * The points within all ranges.
 * @param {Results} results
 * @param {Map<number, [number, number]>} ranges coordinates by span
 * @returns {Int32Array}
 */
export function keptPoints(results, ranges) {
  const limits = [...ranges].map(([span, [low, high]]) => ({ column: results.columns[span], low, high }));
  const kept = new Int32Array(results.head.points);
  let count = 0;
  for (let point = 0; point < kept.length; point++) {
    if (limits.every(({ column, low, high }) => column[point] >= low && column[point] <= high)) kept[count++] = point;
  }
  return kept.subarray(0, count);
}

/** B minus A at every point. @param {Float32Array} a @param {Float32Array} b */
export function difference(a, b) {
  const found = new Float64Array(a.length);
  for (let i = 0; i < found.length; i++) found[i] = b[i] - a[i];
  return found;
}

/** Who is ahead at a point. @param {number} value B minus A @param {number} margin */
export function ahead(value, margin) {
  if (Number.isNaN(value)) return UNKNOWN;
  return value > margin ? AHEAD_B : value < -margin ? AHEAD_A : EVEN;
}

/**
 * @param {Float64Array} differences
 * @param {Int32Array} kept
 * @param {number} margin
 */
export function tally(differences, kept, margin) {
  const count = { a: 0, b: 0, even: 0, unknown: 0, known: 0 };
  for (const point of kept) {
    const who = ahead(differences[point], margin);
    if (who === AHEAD_B) count.b++;
    else if (who === AHEAD_A) count.a++;
    else if (who === EVEN) count.even++;
    else count.unknown++;
  }
  count.known = kept.length - count.unknown;
  return count;
}

/**
 * Quantiles with linear interpolation, as NumPy's.
 * @param {Float64Array} sorted numbers in order, unknown ones last
 * @param {number} count how many are known
 * @param {number[]} shares
 */
export function quantiles(sorted, count, shares) {
  return shares.map((share) => {
    if (!count) return NaN;
    const at = share * (count - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, count - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
  });
}

/** Sort numbers in place, unknown ones last; returns how many are known. @param {Float64Array} numbers */
export function sortKnown(numbers) {
  let count = 0;
  for (const value of numbers) if (!Number.isNaN(value)) numbers[count++] = value;
  numbers.fill(NaN, count);
  numbers.subarray(0, count).sort();
  return count;
}

/**
 * Mean ranks of the points in an order, ties shared; points that are not wanted get none.
 * @param {Int32Array} order points by their value
 * @param {ArrayLike<number>} values by point
 * @param {Uint8Array} wanted by point
 * @param {Float64Array} ranks written to
 */
function rank(order, values, wanted, ranks) {
  let next = 0;
  /** @type {number[]} */
  let tied = [];
  const settle = () => {
    const shared = next - (tied.length - 1) / 2;
    for (const point of tied) ranks[point] = shared;
    tied = [];
  };
  for (const point of order) {
    if (!wanted[point]) continue;
    if (tied.length && values[point] !== values[tied[0]]) settle();
    tied.push(point);
    next++;
  }
  if (tied.length) settle();
}

/**
 * Spearman's rank correlation of the difference with every span over the points kept.
 * @param {Results} results
 * @param {Float64Array} differences
 * @param {Int32Array} kept
 * @returns {{count: number, weights: Float64Array} | null} null where the difference does not vary
 */
export function correlations(results, differences, kept) {
  const wanted = new Uint8Array(results.head.points);
  const known = kept.filter((point) => !Number.isNaN(differences[point]));
  for (const point of known) wanted[point] = 1;
  const ranks = new Float64Array(wanted.length);
  rank(known.slice().sort((i, j) => differences[i] - differences[j]), differences, wanted, ranks);
  const middle = (known.length + 1) / 2;
  let spread = 0;
  for (const point of known) spread += (ranks[point] - middle) ** 2;
  if (spread === 0) return null;
  const other = new Float64Array(wanted.length);
  const weights = Float64Array.from(results.columns, (column, span) => {
    rank(results.order(span), column, wanted, other);
    let both = 0;
    let own = 0;
    for (const point of known) {
      both += (ranks[point] - middle) * (other[point] - middle);
      own += (other[point] - middle) ** 2;
    }
    return own > 0 ? both / Math.sqrt(own * spread) : NaN;
  });
  return { count: known.length, weights };
}

/**
 * The smoothed balance of points over two spans: the share in which B is ahead less that in which A is.
 * @param {ArrayLike<number>} x from 0 to 1, by point
 * @param {ArrayLike<number>} y
 * @param {Float64Array} differences
 * @param {Int32Array} kept
 * @param {number} margin
 * @param {number} columns
 * @param {number} rows
 * @param {number} reach cells of the kernel's standard deviation; 0 for none
 * @returns {{balance: Float64Array, weight: Float64Array}} row by row from low y
 */
export function balance(x, y, differences, kept, margin, columns, rows, reach) {
  const weight = new Float64Array(columns * rows);
  const sum = new Float64Array(columns * rows);
  for (const point of kept) {
    const who = ahead(differences[point], margin);
    if (who === UNKNOWN) continue;
    const cell = Math.min(rows - 1, Math.floor(y[point] * rows)) * columns + Math.min(columns - 1, Math.floor(x[point] * columns));
    weight[cell]++;
    sum[cell] += who;
  }
  if (reach > 0) for (const grid of [weight, sum]) blur(grid, columns, rows, reach);
  return { balance: sum.map((value, cell) => (weight[cell] > 0 ? value / weight[cell] : NaN)), weight };
}

/** @param {Float64Array} grid @param {number} columns @param {number} rows @param {number} reach */
function blur(grid, columns, rows, reach) {
  const far = Math.ceil(3 * reach);
  const kernel = Array.from({ length: 2 * far + 1 }, (_, i) => Math.exp(-((i - far) ** 2) / (2 * reach * reach)));
  for (const [length, along, lines, across] of [[columns, 1, rows, columns], [rows, columns, columns, 1]]) {
    const line = new Float64Array(length);
    for (let number = 0; number < lines; number++) {
      for (let i = 0; i < length; i++) {
        line[i] = 0;
        for (let j = Math.max(0, i - far); j <= Math.min(length - 1, i + far); j++) line[i] += grid[number * across + j * along] * kernel[j - i + far];
      }
      for (let i = 0; i < length; i++) grid[number * across + i * along] = line[i];
    }
  }
}
