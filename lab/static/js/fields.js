// Both fields of citizens: how they are coloured, who is greyed out, and what the colours mean.

import { EVERYONE } from "./address.js";
import { byId, make } from "./dom.js";
import { placesOf } from "./field.js";
import { EACH, Multiples } from "./multiples.js";
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
   * @param {{policy: (world: number, name: string) => void, citizen: (number: number) => void, pass: (number: number) => void,
   *   layer: (name: string) => void, look: () => void}} acts `look` when who is shown, or how, has been chosen anew
   */
  constructor({ policies, fixed, layers }, layer, acts) {
    this.panels = [0, 1].map((world) => new WorldPanel(world, policies, fixed, {
      policy: (name) => acts.policy(world, name),
      citizen: acts.citizen,
      pass: acts.pass,
    }));
    this.layer = byId("layer");
    this.layer.append(...Object.entries(texts.layers).map(([name, title]) => {
      const there = layers.includes(name);
      return make("option", { value: name, disabled: !there }, there ? title : `${title} (${texts.notHere})`);
    }));
    this.layer.value = layer;
    this.layer.addEventListener("change", () => acts.layer(this.layer.value));
    this.group = byId("group");
    this.differs = byId("differs");
    this.rarest = byId("rarest");
    for (const choice of [this.group, this.differs, this.rarest]) choice.addEventListener("change", () => { this.draw(); this.drawLegend(); acts.look(); });
    this.multiples = new Multiples(byId("multiples"), acts.citizen);
    this.many = false;
    /** @type {import("./field.js").Places | null} */
    this.places = null;
    /** @type {string[]} */
    this.regions = [];
    /** @type {string[]} */
    this.groups = [];
    /** @type {[Uint8Array, Uint8Array] | null} */
    this.codes = null;
    this.coded = layer;
    /** @type {{has: (number: number) => boolean} | null} whose lives can be looked at; null if everybody's */
    this.told = null;
    /** @type {[Float64Array, Float64Array] | null} */
    this.changes = null;
  }

  /** Whoever is the source can say what is rarest behind a cell. */
  offerRarest() {
    this.many = true;
  }

  /** @param {import("./address.js").State} state */
  fill({ layer, group, differs, rarest }) {
    this.layer.value = layer;
    this.wanted = group ?? EVERYONE;
    this.group.value = this.wanted;
    this.differs.checked = Boolean(differs);
    this.rarest.checked = Boolean(rarest);
  }

  /** @returns {{group: string, differs: boolean, rarest: boolean}} */
  chosen() {
    return { group: this.group.value, differs: this.differs.checked, rarest: this.rarest.checked };
  }

  /** @param {{groups: string[], regions: string[]}} society */
  describe({ groups, regions }) {
    this.groups = groups;
    this.regions = regions;
    const chosen = this.group.value || this.wanted || EVERYONE;
    const told = this.told ? [make("option", { value: "told" }, texts.told)] : [];
    this.group.replaceChildren(make("option", { value: EVERYONE }, texts.everyone), make("option", { value: "kin" }, texts.kinCamp), ...told,
      make("option", { value: EACH }, texts.eachGroup), ...groups.map((name, number) => make("option", { value: String(number) }, name)));
    this.group.value = chosen;
    if (!this.group.value) this.group.value = EVERYONE;
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
   * @param {{camps: number[], regions: string[], groups: string[]}} society
   */
  place(layout, citizens, groups, society) {
    this.places = placesOf(layout, citizens, groups, society.camps);
    this.regions = society.regions;
    this.groups = society.groups;
    this.codes = null;
    byId("rarest-choice").hidden = !this.many || layout.represented < 2;
    this.multiples.lay(this.places, this.groups);
    this.lay();
    this.drawLegend();
  }

  lay() {
    if (!this.places) return;
    for (const panel of this.panels) panel.field.lay(this.places, this.regions, this.groups, colour("page"), colour("soft"));
  }

  /** What to draw next. @param {[Uint8Array, Uint8Array]} codes a byte a cell, by world @param {string} layer whose codes they are */
  show(codes, layer) {
    this.codes = codes;
    this.coded = layer;
  }

  draw() {
    if (!this.codes || !this.places) return;
    const now = theme();
    const colours = palette(this.coded, now);
    const greyed = this.greyed();
    this.codes.forEach((codes, world) => this.panels[world].field.draw(codes, colours, greyed, now.dark ? GREY.dark : GREY.light));
    this.multiples.show(this.group.value === EACH);
    this.multiples.draw(this.codes, colours, this.changes);
  }

  /** @returns {Uint8Array | null} not 0 where a cell is greyed out */
  greyed() {
    const wanted = this.group.value;
    const everyone = wanted === EVERYONE || wanted === EACH;
    if (!this.codes || !this.places || (!this.differs.checked && everyone)) return null;
    const [a, b] = this.codes;
    const { groups, camps, citizens } = this.places;
    const greyed = new Uint8Array(a.length);
    for (let i = 0; i < a.length; i++) {
      const outside = wanted === "kin" ? camps[i] !== 0 : wanted === "told" ? !this.told?.has(citizens[i])
        : !everyone && groups[i] - FIRST !== Number(wanted);
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
    byId("legend").replaceChildren(...parts, ...(many > 1 ? [make("span", { class: "note" }, this.rarest.checked && this.many ? texts.legend.rarest(many) : texts.legend.pixels(many))] : []));
  }

  retheme() {
    this.lay();
    this.draw();
    this.drawLegend();
  }

  /**
   * Who comes next, after the chosen citizen, of those whose group and region have all these words in their names.
   * @param {string} text
   * @param {number | null} after
   * @returns {number | null}
   */
  find(text, after) {
    if (!this.places) return null;
    const { layout, citizens, groups, places } = this.places;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    /** @type {number[]} */
    const found = [];
    for (const block of layout.blocks) {
      const names = this.groups.map((group) => `${group} ${this.regions[block.region]}`.toLowerCase());
      const meant = names.map((name) => words.every((word) => name.includes(word)));
      for (let row = block.top; row < block.top + block.rows; row++) {
        for (let place = row * layout.columns + block.left; place < row * layout.columns + block.left + block.columns; place++) {
          if (citizens[place] >= 0 && meant[groups[place] - FIRST]) found.push(place);
        }
      }
    }
    const here = after === null ? -1 : found.indexOf(places.get(after) ?? -1);
    return found.length ? citizens[found[(here + 1) % found.length]] : null;
  }

  focus() {
    this.panels[0].field.over.focus();
  }

  /** @param {number | null} citizen @param {number[]} ties */
  choose(citizen, ties) {
    for (const panel of this.panels) panel.field.choose(citizen, ties);
  }
}
