// One point: what came of both sides, where it stands, and the way to its two worlds.

import { save } from "../charts.js";
import { byId, make } from "../dom.js";
import { barrier, commands, hindrance, laboratoryAddress, policyFile, replayCommand } from "./again.js";
import { outcomeName, short, signed, spanName, written } from "./format.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("./results.js").Results} Results
 * @typedef {{variant: number, a: number, b: number, outcome: number, mark: number, point: number | null, kept: Int32Array, differences: Float64Array | null,
 *   ranges: Map<number, [number, number]>, names: [string, string]}} Scene
 */

export class RunPanel {
  /** @param {Results} results @param {(point: number) => void} choose @param {boolean} served whether the laboratory stands beside this page */
  constructor(results, choose, served) {
    this.results = results;
    this.choose = choose;
    this.served = served;
    const words = texts.run;
    const find = (/** @type {string} */ name, /** @type {(value: number) => number} */ score) => make("button", { type: "button", "data-find": name, onclick: () => this.find(score) }, /** @type {any} */ (words)[name]);
    this.panel = make("div", { class: "run-panel", hidden: true });
    byId("run").append(make("h2", {}, words.title),
      make("div", { class: "choose" }, make("span", {}, words.invite), find("largest", (value) => value), find("smallest", (value) => -value), find("closest", (value) => -Math.abs(value))),
      this.panel);
    /** @type {number} */
    this.seed = NaN;
  }

  /** @param {(value: number) => number} score */
  find(score) {
    const { scene } = this;
    if (!scene?.differences) return;
    let best = -Infinity;
    let found = null;
    for (const point of scene.kept) {
      const value = score(scene.differences[point]);
      if (value > best) { best = value; found = point; }
    }
    if (found !== null) this.choose(found);
  }

  /** @param {Scene} scene */
  draw(scene) {
    this.scene = scene;
    const { point } = scene;
    this.panel.hidden = point === null;
    if (point === null) return;
    const { results } = this;
    const { head } = results;
    const words = texts.run;
    const seeds = results.seeds(point);
    if (!seeds.includes(this.seed)) this.seed = seeds[0];
    const wanted = { variant: scene.variant, a: scene.a, b: scene.b, point, seed: this.seed, month: head.marks[scene.mark] };
    const [a, b] = [scene.a, scene.b].map((side) => results.at(scene.variant, side, scene.outcome, scene.mark)?.[point] ?? NaN);
    const figure = (/** @type {Node | string} */ name, /** @type {string} */ value, /** @type {string} */ key) =>
      make("div", { class: "figure" }, make("dt", {}, name), make("dd", { class: "number", "data-run": key }, value));
    const place = scene.kept.indexOf(point);
    const step = (/** @type {string} */ name, /** @type {number} */ by) => make("button", { type: "button", disabled: !scene.kept.length,
      onclick: () => this.choose(scene.kept[(Math.max(place, by > 0 ? -1 : 0) + by + scene.kept.length) % scene.kept.length]) }, name);
    this.panel.replaceChildren(
      make("div", { class: "row" }, make("h3", {}, words.point(point + 1)), step(words.previous, -1), step(words.next, 1),
        ...(seeds.length > 1 ? [make("label", { class: "pick" }, words.seed, " ", this.seeds(seeds))] : [])),
      make("p", { class: "note" }, `${outcomeName(head.outcomes[scene.outcome])}, ${texts.month.toLowerCase()} ${wanted.month}${seeds.length > 1 || head.populations ? `; ${words.mean(seeds.length, head.populations)}` : ""}`),
      make("dl", { class: "figures" },
        figure(make("span", { class: "side-name a" }, `A ${scene.names[0]}`), short(a, 4), "a"), figure(make("span", { class: "side-name b" }, `B ${scene.names[1]}`), short(b, 4), "b"),
        figure(words.difference, signed(b - a), "difference")),
      ...this.ways(wanted), this.settings(point, scene.ranges));
  }

  /** @param {number[]} seeds */
  seeds(seeds) {
    const select = make("select", { "aria-label": texts.run.seed, onchange: () => { this.seed = Number(select.value); if (this.scene) this.draw(this.scene); } },
      ...seeds.map((seed) => make("option", { value: String(seed), selected: seed === this.seed }, String(seed))));
    return select;
  }

  /** @param {import("./again.js").Wanted} wanted */
  ways(wanted) {
    const { results } = this;
    const words = texts.run;
    const never = barrier(results);
    if (never) return [make("p", { class: "note", "data-why": "" }, never)];
    const why = hindrance(results, wanted);
    const replay = replayCommand(results, wanted);
    const address = why ? "" : laboratoryAddress(results, wanted);
    const files = [wanted.a, wanted.b].map((side) => policyFile(results, wanted, side)).filter((file) => file !== null);
    return [
      ...(why ? [make("p", { class: "note", "data-why": "" }, why)] : []),
      ...(why || !this.served ? [] : [make("p", { class: "row" }, make("a", { class: "open", href: `/${location.search}${address}`, target: "_blank", rel: "noopener" }, words.open))]),
      ...(files.length ? [make("p", { class: "note" }, words.files), make("div", { class: "row" },
        ...files.map(({ name, text }) => make("button", { type: "button", onclick: () => save(new Blob([text], { type: "application/toml" }), name) }, words.save(name))))] : []),
      ...(why || this.served ? [] : [make("p", { class: "note" }, words.inLab), this.copyable(address, "address")]),
      ...(replay ? [make("p", { class: "note" }, words.replay), this.copyable(replay, "replay")] : []),
      make("p", { class: "note" }, words.command), this.copyable(commands(results, wanted).join("\n"), "commands"),
    ];
  }

  /** @param {string} text @param {string} key */
  copyable(text, key) {
    const button = make("button", { type: "button", onclick: async () => {
      try { await navigator.clipboard.writeText(text); button.textContent = texts.run.copied; } catch { getSelection()?.selectAllChildren(block); }
    } }, texts.run.copy);
    const block = make("pre", { "data-copy": key, tabIndex: 0 }, text);
    return make("div", {}, block, button);
  }

  /** @param {number} point @param {Map<number, [number, number]>} ranges */
  settings(point, ranges) {
    const { results } = this;
    const rows = results.head.spans.map((span, number) => make("tr", {}, make("td", {}, make(ranges.has(number) ? "b" : "span", {}, spanName(span))),
      make("td", {}, written(results.setting(number, results.columns[number][point]))), make("td", {}, span.unit)));
    return make("details", {}, make("summary", {}, texts.run.settings), make("table", {}, make("tbody", {}, ...rows)));
  }
}
