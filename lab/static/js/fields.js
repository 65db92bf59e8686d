// Both fields of citizens: how they are coloured, who is greyed out, and what the colours mean.

import { byId, make } from "./dom.js";
import { placesOf } from "./field.js";
import { FIRST, legend, palette } from "./palettes.js";
import { texts } from "./texts.js";
import { colour, theme } from "./theme.js";
import { WorldPanel } from "./world.js";

const GREY = { light: 0xffe4e7e8, dark: 0xff3a3632 };

export class Fields {
  /**
   * @param {{policies: {name: string, title: string}[], fixed: boolean, layers: string[]}} choice the policies and colourings there are;
   *   `fixed` if the policies are what they are
   * @param {string} layer
   * @param {{policy: (world: number, name: string) => void, citizen: (number: number) => void, layer: (name: string) => void}} acts
   */
  constructor({ policies, fixed, layers }, layer, acts) {
    this.panels = [0, 1].map((world) => new WorldPanel(world, policies, fixed, {
      policy: (name) => acts.policy(world, name),
      citizen: acts.citizen,
    }));
    this.layer = byId("layer");
    this.layer.append(...Object.entries(texts.layers).map(([name, title]) => {
      const there = layers.includes(name);
      return make("option", { value: name, disabled: !there }, there ? title : `${title} (${texts.notHere})`);
    }));
    this.layer.value = layer;
    this.layer.addEventListener("change", () => acts.layer(this.layer.value));
    this.group = byId("group");
    this.group.addEventListener("change", () => this.draw());
    this.differs = byId("differs");
    this.differs.addEventListener("change", () => this.draw());
    /** @type {import("./field.js").Places | null} */
    this.places = null;
    /** @type {string[]} */
    this.regions = [];
    /** @type {string[]} */
    this.groups = [];
    /** @type {[Uint8Array, Uint8Array] | null} */
    this.codes = null;
    /** @type {{has: (number: number) => boolean} | null} whose lives can be looked at; null if everybody's */
    this.told = null;
  }

  /** @param {{groups: string[], regions: string[]}} society */
  describe({ groups, regions }) {
    this.groups = groups;
    this.regions = regions;
    const chosen = this.group.value || "everyone";
    const told = this.told ? [make("option", { value: "told" }, texts.told)] : [];
    this.group.replaceChildren(make("option", { value: "everyone" }, texts.everyone), make("option", { value: "kin" }, texts.kinCamp), ...told,
      ...groups.map((name, number) => make("option", { value: String(number) }, name)));
    this.group.value = chosen;
    this.drawLegend();
  }

  /** @returns {{width: number, height: number}} pixels there are for a field */
  room() {
    const frame = this.panels[0].frame;
    const width = Math.max(120, Math.floor(frame.clientWidth));
    const height = Math.max(160, Math.min(680, Math.floor(innerHeight - frame.getBoundingClientRect().top - scrollY - byId("time-room").offsetHeight - 100)));
    return { width, height: Math.max(height, width < 300 ? 2 * width : 240) };
  }

  /**
   * @param {any} layout
   * @param {Uint8Array} citizens
   * @param {Uint8Array} groups
   * @param {{camps: number[], regions: string[]}} society
   */
  place(layout, citizens, groups, { camps, regions }) {
    this.places = placesOf(layout, citizens, groups, camps);
    this.regions = regions;
    this.codes = null;
    this.lay();
  }

  lay() {
    if (!this.places) return;
    for (const panel of this.panels) panel.field.lay(this.places, this.regions, colour("page"), colour("soft"));
  }

  /** @param {[Uint8Array, Uint8Array]} codes a byte a cell, by world */
  show(codes) {
    this.codes = codes;
    this.draw();
  }

  draw() {
    if (!this.codes || !this.places) return;
    const now = theme();
    const colours = palette(this.layer.value, now);
    const greyed = this.greyed();
    this.codes.forEach((codes, world) => this.panels[world].field.draw(codes, colours, greyed, now.dark ? GREY.dark : GREY.light));
  }

  /** @returns {Uint8Array | null} not 0 where a cell is greyed out */
  greyed() {
    const wanted = this.group.value;
    if (!this.codes || !this.places || (!this.differs.checked && wanted === "everyone")) return null;
    const [a, b] = this.codes;
    const { groups, camps, citizens } = this.places;
    const greyed = new Uint8Array(a.length);
    for (let i = 0; i < a.length; i++) {
      const outside = wanted === "kin" ? camps[i] !== 0 : wanted === "told" ? !this.told?.has(citizens[i])
        : wanted !== "everyone" && groups[i] - FIRST !== Number(wanted);
      greyed[i] = Number(outside || (this.differs.checked && a[i] === b[i]));
    }
    return greyed;
  }

  drawLegend() {
    const parts = legend(this.layer.value, theme(), this.groups).map(({ colours, words }) =>
      make("span", { class: "key" }, make("span", { class: "patches", "aria-hidden": "true" }, ...colours.map((shade) => {
        const patch = make("i", shade === "gone" ? { class: "gone" } : {});
        if (shade !== "gone") patch.style.background = shade;
        return patch;
      })), words));
    const many = this.places?.layout.represented ?? 1;
    byId("legend").replaceChildren(...parts, ...(many > 1 ? [make("span", { class: "note" }, texts.legend.pixels(many))] : []));
  }

  retheme() {
    this.lay();
    this.draw();
    this.drawLegend();
  }

  /** @param {number | null} citizen @param {number[]} ties */
  choose(citizen, ties) {
    for (const panel of this.panels) panel.field.choose(citizen, ties);
  }
}
