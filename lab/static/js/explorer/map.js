// The map: two assumptions across and up, a mark a point, and a shade for who is ahead nearby.

import { element, written as atStep, roundStep } from "../charts.js";
import { byId, make } from "../dom.js";
import { colour } from "../theme.js";
import { short, signed, spanName, words, written } from "./format.js";
import { ahead, AHEAD_A, AHEAD_B, balance, EVEN } from "./sums.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("./results.js").Results} Results
 * @typedef {{kept: Int32Array, differences: Float64Array, margin: number, x: number, y: number, point: number | null, names: [string, string], wins: boolean, width: number}} Scene
 */

const HEIGHT = 380;
const LEFT = 54;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 40;
const CELLS = 24;
const STRIPS = 8; // cells along a range whose other axis has separate values
const REACH = 1.9;
const MOST_MARKS = 3000;
const NEAR = 14;
const DARKEST = 0.5;
const FEW = 0.7;
const DEPTHS = 12; // steps of the shade, for each side
const FONT = { "font-size": 11, "font-family": "system-ui, sans-serif" };

export class WinMap {
  /** @param {Results} results @param {{axes: (x: number, y: number) => void, choose: (point: number) => void}} acts */
  constructor(results, acts) {
    this.results = results;
    this.acts = acts;
    const { spans } = results.head;
    const axis = (/** @type {string} */ label, /** @type {string} */ id) => make("select", { id, "aria-label": `${texts.map.win("A")} ${label}`,
      onchange: () => acts.axes(Number(this.across.value), Number(this.up.value)) });
    this.across = axis(texts.map.across, "across");
    this.up = axis(texts.map.up, "up");
    this.title = make("h2", {});
    this.svg = /** @type {SVGSVGElement} */ (element("svg", { role: "img" }));
    this.tip = make("div", { class: "tip", hidden: true });
    this.frame = make("div", { class: "map-frame", tabIndex: 0, role: "application", onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event) }, this.svg, this.tip);
    this.said = make("p", { class: "note", role: "status" });
    this.keys = make("div", { class: "map-keys" });
    this.note = make("p", { class: "note" });
    byId("map").append(this.title, ...(spans.length > 1 ? [
      make("div", { class: "axes" }, make("label", {}, texts.map.across, " ", this.across), make("label", {}, texts.map.up, " ", this.up)),
      this.frame, this.keys, this.note, this.said] : [make("p", { class: "empty" }, texts.map.needsTwo)]));
    this.svg.addEventListener("pointermove", (event) => this.hover(event));
    this.svg.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    this.svg.addEventListener("click", (event) => {
      const point = this.nearest(event);
      if (point !== null) acts.choose(point);
    });
    /** @type {{unit: Float64Array, of: number}[]} */
    this.units = [];
    /** @type {number | null} */
    this.cursor = null;
  }

  /** A span's coordinates from 0 to 1; separate values stand in the middle of equal strips. @param {number} place 0 across, 1 up @param {number} span */
  unit(place, span) {
    if (this.units[place]?.of !== span) {
      const { low, high, values } = this.results.head.spans[span];
      const count = values.length;
      const unit = this.results.columns[span].map((value, point) => (count ? (value + 0.5 + spread(point, place)) / count : (value - low) / (high - low)));
      this.units[place] = { unit: /** @type {Float64Array} */ (unit), of: span };
    }
    return this.units[place].unit;
  }

  /** Offer spans for the axes. @param {number[]} offered */
  offer(offered) {
    for (const axis of [this.across, this.up]) {
      axis.replaceChildren(...offered.map((span) => make("option", { value: String(span) }, spanName(this.results.head.spans[span]))));
    }
  }

  /** How wide the map is; asked before anything is drawn. */
  get width() {
    return this.frame.clientWidth;
  }

  /** @param {Scene} scene */
  draw(scene) {
    this.scene = scene;
    const { head } = this.results;
    this.title.textContent = (scene.wins ? texts.map.win : texts.map.above)(scene.names[0]);
    if (head.spans.length < 2) return;
    this.across.value = String(scene.x);
    this.up.value = String(scene.y);
    const wide = Math.max(240, scene.width);
    const across = wide - LEFT - RIGHT;
    const down = HEIGHT - TOP - BOTTOM;
    const ink = colour("ink");
    const panel = colour("panel");
    const colours = { [AHEAD_A]: colour("a"), [AHEAD_B]: colour("b"), [EVEN]: colour("soft") };
    const ux = this.unit(0, scene.x);
    const uy = this.unit(1, scene.y);
    this.place = { ux, uy, x: (/** @type {number} */ u) => LEFT + u * across, y: (/** @type {number} */ u) => TOP + (1 - u) * down };
    const { x, y } = this.place;
    const parts = [element("rect", { x: 0, y: 0, width: wide, height: HEIGHT, fill: panel })];

    const strips = [scene.x, scene.y].map((span) => head.spans[span].values.length);
    const smooth = !strips[0] && !strips[1];
    const [columns, rows] = strips.map((count) => count || (smooth ? CELLS : STRIPS));
    const shade = balance(ux, uy, scene.differences, scene.kept, scene.margin, columns, rows, smooth ? REACH : 0);
    const [wideCell, deepCell] = [(across / columns + 0.1).toFixed(1), (down / rows + 0.1).toFixed(1)];
    /** @type {Map<number, string[]>} one path for each depth of each colour */
    const depths = new Map();
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const weight = shade.weight[row * columns + column];
        // Where few points are near the shade is pale: there is little to smooth.
        const depth = Math.round(shade.balance[row * columns + column] * (weight / (weight + FEW)) * DEPTHS);
        if (!depth) continue;
        const box = `M${x(column / columns).toFixed(1)} ${y((row + 1) / rows).toFixed(1)}h${wideCell}v${deepCell}h-${wideCell}z`;
        depths.set(depth, [...(depths.get(depth) ?? []), box]);
      }
    }
    for (const [depth, boxes] of depths) {
      parts.push(element("path", { d: boxes.join(""), fill: colours[depth > 0 ? AHEAD_B : AHEAD_A], "fill-opacity": ((DARKEST * Math.abs(depth)) / DEPTHS).toFixed(3) }));
    }
    parts.push(element("rect", { x: LEFT, y: TOP, width: across, height: down, fill: "none", stroke: colour("line") }));
    this.ticks(parts, scene.x, scene.y, wide);

    const every = Math.max(1, Math.ceil(scene.kept.length / MOST_MARKS));
    /** @type {Record<number, string[]>} */
    const marks = { [AHEAD_A]: [], [AHEAD_B]: [], [EVEN]: [] };
    let drawn = 0;
    for (let i = 0; i < scene.kept.length; i += every) {
      const point = scene.kept[i];
      const who = ahead(scene.differences[point], scene.margin);
      if (!marks[who]) continue;
      marks[who].push(shape(who, x(ux[point]), y(uy[point])));
      drawn++;
    }
    for (const who of [EVEN, AHEAD_A, AHEAD_B]) {
      parts.push(element("path", { d: marks[who].join(""), fill: colours[who], stroke: panel, "stroke-width": 0.6, "data-who": { [AHEAD_A]: "a", [AHEAD_B]: "b", [EVEN]: "even" }[who] ?? "" }));
    }
    this.ring = element("circle", { r: 8, fill: "none", stroke: ink, "stroke-width": 2.5, visibility: "hidden", class: "chosen" });
    parts.push(this.ring);
    this.svg.setAttribute("viewBox", `0 0 ${wide} ${HEIGHT}`);
    this.svg.setAttribute("width", String(wide));
    this.svg.setAttribute("height", String(HEIGHT));
    this.svg.replaceChildren(...parts);
    this.svg.setAttribute("aria-label", this.title.textContent ?? "");
    this.frame.setAttribute("aria-label", `${this.title.textContent} ${texts.map.hint}`);
    this.drawKeys(colours, scene.names);
    this.note.textContent = texts.map.hint + (every > 1 ? ` ${texts.map.thinned(drawn, scene.kept.length)}` : "");
    this.mark(scene.point);
  }

  /** @param {Record<number, string>} colours @param {[string, string]} names */
  drawKeys(colours, names) {
    const key = (/** @type {number} */ who, /** @type {string} */ text) => {
      const icon = element("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" });
      icon.append(element("path", { d: shape(who, 7, 7), fill: colours[who] }));
      const row = make("span", {}, text);
      row.prepend(icon);
      return row;
    };
    this.keys.replaceChildren(key(AHEAD_B, texts.map.ahead(names[1])), key(AHEAD_A, texts.map.ahead(names[0])), key(EVEN, texts.map.even), make("span", {}, texts.map.shade));
  }

  /** @param {Element[]} parts @param {number} across @param {number} up @param {number} wide */
  ticks(parts, across, up, wide) {
    if (!this.place) return;
    const soft = colour("soft");
    const { x, y } = this.place;
    const room = (wide - LEFT - RIGHT) / 70;
    for (const [text, unit] of this.labels(across, Math.max(2, room))) {
      parts.push(element("text", { x: x(unit), y: HEIGHT - BOTTOM + 15, "text-anchor": "middle", fill: soft, ...FONT }, text));
    }
    for (const [text, unit] of this.labels(up, 6)) parts.push(element("text", { x: LEFT - 6, y: y(unit) + 4, "text-anchor": "end", fill: soft, ...FONT }, text));
    const name = (/** @type {number} */ span) => spanName(this.results.head.spans[span]);
    const bold = { ...FONT, "font-size": 12, "font-weight": 600 };
    parts.push(element("text", { x: (LEFT + wide - RIGHT) / 2, y: HEIGHT - 8, "text-anchor": "middle", fill: soft, ...bold }, `${name(across)} \u2192`));
    const middle = (TOP + HEIGHT - BOTTOM) / 2;
    parts.push(element("text", { x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})`, fill: soft, ...bold }, `${name(up)} \u2192`));
  }

  /** @param {number} span @param {number} count @returns {[string, number][]} */
  labels(span, count) {
    const { low, high, values } = this.results.head.spans[span];
    if (values.length) {
      const every = Math.ceil(values.length / Math.max(2, count));
      return values.map((value, place) => /** @type {[string, number]} */ ([trimmed(written(value)), (place + 0.5) / values.length])).filter((_, place) => place % every === 0);
    }
    const step = roundStep(high - low, count);
    /** @type {[string, number][]} */
    const found = [];
    for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) {
      found.push([atStep(Math.abs(value) < step / 1000 ? 0 : value, step), (value - low) / (high - low)]);
    }
    return found;
  }

  /** @param {number | null} point */
  mark(point) {
    this.cursor = point;
    if (!this.ring || !this.place) return;
    this.ring.setAttribute("visibility", point === null ? "hidden" : "visible");
    if (point === null) return;
    this.ring.setAttribute("cx", String(this.place.x(this.place.ux[point])));
    this.ring.setAttribute("cy", String(this.place.y(this.place.uy[point])));
  }

  /** @param {number} point */
  described(point) {
    const { scene, results } = this;
    if (!scene) return "";
    const part = (/** @type {number} */ span) => {
      const setting = results.setting(span, results.columns[span][point]);
      return `${spanName(results.head.spans[span])} ${typeof setting === "number" ? short(setting) : words(String(setting))}`;
    };
    return texts.map.point(point + 1, part(scene.x), part(scene.y), signed(scene.differences[point]));
  }

  /** The kept point nearest to the pointer. @param {MouseEvent} event */
  nearest(event) {
    const box = this.svg.getBoundingClientRect();
    return this.nearestTo(event.clientX - box.left, event.clientY - box.top, NEAR);
  }

  /** @param {number} left @param {number} top @param {number} reach @returns {number | null} */
  nearestTo(left, top, reach) {
    if (!this.scene || !this.place) return null;
    const { ux, uy, x, y } = this.place;
    let best = reach * reach;
    let found = null;
    for (const point of this.scene.kept) {
      if (Number.isNaN(this.scene.differences[point])) continue;
      const far = (x(ux[point]) - left) ** 2 + (y(uy[point]) - top) ** 2;
      if (far <= best) { best = far; found = point; }
    }
    return found;
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const point = this.nearest(event);
    this.tip.hidden = point === null;
    if (point === null || !this.place) return;
    this.tip.textContent = this.described(point);
    const left = this.place.x(this.place.ux[point]);
    const wide = this.frame.clientWidth;
    this.tip.style.left = left > wide / 2 ? "" : `${left + 12}px`;
    this.tip.style.right = left > wide / 2 ? `${wide - left + 12}px` : "";
    this.tip.style.top = `${Math.max(4, this.place.y(this.place.uy[point]) - 12)}px`;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { scene, place } = this;
    if (!scene || !place || !scene.kept.length) return;
    if (event.key === "Enter" || event.key === " ") {
      if (this.cursor !== null) this.acts.choose(this.cursor);
      event.preventDefault();
      return;
    }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = this.cursor === null ? this.nearestTo(place.x(0.5), place.y(0.5), Infinity) : this.towards(this.cursor, step[0], step[1]);
    if (next === null) return;
    this.mark(next);
    this.said.textContent = this.described(next);
  }

  /** The nearest mark that lies that way. @param {number} from @param {number} dx @param {number} dy @returns {number | null} */
  towards(from, dx, dy) {
    if (!this.scene || !this.place) return null;
    const { ux, uy } = this.place;
    let best = Infinity;
    let found = null;
    for (const point of this.scene.kept) {
      if (Number.isNaN(this.scene.differences[point])) continue;
      const along = (ux[point] - ux[from]) * dx + (uy[point] - uy[from]) * dy;
      const aside = Math.abs((ux[point] - ux[from]) * dy) + Math.abs((uy[point] - uy[from]) * dx);
      if (along <= 1e-12) continue;
      const cost = along + 3 * aside;
      if (cost < best) { best = cost; found = point; }
    }
    return found;
  }
}

/** Points of one value stand beside each other rather than on top; the same place for the same point. @param {number} point @param {number} salt */
function spread(point, salt) {
  const mixed = Math.imul(point + 1, salt ? 2_246_822_519 : 2_654_435_761) >>> 0;
  return (mixed / 2 ** 32 - 0.5) * 0.7;
}

/** @param {string} text */
const trimmed = (text) => (text.length > 14 ? `${text.slice(0, 13)}\u2026` : text);

/** A mark: up for B, down for A, a small square for neither, so that colour is never alone. @param {number} who @param {number} x @param {number} y */
function shape(who, x, y) {
  const at = (/** @type {number} */ value) => value.toFixed(1);
  if (who === AHEAD_B) return `M${at(x)} ${at(y - 5)}l4.6 8h-9.2z`;
  if (who === AHEAD_A) return `M${at(x)} ${at(y + 5)}l4.6 -8h-9.2z`;
  return `M${at(x - 2.4)} ${at(y - 2.4)}h4.8v4.8h-4.8z`;
}
