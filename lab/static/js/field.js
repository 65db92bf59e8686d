// A field of citizens: each one a cell, always at the same place.

import { GONE, FIRST } from "./palettes.js";
import { texts } from "./texts.js";

/**
 * @typedef {{region: number, left: number, top: number, columns: number, rows: number}} Block
 * @typedef {{columns: number, rows: number, cell: number, represented: number, blocks: Block[]}} Layout
 * @typedef {{layout: Layout, citizens: Int32Array, groups: Uint8Array, camps: Uint8Array, places: Map<number, number>}} Places
 */

/**
 * @param {any} layout
 * @param {Uint8Array} citizens
 * @param {Uint8Array} groups a group's number + FIRST a cell
 * @param {number[]} campOf camp by group
 * @returns {Places}
 */
export function placesOf(layout, citizens, groups, campOf) {
  const numbers = new Int32Array(citizens.buffer, citizens.byteOffset, citizens.length / 4);
  const places = new Map();
  numbers.forEach((number, place) => { if (number >= 0) places.set(number, place); });
  const camps = Uint8Array.from(groups, (code) => (code < FIRST ? 255 : campOf[code - FIRST]));
  return { layout, citizens: numbers, groups, camps, places };
}

export class Field {
  /**
   * @param {HTMLElement} frame
   * @param {string} name
   * @param {(citizen: number) => void} chosen by a click, or to be read about
   * @param {(citizen: number) => void} passed on the way with arrow keys
   */
  constructor(frame, name, chosen, passed) {
    this.frame = frame;
    this.cells = document.createElement("canvas");
    this.cells.className = "cells";
    this.over = document.createElement("canvas");
    this.over.className = "over";
    this.over.tabIndex = 0;
    this.over.setAttribute("role", "img");
    this.over.setAttribute("aria-label", name);
    frame.append(this.cells, this.over);
    /** @type {Places | null} */
    this.places = null;
    /** @type {ImageData | null} */
    this.image = null;
    this.pixels = new Uint32Array(0);
    /** @type {number | null} */
    this.citizen = null;
    /** @type {number[]} */
    this.ties = [];
    this.over.addEventListener("click", (event) => {
      const number = this.at(event.offsetX, event.offsetY);
      if (number !== null) chosen(number);
    });
    this.over.addEventListener("pointermove", (event) => {
      const number = this.at(event.offsetX, event.offsetY);
      const text = number === null ? "" : this.named(number);
      if (this.over.title !== text) this.over.title = text;
    });
    this.over.addEventListener("keydown", (event) => {
      const number = event.key === "Enter" ? this.citizen : this.beside(event.key);
      if (number === null) return;
      event.preventDefault();
      if (event.key === "Enter") chosen(number);
      else passed(number);
    });
  }

