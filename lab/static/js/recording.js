// A recording answers what the line to living worlds answers, from tables that the page itself holds.

import { unsqueeze } from "./blocks.js";
import { layOut } from "./layout.js";
import { FIRST } from "./palettes.js";
import { Refusal } from "./source.js";

/**
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {import("./blocks.js").Table} Table
 * @typedef {import("./blocks.js").Described} Described
 */

const KIN = 0;
const MARKS = { shown: 3, present: 4, sanctioned: 8, unjustly: 16, harassed: 32 };

export class Recording {
  /**
   * @param {any} head what `lab/recording.py` says of the recording
   * @param {Described[]} blocks
   * @param {(place: number) => string} text of a block, as base64
   */
  constructor(head, blocks, text) {
    this.head = head;
    /** @type {Map<string, () => Promise<Table>>} */
    this.readers = new Map(blocks.map((block, place) => [block.name, () => unsqueeze(block, text(place))]));
    /** @type {Map<string, Table>} */
    this.tables = new Map();
    /** @type {Int32Array} */
    this.cells = new Int32Array(0);
    this.columns = 1;
    /** @type {Record<string, (content: any) => Promise<Answer> | Answer>} */
    this.answers = {
      open: () => this.open(),
      resize: (content) => this.resize(content),
      show: (content) => this.show(content),
      citizen: (content) => this.citizen(content),
      find: (content) => this.find(content),
    };
  }

  /** @param {string} type @param {object} content @returns {Promise<Answer>} */
  async ask(type, content = {}) {
    const answer = this.answers[type];
    if (!answer) throw new Refusal(`a recording cannot answer '${type}'`);
    return answer(content);
  }

  /** @param {string} name @returns {Promise<Table>} */
  async read(name) {
    const known = this.tables.get(name);
    if (known) return known;
    const reader = this.readers.get(name);
    if (!reader) throw new Refusal(`the recording has no '${name}'`);
    const table = await reader();
    this.tables.set(name, table);
    return table;
  }

  /** @param {string} name of a table of both worlds */
  both(name) {
    return Promise.all([0, 1].map((world) => this.read(`${name} ${world}`)));
  }

  async open() {
    const { citizens } = this.head.recipe;
    const everybody = /** @type {Uint8Array} */ (await this.read("everybody"));
    this.region = everybody.subarray(0, citizens);
    this.group = everybody.subarray(citizens);
    this.camp = Uint8Array.from(this.group, (group) => this.head.society.camps[group]);
    const chosen = await this.read("chosen");
    const { count } = this.head.lives;
    /** @type {Map<number, {place: number, first: number, ties: number}>} */
    this.told = new Map();
    for (let place = 0, first = 0; place < count; place++) {
      const ties = chosen[count + place];
      this.told.set(chosen[place], { place, first, ties });
      first += ties;
    }
    const { society, levers } = this.head;
    return { head: { type: "opened", id: 0, society, levers }, parts: [] };
  }

  /** @param {{width: number, height: number}} room */
  resize({ width, height }) {
    const { region, camp, group } = this;
    if (!region || !camp || !group) throw new Refusal("open the recording first");
    const { layout, citizens } = layOut({ places: this.head.society.places, region, camp }, width, height);
    this.cells = citizens;
    this.columns = layout.columns;
    const groups = Uint8Array.from(citizens, (number) => (number < 0 ? 0 : group[number] + FIRST));
    return { head: { type: "field", id: 0, layout }, parts: [new Uint8Array(citizens.buffer), groups] };
  }

  /** @param {{month: number, layer: string, have: [number, number]}} wanted */
  async show({ month, layer, have }) {
    const { recipe, figures, regions, groups } = this.head;
    const codes = await this.both(layer);
    const rows = await this.both("figures");
    const changes = await this.both("regions");
    const ofGroups = await this.both("groups");
    const start = month * recipe.citizens;
    const parts = [
      ...codes.map((table) => Uint8Array.from(this.cells, (number) => (number < 0 ? 0 : table[start + number]))),
      ...rows.map((table, world) => bytes(/** @type {Float64Array} */ (table), (have[world] + 1) * figures, (month + 1) * figures)),
      ...changes.map((table) => bytes(/** @type {Float64Array} */ (table), month * regions, (month + 1) * regions)),
      ...ofGroups.map((table) => bytes(/** @type {Float64Array} */ (table), month * groups, (month + 1) * groups)),
    ];
    return { head: { type: "frame", id: 0, month, layer, first: have.map((last) => last + 1) }, parts };
  }

