// The charts: the difference between the worlds with its band, and what lies behind it.

import { Chart } from "./charts.js";
import { byId, make } from "./dom.js";
import { TOO_SMALL } from "./headline.js";
import { texts } from "./texts.js";
import { colour, worldColours } from "./theme.js";

/**
 * @typedef {{series: import("./series.js").Series, months: number, until: number, now: number, playing: boolean,
 *   phases: import("./charts.js").Phase[], marks: import("./charts.js").Mark[]}} Scene `until`: the last month in which other seeds are drawn
 */

const EVERY = 120; // milliseconds between two drawings
const FEW = 5; // pairs below which there is no band

export class Dashboard {
  /**
   * @param {() => Scene | null} scene
   * @param {(() => void) | null} replicate what the button for other seeds does; without it there is no button
   */
  constructor(scene, replicate) {
    this.scene = scene;
    this.at = 0;
    /** @type {number[][]} */
    this.replicates = [];
    const words = texts.charts;
    const main = make("div", { class: "main-chart" });
    const rest = make("div", { class: "small-charts" });
    this.pairs = make("button", { type: "button", id: "pairs", onclick: replicate ?? (() => {}) }, words.replicate);
    this.note = make("span", { class: "note", role: "status" });
    const chart = (/** @type {HTMLElement} */ parent, /** @type {string} */ title, /** @type {string} */ unit, /** @type {string} */ file, height = 190) =>
      new Chart(parent, { title, unit, height, words, file });
    this.main = chart(main, words.main, words.mainUnit, "difference", 280);
    if (replicate) main.append(make("div", { class: "row" }, this.pairs, this.note));
    const pair = (/** @type {string} */ figure, scale = 1) => [{ figure, scale, label: "" }];
    /** @type {{chart: Chart, lines: {figure: string, scale: number, label: string, dashed?: boolean}[]}[]} */
    this.charts = [
      { chart: chart(rest, words.thought, words.units.loyalty, "said-against-thought"), lines: [
        { figure: "kin_camp.loyalty_stayers", scale: 1, label: words.felt }, { figure: "kin_camp.public_loyalty", scale: 1, label: words.said, dashed: true }] },
      { chart: chart(rest, words.symbols, words.units.symbols, "symbols"), lines: pair("kin_camp.kin_display", 100) },
      { chart: chart(rest, words.threat, words.units.probability, "threat"), lines: pair("kin_camp.threat") },
      { chart: chart(rest, words.hostility, words.units.probability, "hostility"), lines: pair("other_camp.hostility") },
      { chart: chart(rest, words.incidents, words.units.per100, "incidents"), lines: pair("kin_camp.incidents", 100) },
      { chart: chart(rest, words.cost, words.units.per100, "unjust-sanctions"), lines: pair("kin_camp.sanctions_unjust", 100) },
      { chart: chart(rest, words.departures, words.units.share, "departures"), lines: pair("kin_camp.departures", 100) },
      { chart: chart(rest, words.welfare, words.units.log, "welfare-against-kin"), lines: pair("kin_camp.welfare_against_kin") },
      { chart: chart(rest, words.institutions, words.units.quality, "institutions"), lines: pair("nation.institutions") },
      { chart: chart(rest, words.budget, words.units.output, "budget"), lines: pair("nation.cost", 100) },
      { chart: chart(rest, words.others, words.units.loyalty, "others"), lines: pair("other_camp.loyalty") },
    ];
    byId("charts").append(main, rest);
    /** @type {Set<Element>} charts in sight */
    this.seen = new Set();
    const watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.seen[isIntersecting ? "add" : "delete"](target);
      if (this.scene()?.playing) this.drawSoon();
    });
    for (const { figure } of [this.main, ...this.charts.map((one) => one.chart)]) watch.observe(figure);
  }

  drawSoon(now = false) {
    clearTimeout(this.later);
    if (now || performance.now() - this.at > EVERY) this.draw();
    else this.later = setTimeout(() => this.draw(), EVERY);
  }

  draw() {
    const scene = this.scene();
    if (!scene) return;
    this.at = performance.now();
    const { series, months, until, now, phases, marks } = scene;
    const ink = colour("ink");
    const colours = worldColours();
    const others = this.replicates.map((values) => ({ label: "", colour: ink, values: values.slice(0, until + 1), thin: true }));
    const wanted = (/** @type {Chart} */ { figure }) => !scene.playing || this.seen.has(figure); // all of them when time stands still
    if (wanted(this.main)) this.main.draw({ months, now, phases, marks, zero: true, zone: [-TOO_SMALL, TOO_SMALL], zoneText: texts.charts.small, floor: [-0.05, 0.05], band: this.band(until),
      lines: [...others, { label: "B − A", colour: ink, values: series.difference("kin_camp.loyalty") }] });
    for (const { chart, lines } of this.charts) {
      if (!wanted(chart)) continue;
      chart.draw({ months, now, phases, marks, lines: lines.flatMap(({ figure, scale, label, dashed }) => [0, 1].map((world) => ({
        label: `${"AB"[world]}${label ? ` ${label}` : ""}`, colour: colours[world], dashed,
        values: series.line(world, figure).map((value) => value * scale) }))) });
    }
  }

  /** Whether there are enough other seeds for a band. */
  get banded() {
    return this.replicates.length >= FEW;
  }

  /** The range of nine in ten other seeds, by month. @param {number} until the last of them */
  band(until) {
    if (!this.banded) return null;
    const low = [];
    const high = [];
    for (let month = 0; month < Math.min(this.replicates[0].length, until + 1); month++) {
      const values = this.replicates.map((line) => line[month]).sort((x, y) => x - y);
      low.push(values[Math.floor(0.05 * (values.length - 1))]);
      high.push(values[Math.ceil(0.95 * (values.length - 1))]);
    }
    return { low, high };
  }

  /** @param {string} button @param {string} note */
  say(button, note) {
    this.pairs.textContent = button;
    this.note.textContent = note;
  }

  /** Forget other seeds: they were of worlds that are no more. */
  forget() {
    this.replicates = [];
  }
}
