// Tables of months, as `lab/blocks.py` writes them.

/**
 * @typedef {{name: string, kind: "code" | "whole" | "number", rows: number, columns: number, turned: boolean}} Described
 * @typedef {Uint8Array | Int32Array | Float64Array} Table row by row
 */

const BYTES = { code: 1, whole: 4, number: 8 };

/**
 * @param {Described} block
 * @param {string} text base64
 * @returns {Promise<Table>}
 */
export async function unsqueeze({ name, kind, rows, columns, turned }, text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const ranked = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = rows * columns;
  if (ranked.length !== count * BYTES[kind]) throw new Error(`the table '${name}' of this file is damaged`);
  const table = inRows(numbers(ranked, kind, count), rows, columns, turned);
  return kind === "number" ? table : summed(table, kind, columns);
}

/** @param {Uint8Array} ranked the first byte of every number, then the second, ... @param {Described["kind"]} kind @param {number} count */
function numbers(ranked, kind, count) {
  if (kind === "code") return ranked;
  const size = BYTES[kind];
  const bytes = new Uint8Array(ranked.length);
  for (let rank = 0; rank < size; rank++) {
    for (let i = 0, from = rank * count; i < count; i++) bytes[i * size + rank] = ranked[from + i];
  }
  return kind === "whole" ? new Int32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

/** @param {Table} written @param {number} rows @param {number} columns @param {boolean} turned @returns {Table} */
function inRows(written, rows, columns, turned) {
  if (!turned) return written;
  const table = written.slice();
  for (let column = 0, from = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++, from++) table[row * columns + column] = written[from];
  }
  return table;
}

/** @param {Table} table of differences from row to row @param {Described["kind"]} kind @param {number} columns @returns {Table} */
function summed(table, kind, columns) {
  if (kind === "whole") for (let i = 0; i < table.length; i++) table[i] = (table[i] >>> 1) ^ -(table[i] & 1);
  for (let i = columns; i < table.length; i++) table[i] += table[i - columns];
  return table;
}