  /** @param {{what: string, month: number}} wanted */
  async find({ what, month }) {
    const { finds } = this.head;
    const table = await this.read("finds");
    const found = table[month * finds.length + finds.indexOf(what)];
    return { head: { type: "found", id: 0, citizen: found < 0 ? null : found }, parts: [] };
  }

  /** @param {{number: number, month: number}} wanted */
  async citizen({ number, month }) {
    const told = this.told?.get(number);
    if (!told) return { head: { type: "untold", id: 0, lives: null, nearest: this.nearest(number), ...this.who(number) }, parts: [] };
    const [traits, ties] = [await this.read("traits"), await this.read("ties")];
    const { count, traits: names } = this.head.lives;
    /** @type {Record<string, number>} */
    const trait = Object.fromEntries(names.map((/** @type {string} */ name, /** @type {number} */ row) => [name, traits[row * count + told.place]]));
    const stance = await this.both("stance");
    const lives = await Promise.all([0, 1].map(async (world) => {
      const life = await this.life(world, told.place, month);
      const now = Object.fromEntries(Object.entries(life).map(([name, values]) => [name, values[month]]));
      const start = month * this.head.recipe.citizens;
      return {
        ...this.who(number), income: Math.exp(trait.log_income), kinship: trait.kinship, initial_loyalty: trait.initial_loyalty,
        kin_television: trait.kin_television, national_television: trait.national_television,
        state: now, life: { months: Array.from({ length: month + 1 }, (_, at) => at), ...life },
        ties: Array.from(ties.subarray(told.first, told.first + told.ties), (tie) => (
          { number: tie, camp: this.camp?.[tie], region: this.region?.[tie], present: stance[world][start + tie] >= FIRST })),
      };
    }));
    return { head: { type: "citizen", id: 0, lives }, parts: [] };
  }

  /** @param {number} number */
  who(number) {
    const { society } = this.head;
    return { number, region: society.regions[this.region?.[number] ?? 0], group: society.groups[this.group?.[number] ?? 0], camp: this.camp?.[number] ?? KIN };
  }

  /**
   * @param {number} world
   * @param {number} place
   * @param {number} month
   * @returns {Promise<Record<string, any[]>>} lists by variable, from month 0 to `month`
   */
  async life(world, place, month) {
    const { count, step, names } = this.head.lives;
    const along = (/** @type {Table} */ table) => Array.from({ length: month + 1 }, (_, at) => table[at * count + place]);
    /** @type {Record<string, any[]>} */
    const life = {};
    for (const name of names) life[name] = along(await this.read(`life ${name} ${world}`)).map((whole) => (whole + 0.5) * step);
    life.falsified = life.said.map((said, at) => said - life.loyalty[at]);
    const marks = along(await this.read(`marks ${world}`));
    for (const [name, bits] of Object.entries(MARKS)) life[name] = marks.map((mark) => (name === "shown" ? mark & bits : (mark & bits) > 0));
    return life;
  }

  /** @param {number} number @returns {number} who stands nearest on the field of those whose lives are told */
  nearest(number) {
    const here = this.cells.indexOf(number);
    let best = -1;
    let least = Infinity;
    this.cells.forEach((other, cell) => {
      if (!this.told?.has(other)) return;
      const across = (cell % this.columns) - (here % this.columns);
      const down = Math.floor(cell / this.columns) - Math.floor(here / this.columns);
      const far = across * across + down * down;
      if (far < least) { least = far; best = other; }
    });
    return best;
  }

  /** @param {number} number @param {number} by -1 or 1 @returns {number} the next one in number whose life is told */
  beside(number, by) {
    const told = [...(this.told?.keys() ?? [])];
    const next = by > 0 ? told.find((other) => other > number) : told.findLast((other) => other < number);
    return next ?? number;
  }
}

/** @param {Float64Array} table @param {number} from @param {number} to @returns {Uint8Array} */
function bytes(table, from, to) {
  return new Uint8Array(table.slice(from, Math.max(from, to)).buffer);
}
