// Fans: how the difference, and both sides, go over the months at the points kept.

import { Chart } from "../charts.js";
import { byId, make } from "../dom.js";
import { colour } from "../theme.js";
import { outcomeName } from "./format.js";
import { quantiles, sortKnown } from "./sums.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("./results.js").Results} Results
 * @typedef {{variant: number, a: number, b: number, outcome: number, kept: Int32Array, month: number, margin: number, names: [string, string], width: number}} Scene
 * @typedef {{months: number[], by: number[][]}} Fan quantiles by month
 */

const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95];
const [LOW, QUARTER, MIDDLE, THREE, HIGH] = SHARES.keys();
const HEIGHT = 230;

export class Fans {
  /** @param {Results} results */
  constructor(results) {
    this.results = results;
    const words = { table: texts.fans.table, month: texts.fans.monthWord };
    const rooms = make("div", { class: "charts-row" });
    this.note = make("p", { class: "note" });
    byId("fans").append(make("h2", {}, texts.fans.title), this.note, rooms);
    this.difference = new Chart(rooms, { title: texts.fans.difference, unit: "", height: HEIGHT, words, file: `${texts.fans.file}-difference` });
    this.levels = new Chart(rooms, { title: texts.fans.levels, unit: "", height: HEIGHT, words, file: `${texts.fans.file}-levels` });
  }

  /** How wide a chart is; asked before anything is drawn, so that the page is laid out once. */
  get width() {
    return this.difference.figure.clientWidth;
  }

  /** @param {Scene} scene */
  draw(scene) {
    const { head } = this.results;
    const outcome = head.outcomes[scene.outcome];
    const fans = this.fans(scene);
    const { months } = head;
    const { width } = scene;
    const monthly = fans.months.length > 1 && this.isMonthly(scene);
    const gap = monthly ? fans.months[1] - fans.months[0] : 0;
    this.note.textContent = `${texts.fans.bands} ${monthly ? (gap > 1 ? texts.fans.every(gap) : "") : texts.fans.measured(fans.months.join(", "))}`;
    this.difference.retitle(`${texts.fans.difference}: ${outcomeName(outcome)}`, outcome.unit);
    this.levels.retitle(`${texts.fans.levels}: ${outcomeName(outcome)}`, outcome.unit);
    const line = (/** @type {Fan} */ fan, /** @type {number} */ place) => lengthened(fan, place, months);
    const bands = (/** @type {Fan} */ fan, /** @type {string} */ paint) => [
      { low: line(fan, LOW), high: line(fan, HIGH), colour: paint, opacity: 0.16 }, { low: line(fan, QUARTER), high: line(fan, THREE), colour: paint, opacity: 0.24 }];
    const columns = (/** @type {Fan} */ fan, /** @type {string} */ name) => SHARES.map((share, place) => ({ label: `${name}${share * 100} %`, values: line(fan, place) }));
    const ink = colour("ink");
    this.difference.draw({
      width, months, now: scene.month, phases: [], zero: true, zone: [-scene.margin, scene.margin], zoneText: texts.fans.small(String(scene.margin)),
      lines: [{ label: texts.fans.median, colour: ink, values: line(fans.difference, MIDDLE) }], bands: bands(fans.difference, ink), columns: columns(fans.difference, ""),
    });
    const paints = [colour("a"), colour("b")];
    this.levels.draw({
      width, months, now: scene.month, phases: [],
      lines: fans.sides.map((fan, side) => ({ label: `${"AB"[side]} ${shortened(scene.names[side])}`, colour: paints[side], values: line(fan, MIDDLE) })),
      bands: fans.sides.flatMap((fan, side) => [{ low: line(fan, LOW), high: line(fan, HIGH), colour: paints[side], opacity: 0.16 }]),
      columns: fans.sides.flatMap((fan, side) => columns(fan, `${"AB"[side]} `)),
    });
  }

  /** @param {Scene} scene */
  isMonthly(scene) {
    return scene.variant === 0 && this.results.months(scene.a, scene.outcome, 0) !== null;
  }

  /** @param {Scene} scene @returns {{difference: Fan, sides: [Fan, Fan], months: number[]}} */
  fans(scene) {
    const { results } = this;
    const { head } = results;
    const { kept } = scene;
    const spare = [0, 1, 2].map(() => new Float64Array(kept.length));
    /** @type {[Fan, Fan, Fan]} */
    const found = [{ months: [], by: [] }, { months: [], by: [] }, { months: [], by: [] }];
    const close = (/** @type {number} */ month) => spare.forEach((values, which) => {
      found[which].months.push(month);
      found[which].by.push(quantiles(values, sortKnown(values), SHARES));
    });
    if (this.isMonthly(scene) && head.monthly) {
      const series = [scene.a, scene.b].map((side) => Array.from(kept, (point) => results.months(side, scene.outcome, point)));
      head.monthly.months.forEach((month, place) => {
        for (let i = 0; i < kept.length; i++) {
          spare[0][i] = series[0][i]?.[place] ?? NaN;
          spare[1][i] = series[1][i]?.[place] ?? NaN;
          spare[2][i] = spare[1][i] - spare[0][i];
        }
        close(month);
      });
    } else {
      head.marks.forEach((month, mark) => {
        const [a, b] = [scene.a, scene.b].map((side) => results.at(scene.variant, side, scene.outcome, mark));
        if (!a || !b) return;
        for (let i = 0; i < kept.length; i++) {
          spare[0][i] = a[kept[i]];
          spare[1][i] = b[kept[i]];
          spare[2][i] = b[kept[i]] - a[kept[i]];
        }
        close(month);
      });
    }
    return { sides: [found[0], found[1]], difference: found[2], months: found[0].months };
  }
}

/** A quantile at every month: straight between the months that are kept. @param {Fan} fan @param {number} place @param {number} months @returns {number[]} */
function lengthened(fan, place, months) {
  const line = new Array(months + 1).fill(NaN);
  fan.months.forEach((month, i) => {
    line[month] = fan.by[i][place];
    if (!i) return;
    const before = fan.months[i - 1];
    for (let m = before + 1; m < month; m++) line[m] = fan.by[i - 1][place] + ((fan.by[i][place] - fan.by[i - 1][place]) * (m - before)) / (month - before);
  });
  return line;
}

/** @param {string} name */
const shortened = (name) => (name.length > 14 ? `${name.slice(0, 13)}\u2026` : name);
