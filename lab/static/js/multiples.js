// Small multiples: each group by itself, both countries side by side, one cell a citizen in the order of the field.

import { make } from "./dom.js";
import { FIRST } from "./palettes.js";
import { signed } from "./headline.js";
import { texts } from "./texts.js";

/** What the page calls showing each group by itself. */
export const EACH = "each";

const EVERY = 250; // milliseconds between two drawings
const WIDER = 2; // a picture is about so many times as wide as it is high

/**
 * @typedef {{canvas: HTMLCanvasElement, image: ImageData | null, pixels: Uint32Array}} Picture
 * @typedef {{cells: number[], columns: number, pictures: Picture[], note: HTMLElement}} Group
 */

export class Multiples {
  /**
   * @param {HTMLElement} place
   * @param {(citizen: number) => void} chosen
   */
  constructor(place, chosen) {
    this.place = place;
    this.chosen = chosen;
    /** @type {Group[]} */
    this.groups = [];
    this.at = 0;
  }

  /** @param {import("./field.js").Places} places @param {string[]} names */
  lay({ citizens, groups }, names) {
    const cells = names.map(() => /** @type {number[]} */ ([]));
    groups.forEach((code, cell) => { if (code >= FIRST) cells[code - FIRST].push(cell); });
    this.groups = cells.map((mine, number) => {
      const columns = Math.max(1, Math.ceil(Math.sqrt(mine.length * WIDER)));
      const note = make("span", { class: "note" });
      const pictures = ["A", "B"].map((letter) => this.picture(`${names[number]}, ${texts.country(letter)}`, mine, columns, citizens));
      return { cells: mine, columns, pictures, note };
    });
    this.place.replaceChildren(...this.groups.map(({ cells: mine, pictures, note }, number) => make("figure", { class: "multiple", hidden: !mine.length },
      make("figcaption", {}, make("b", {}, names[number]), " ", note),
      ...pictures.map(({ canvas }) => canvas))));
  }

  /**
   * @param {string} name
   * @param {number[]} cells
   * @param {number} columns
   * @param {Int32Array} citizens
   * @returns {Picture}
   */
  picture(name, cells, columns, citizens) {
    const canvas = make("canvas", { role: "img", "aria-label": name, width: columns, height: Math.max(1, Math.ceil(cells.length / columns)) });
    canvas.addEventListener("click", (event) => {
      const scale = columns / canvas.clientWidth;
      const cell = cells[Math.floor(event.offsetY * scale) * columns + Math.floor(event.offsetX * scale)];
      if (cell !== undefined) this.chosen(citizens[cell]);
    });
    const image = canvas.getContext("2d")?.createImageData(canvas.width, canvas.height) ?? null;
    return { canvas, image, pixels: new Uint32Array(image ? image.data.buffer : 0) };
  }

  /** @param {boolean} wanted */
  show(wanted) {
    if (this.place.hidden === wanted) this.at = 0;
    this.place.hidden = !wanted;
  }

  /**
   * @param {[Uint8Array, Uint8Array]} codes
   * @param {Uint32Array} palette
   * @param {[Float64Array, Float64Array] | null} changes of each group's loyalty since the start, by world
   */
  draw(codes, palette, changes) {
    clearTimeout(this.later);
    if (this.place.hidden) return;
    const wait = this.at + EVERY - performance.now();
    if (wait > 0) {
      this.later = setTimeout(() => this.draw(codes, palette, changes), wait);
      return;
    }
    this.at = performance.now();
    this.groups.forEach(({ cells, pictures, note }, group) => {
      pictures.forEach(({ canvas, image, pixels }, world) => {
        for (let i = 0; i < cells.length; i++) pixels[i] = palette[codes[world][cells[i]]];
        if (image && cells.length) canvas.getContext("2d")?.putImageData(image, 0, 0);
      });
      note.textContent = changes ? texts.groupChange(...pictures.map((_, world) => signed(changes[world][group]))) : "";
    });
  }
}
