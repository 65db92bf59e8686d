// What each world has lived so far: a row of figures a month.

export class Series {
  /** @param {string[]} figures names, in the order of a row */
  constructor(figures) {
    this.places = new Map(figures.map((name, place) => [name, place]));
    this.width = figures.length;
    /** @type {[Float64Array[], Float64Array[]]} */
    this.rows = [[], []];
  }

  /** @returns {[number, number]} the last month known of each world */
  get have() {
    return [this.rows[0].length - 1, this.rows[1].length - 1];
  }

  /** The last month known of both worlds. */
  get last() {
    return Math.min(...this.have);
  }

  /**
   * @param {number} world
   * @param {number} first month of the first row
   * @param {Uint8Array} bytes
   */
  add(world, first, bytes) {
    const values = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    for (let at = 0; at * this.width < values.length; at++) {
      this.rows[world][first + at] = values.slice(at * this.width, (at + 1) * this.width);
    }
  }

  /** @param {number} world @param {number} month the last one to keep */
  cut(world, month) {
    this.rows[world].length = Math.min(this.rows[world].length, month + 1);
  }

  /** @param {number} world @param {string} figure @param {number} month */
  at(world, figure, month) {
    const place = this.places.get(figure);
    const row = this.rows[world][month];
    return place === undefined || !row ? NaN : row[place];
  }

  /** @param {number} world @param {string} figure @returns {number[]} by month */
  line(world, figure) {
    const place = this.places.get(figure);
    return place === undefined ? [] : this.rows[world].map((row) => row[place]);
  }

  /** @param {string} figure @returns {number[]} B minus A by month */
  difference(figure) {
    const place = this.places.get(figure);
    if (place === undefined) return [];
    const [a, b] = this.rows;
    return a.slice(0, this.last + 1).map((row, month) => b[month][place] - row[place]);
  }
}