  /**
   * @param {Places} places
   * @param {string[]} regions
   * @param {string[]} groups
   * @param {string} line colour of lines between cells
   * @param {string} ink
   */
  lay(places, regions, groups, line, ink) {
    this.places = places;
    this.regions = regions;
    this.groups = groups;
    this.line = line;
    this.ink = ink;
    const { layout } = places;
    this.cells.width = layout.columns;
    this.cells.height = layout.rows;
    const width = layout.columns * layout.cell;
    const height = layout.rows * layout.cell;
    for (const canvas of [this.cells, this.over]) {
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = this.cells.getContext("2d");
    if (!context) return;
    this.image = context.createImageData(layout.columns, layout.rows);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.drawOver();
  }

  /**
   * @param {Uint8Array} codes
   * @param {Uint32Array} palette
   * @param {Uint8Array | null} greyed cells to grey out, where not 0
   * @param {number} grey
   */
  draw(codes, palette, greyed, grey) {
    const { pixels, image } = this;
    if (!image || codes.length !== pixels.length) return;
    if (greyed) {
      for (let i = 0; i < codes.length; i++) pixels[i] = greyed[i] && codes[i] > GONE ? grey : palette[codes[i]];
    } else {
      for (let i = 0; i < codes.length; i++) pixels[i] = palette[codes[i]];
    }
    this.cells.getContext("2d")?.putImageData(image, 0, 0);
  }

  /** Draw what lies over the cells: lines between them, names of regions, the kin camp's edge, the chosen citizen. */
  drawOver() {
    if (!this.places) return;
    const { layout, camps } = this.places;
    const { cell } = layout;
    const ratio = window.devicePixelRatio || 1;
    this.over.width = Math.round(layout.columns * cell * ratio);
    this.over.height = Math.round(layout.rows * cell * ratio);
    const context = this.over.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    context.textBaseline = "alphabetic";
    context.font = "11px system-ui, sans-serif";
    for (const block of layout.blocks) {
      const x = block.left * cell;
      const y = block.top * cell;
      const width = block.columns * cell;
      const height = block.rows * cell;
      if (cell >= 4) {
        context.fillStyle = this.line ?? "#fff";
        for (let i = 0; i <= block.columns; i++) context.fillRect(x + i * cell - 0.5, y, 1, height);
        for (let i = 0; i <= block.rows; i++) context.fillRect(x, y + i * cell - 0.5, width, 1);
      }
      context.fillStyle = this.ink ?? "#333";
      const name = fitted(context, (this.regions?.[block.region] ?? "").replace(/ \(.*\)/, ""), width);
      if (name) context.fillText(name, x, y - 4);
      this.edge(context, block, camps);
    }
    this.drawChosen(context);
  }

  /**
   * Draw the edge between the kin camp, on the left of a block, and the others.
   * @param {CanvasRenderingContext2D} context
   * @param {Block} block
   * @param {Uint8Array} camps
   */
  edge(context, block, camps) {
    if (!this.places) return;
    const { cell, columns } = this.places.layout;
    context.strokeStyle = this.ink ?? "#333";
    context.lineWidth = 1;
    context.beginPath();
    for (let row = block.top; row < block.top + block.rows; row++) {
      for (let column = block.left; column < block.left + block.columns; column++) {
        const place = row * columns + column;
        if (camps[place] !== 0) continue;
        if (column + 1 < block.left + block.columns && camps[place + 1] !== 0) {
          context.moveTo((column + 1) * cell, row * cell);
          context.lineTo((column + 1) * cell, (row + 1) * cell);
        }
        if (row + 1 < block.top + block.rows && camps[place + columns] !== 0) {
          context.moveTo(column * cell, (row + 1) * cell);
          context.lineTo((column + 1) * cell, (row + 1) * cell);
        }
      }
    }
    context.stroke();
  }

  /** @param {CanvasRenderingContext2D} context */
  drawChosen(context) {
    const here = this.middle(this.citizen);
    if (!here || !this.places) return;
    const { cell } = this.places.layout;
    context.strokeStyle = this.ink ?? "#000";
    context.lineWidth = 1;
    context.globalAlpha = 0.75;
    for (const tie of this.ties) {
      const there = this.middle(tie);
      if (!there) continue;
      context.beginPath();
      context.moveTo(here[0], here[1]);
      context.lineTo(there[0], there[1]);
      context.stroke();
    }
    context.globalAlpha = 1;
    const side = Math.max(cell + 4, 9);
    context.lineWidth = 2;
    context.strokeRect(here[0] - side / 2, here[1] - side / 2, side, side);
  }

  /**
   * @param {number | null} citizen
   * @param {number[]} ties
   */
  choose(citizen, ties) {
    this.citizen = citizen;
    this.ties = ties;
    this.over.setAttribute("aria-description", citizen === null ? "" : this.named(citizen));
    this.drawOver();
  }

  /**
   * @param {number | null} citizen
   * @returns {[number, number] | null} the middle of its cell, in pixels
   */
  middle(citizen) {
    if (citizen === null || !this.places) return null;
    const place = this.places.places.get(citizen);
    if (place === undefined) return null;
    const { columns, cell } = this.places.layout;
    return [((place % columns) + 0.5) * cell, (Math.floor(place / columns) + 0.5) * cell];
  }

  /** @param {number} citizen @returns {string} who that is */
  named(citizen) {
    const place = this.places?.places.get(citizen);
    if (!this.places || place === undefined) return "";
    const { layout, groups } = this.places;
    const [row, column] = [Math.floor(place / layout.columns), place % layout.columns];
    const block = layout.blocks.find(({ left, top, columns, rows }) => column >= left && column < left + columns && row >= top && row < top + rows);
    return texts.cell(citizen, this.groups?.[groups[place] - FIRST] ?? "", block ? this.regions?.[block.region] ?? "" : "");
  }

  /** @param {number} x @param {number} y @returns {number | null} */
  at(x, y) {
    if (!this.places) return null;
    const { layout, citizens } = this.places;
    const column = Math.floor(x / layout.cell);
    const row = Math.floor(y / layout.cell);
    if (column < 0 || row < 0 || column >= layout.columns || row >= layout.rows) return null;
    const number = citizens[row * layout.columns + column];
    return number >= 0 ? number : null;
  }

  /** @param {string} key @returns {number | null} the citizen next to the chosen one in an arrow key's direction */
  beside(key) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[/** @type {keyof typeof steps} */ (key)];
    if (!step || !this.places) return null;
    const { layout, citizens, places } = this.places;
    const place = this.citizen === null ? undefined : places.get(this.citizen);
    if (place === undefined) return citizens.find((number) => number >= 0) ?? null;
    let column = place % layout.columns;
    let row = Math.floor(place / layout.columns);
    for (;;) {
      column += step[0];
      row += step[1];
      if (column < 0 || row < 0 || column >= layout.columns || row >= layout.rows) return null;
      const number = citizens[row * layout.columns + column];
      if (number >= 0) return number;
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} width
 * @returns {string} the text, shortened to fit; empty if too little of it would be left
 */
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  for (let length = text.length - 1; length >= 3; length--) {
    const short = `${text.slice(0, length).trimEnd()}.`;
    if (context.measureText(short).width <= width) return short;
  }
  return "";
}
