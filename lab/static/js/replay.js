// A replay: two recorded worlds, played from one file.

import { furnishAbout } from "./about.js";
import { addressOf, EVERYONE, stateOf } from "./address.js";
import { byId, make } from "./dom.js";
import { say } from "./notice.js";
import { leverName } from "./plan.js";
import { texts } from "./texts.js";
import { Viewer } from "./viewer.js";

/**
 * @typedef {import("./address.js").State} State
 * @typedef {import("./recording.js").Recording} Recording
 */

export class Replay extends Viewer {
  /** @param {Recording} recording */
  constructor(recording) {
    const { head } = recording;
    super({ policies: head.policies, layers: head.layers, fixed: true },
      { recipe: head.recipe, worlds: head.worlds, month: 0, layer: head.layers[0], citizen: null });
    this.recording = recording;
    this.source = recording;
    for (const node of document.querySelectorAll("[data-live]")) node.remove();
    furnishAbout([texts.replay.about]);
    /** @type {HTMLMeterElement[][]} */
    this.meters = [[], []];
    this.furnishRecord();
    if ("DecompressionStream" in globalThis) this.open();
    else say(texts.replay.old);
  }

  sayOpening() {
    say(texts.replay.opening);
  }

  settle() {
    this.fields.told = this.recording.told ?? null;
    this.fields.describe(this.society);
  }

  equal() {
    return this.recording.head.equal;
  }

  /** @param {number} number @param {number} by */
  beside(number, by) {
    return this.recording.beside(number, by);
  }

  /** Only what to look at can be asked for: the worlds are what they are. @returns {State} */
  readAddress() {
    const { layer, month, citizen, group, differs } = stateOf(location.hash, this.usual);
    const { recipe } = this.usual;
    const known = citizen !== null && Number.isInteger(citizen) && citizen >= 0 && citizen < recipe.citizens;
    return {
      ...structuredClone(this.usual), layer: this.layers.includes(layer) ? layer : this.usual.layer,
      month: Math.min(recipe.months, Math.max(0, Math.round(month))), citizen: known ? citizen : null, group, differs,
    };
  }

  /** @returns {string} */
  writtenAddress() {
    const words = new URLSearchParams({ month: String(this.state.month) });
    if (this.state.layer !== this.usual.layer) words.set("layer", this.state.layer);
    if (this.state.group && this.state.group !== EVERYONE) words.set("show", this.state.group);
    if (this.state.differs) words.set("differs", "yes");
    if (this.state.citizen !== null) words.set("citizen", String(this.state.citizen));
    return `#${words}`;
  }

  /** @param {number | null} number */
  async choose(number) {
    const there = number === null || (Number.isInteger(number) && number >= 0 && number < this.state.recipe.citizens);
    if (there) await super.choose(number);
    else this.lives.say(texts.lives.nobodyThere(this.state.recipe.citizens - 1));
  }

  furnishRecord() {
    const words = texts.replay;
    const { head } = this.recording;
    const place = byId("workbench");
    place.setAttribute("aria-label", words.section);
    const sides = ["A", "B"].map((name, world) => make("section", { class: `record levers-${name.toLowerCase()}`, "data-levers": name },
      make("h3", {}, make("span", { class: "letter" }, name), ` ${this.title(head.worlds[world].policy)}`),
      make("p", { class: "note" }, this.described(head.worlds[world].policy)),
      ...head.leverNames.map((/** @type {string} */ lever) => this.meter(world, lever)),
      make("h4", {}, texts.controls.events), this.events(world)));
    place.append(make("h2", {}, words.done), make("p", { class: "note" }, words.doneNote), make("div", { class: "sides" }, ...sides),
      make("h2", {}, words.holds), make("ul", { class: "holds" }, ...this.held().map((line) => make("li", {}, line))),
      make("h2", {}, words.leftOut), make("ul", { class: "holds" }, ...this.left().map((line) => make("li", {}, line))),
      ...(head.ownFiles ? [make("p", {}, words.ownFiles)]
        : [make("p", {}, words.again), make("p", {}, make("code", {}, addressOf(this.usual, { ...this.usual, recipe: head.usual })))]));
  }

  /** @param {number} world @param {string} lever */
  meter(world, lever) {
    const name = leverName(lever);
    const meter = make("meter", { min: 0, max: 1, value: 0, "aria-label": `${"AB"[world]}: ${name}`, "data-lever": lever });
    this.meters[world].push(meter);
    return make("div", { class: "lever" }, make("span", {}, name), meter, make("output", {}, "0.00"));
  }

  /** @param {number} world */
  events(world) {
    const words = texts.controls;
    const lines = this.recording.head.worlds[world].events.map((/** @type {import("./address.js").Event} */ [month, what, value]) => words.event(month,
      what === "policy" ? words.follow(this.title(String(value))) : words.hold(leverName(what), Number(value).toFixed(2))));
    return make("ul", { class: "events" }, ...(lines.length ? lines : [words.none]).map((line) => make("li", {}, line)));
  }

  drawControls() {
    this.meters.forEach((meters, world) => meters.forEach((meter, row) => {
      const column = this.levers[world][row];
      meter.value = column[Math.min(this.shown, column.length - 1)];
      const output = meter.nextElementSibling;
      if (output) output.textContent = meter.value.toFixed(2);
    }));
  }

  /** @param {string} policy */
  title(policy) {
    return this.catalogue.policies.find((/** @type {any} */ p) => p.name === policy)?.title ?? policy;
  }

  /** @param {string} policy */
  described(policy) {
    return this.catalogue.policies.find((/** @type {any} */ p) => p.name === policy)?.description ?? "";
  }

  /** @returns {string[]} */
  held() {
    const words = texts.replay;
    const { recipe, society, lives } = this.recording.head;
    const changed = Object.entries(recipe.parameters).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`);
    return [
      words.worlds(number(recipe.citizens), recipe.months, recipe.seed, society.country), words.shock(society.shockMonth),
      ...(typeof recipe.budget === "number" ? [words.budget(Number((recipe.budget * 100).toPrecision(6)))] : []),
      changed.length ? words.parameters(changed.join(", ")) : words.asDeclared,
      words.colourings(this.layers.map(layerName).join("; ")),
      words.lives(number(lives.count), number(recipe.citizens), lives.step),
    ];
  }

  /** @returns {string[]} */
  left() {
    const words = texts.replay;
    const { recipe, lives } = this.recording.head;
    const missing = Object.keys(texts.layers).filter((layer) => !this.layers.includes(layer));
    return [
      ...(missing.length ? [words.noColourings(missing.map(layerName).join("; "))] : []),
      ...(lives.count < recipe.citizens ? [words.noLives(number(recipe.citizens - lives.count))] : []),
      words.noChanges,
    ];
  }
}

/** @param {number} value */
const number = (value) => new Intl.NumberFormat("en").format(value);

/** @param {string} layer */
const layerName = (layer) => /** @type {any} */ (texts.layers)[layer];
