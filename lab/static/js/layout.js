// Where each citizen's cell stands, by the same rules as `lab/layout.py`; a test holds the two together.

/**
 * @typedef {import("./field.js").Block} Block
 * @typedef {import("./field.js").Layout} Layout
 * @typedef {{places: [number, number][], region: Uint8Array, camp: Uint8Array}} Country row and column of each region's tile;
 *   region and camp of each citizen
 */

const LABEL_PIXELS = 15;
const GAP_PIXELS = 7;
const LARGEST_CELL = 22;
const SPREAD = 2654435761;

/**
 * @param {Country} country
 * @param {number} width
 * @param {number} height
 * @returns {{layout: Layout, citizens: Int32Array}} a citizen's number for each cell, -1 where there is none
 */
export function layOut(country, width, height) {
  const order = seating(country);
  for (let represented = 1; represented <= country.region.length + 1; represented = Math.max(represented + 1, Math.floor(represented * 1.1))) {
    const seats = order.map((numbers) => numbers.filter((_, at) => at % represented === 0));
    const heads = seats.map((seat) => seat.length);
    for (let cell = LARGEST_CELL; cell > 0; cell--) {
      const columns = Math.floor(width / cell);
      const blocks = blocksOf(country.places, heads, columns, Math.floor(height / cell), cell);
      if (blocks) return filled(blocks, seats, columns, cell, represented);
    }
  }
  throw new Error(`a picture of ${width} by ${height} pixels has no room for ${country.places.length} regions`);
}

/** @param {Country} country @returns {number[][]} by region, its citizens: the kin camp first, then mixed */
function seating({ places, region, camp }) {
  /** @type {number[][]} */
  const members = places.map(() => []);
  region.forEach((where, number) => members[where].push(number));
  const mixed = (/** @type {number} */ number) => Math.imul(number, SPREAD) >>> 0;
  for (const numbers of members) numbers.sort((a, b) => camp[a] - camp[b] || mixed(a) - mixed(b));
  return members;
}

/**
 * @param {[number, number][]} places
 * @param {number[]} heads
 * @param {number} columns
 * @param {number} rows
 * @param {number} cell
 * @returns {Block[] | null}
 */
function blocksOf(places, heads, columns, rows, cell) {
  const label = Math.ceil(LABEL_PIXELS / cell);
  const gap = Math.max(1, Math.round(GAP_PIXELS / cell));
  const blocks = [];
  let top = 0;
  for (const band of [...new Set(places.map(([row]) => row))].sort((a, b) => a - b)) {
    const members = places.map((_, region) => region).filter((region) => places[region][0] === band && heads[region])
      .sort((a, b) => places[a][1] - places[b][1]);
    const free = columns - gap * (members.length - 1);
    if (free < members.length) return null;
    const deep = depth(members.map((region) => heads[region]), free);
    top += label;
    let left = 0;
    for (const region of members) {
      const wide = Math.ceil(heads[region] / deep);
      blocks.push({ region, left, top, columns: wide, rows: deep });
      left += wide + gap;
    }
    top += deep;
    if (top > rows) return null;
  }
  return blocks;
}

/** @param {number[]} heads @param {number} free @returns {number} the fewest rows in which they fit side by side */
function depth(heads, free) {
  let low = 1;
  let high = Math.max(1, ...heads);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (heads.reduce((sum, count) => sum + Math.ceil(count / middle), 0) <= free) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * @param {Block[]} blocks
 * @param {number[][]} seats
 * @param {number} columns
 * @param {number} cell
 * @param {number} represented
 */
function filled(blocks, seats, columns, cell, represented) {
  const rows = Math.max(...blocks.map((block) => block.top + block.rows));
  const citizens = new Int32Array(rows * columns).fill(-1);
  for (const block of blocks) {
    seats[block.region].forEach((number, at) => {
      const column = block.left + Math.floor(at / block.rows);
      const row = block.top + (at % block.rows);
      citizens[row * columns + column] = number;
    });
  }
  return { layout: { columns, rows, cell, represented, blocks }, citizens };
}
