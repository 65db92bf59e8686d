// The laboratory: worlds that live on a server, and what a visitor may do to them.

import { furnishAbout } from "./about.js";
import { save } from "./charts.js";
import { Dashboard } from "./dashboard.js";
import { byId } from "./dom.js";
import { Link } from "./link.js";
import { say } from "./notice.js";
import { policyNow } from "./plan.js";
import { Failure } from "./source.js";
import { texts } from "./texts.js";
import { Viewer } from "./viewer.js";
import { Workbench } from "./workbench.js";

/** @typedef {import("./address.js").State} State */

const PAIRS = 20;
const NOTICE = 4000; // milliseconds that the notice of something done stays
const SAVING_EVERY = 300; // milliseconds between two questions how far a replay is

/** @param {any} catalogue @returns {State} */
function usualState({ defaults }) {
  return {
    recipe: { country: defaults.country, citizens: defaults.citizens, months: defaults.months, seed: defaults.seed, shockMonth: null, parameters: {}, budget: null },
    worlds: [{ policy: "coercion", events: [] }, { policy: "better_life", events: [] }],
    month: 0, layer: "stance", citizen: null,
  };
}

export class Laboratory extends Viewer {
  /** @param {any} catalogue */
  constructor(catalogue) {
    super(catalogue, usualState(catalogue));
    this.replicating = false;
    this.asked = 0; // how often other seeds were asked for, or forgotten: what comes late is of worlds that are no more
    this.stored = false; // whether the other seeds are those of the server's folder of results
    /** @type {{recipe: import("./address.js").Recipe, worlds: State["worlds"]}[]} what stood before each act, the latest last */
    this.before = [];
    this.workbench = new Workbench(catalogue, {
      lever: (world, lever, level) => this.act([world], [this.state.month, lever, level]),
      war: (level) => this.act([0, 1], [this.state.month, "conflict", level]),
      undo: () => this.undo(),
      copy: () => { this.remember(); this.state.worlds[1] = structuredClone(this.state.worlds[0]); this.rewrite(); },
      branch: () => this.branch(),
      remake: (recipe) => { this.remember(); this.remake(recipe); },
    });
    this.fields.offerRarest();
    this.workbench.fill(this.state);
    furnishAbout();
    byId("save").addEventListener("click", () => this.saveReplay());
    byId("share").addEventListener("click", () => this.share());
    byId("reset").addEventListener("click", () => { location.hash = ""; location.reload(); });
    this.link = new Link(() => this.open(), (reason) => this.lost(reason));
    this.source = this.link;
  }

  furnishCharts() {
    return new Dashboard(() => this.scene(), () => this.replicate());
  }

  /** What the folder holds of months to come would give the guess away. */
  scene() {
    const scene = super.scene();
    return scene && this.stored && this.guess.pending ? { ...scene, until: this.series.last } : scene;
  }

  async open() {
    this.replicating = false;
    this.asked += 1;
    await super.open();
  }

  settle() {
    this.workbench.fill(this.state);
    this.showStored();
  }

  drawControls() {
    this.workbench.showLevers(this.levers, this.shown);
    if (this.pace) this.workbench.showPace(this.pace);
  }

  // --- acting -----------------------------------------------------------------------------------------------------

  /** @param {number[]} worlds @param {import("./address.js").Event} event */
  act(worlds, event) {
    this.remember();
    const [month, what] = event;
    for (const world of worlds) {
      const { events } = this.state.worlds[world];
      // What was done later is undone by acting in the past; the same lever moved twice in a month counts once.
      this.state.worlds[world].events = [...events.filter((other) => other[0] < month || (other[0] === month && other[1] !== what)), event];
    }
    this.rewrite();
    if (month >= this.state.recipe.months) this.tell(texts.notice.lastMonth);
  }

  remember() {
    const { recipe, worlds } = structuredClone(this.state);
    this.before.push({ recipe, worlds });
  }

  /** Take back what was done last; of a state that came with the address, its latest event. */
  undo() {
    const before = this.before.pop();
    const { recipe, worlds } = this.state;
    if (before) {
      this.state.worlds = before.worlds;
      if (JSON.stringify(before.recipe) !== JSON.stringify(recipe)) this.remake(before.recipe);
      else this.rewrite();
      return;
    }
    const [a, b] = worlds.map(({ events }) => events.at(-1)?.[0] ?? -1);
    if (Math.max(a, b) < 0) { this.tell(texts.notice.nothingToUndo); return; }
    worlds[a > b ? 0 : 1].events.pop();
    this.rewrite();
  }

  /** @param {import("./address.js").Recipe} recipe */
  remake(recipe) {
    this.touch();
    this.pause();
    this.state.recipe = recipe;
    this.state.month = Math.min(this.state.month, recipe.months);
    this.keepAddress();
    this.open();
  }

  /** @param {number} world @param {string} name */
  follow(world, name) {
    this.touch();
    if (this.state.month === 0) {
      this.remember();
      this.state.worlds[world] = { policy: name, events: [] };
      this.rewrite();
    } else {
      this.act([world], [this.state.month, "policy", name]);
    }
  }

  branch() {
    this.remember();
    const [a, b] = this.state.worlds;
    const month = this.state.month;
    this.state.worlds[1] = { policy: a.policy, events: [...a.events.filter((event) => event[0] < month), [month, "policy", policyNow(b)]] };
    this.rewrite();
  }

  async rewrite() {
    this.touch();
    this.dashboard.forget();
    this.dashboard.say(texts.charts.replicate, "");
    this.replicating = false;
    this.asked += 1;
    this.rewriting += 1;
    try {
      const { head } = await this.link.ask("rewrite", { worlds: this.state.worlds });
      head.same.forEach((/** @type {number} */ month, /** @type {number} */ world) => this.series.cut(world, month));
      this.levers = head.levers;
      delete document.documentElement.dataset.month;
      this.workbench.showEvents(this.state);
      this.describe();
      this.keepAddress();
      this.showStored();
    } catch (error) {
      this.trouble(error);
    } finally {
      this.rewriting -= 1;
      this.arrived = false;
      this.stale = true;
    }
  }

  /** Live both histories with other seeds, one after the other; pressed again, stop. */
  async replicate() {
    if (this.replicating) { this.replicating = false; return; }
    this.touch();
    this.pause();
    this.replicating = true;
    this.stored = false;
    const asked = ++this.asked;
    const { dashboard, series } = this;
    const words = texts.charts;
    dashboard.forget();
    const place = series.places.get("kin_camp.loyalty") ?? 0;
    try {
      for (let number = 1; number <= PAIRS && this.replicating && asked === this.asked; number++) {
        dashboard.say(words.stop, words.replicating(number));
        const { parts } = await this.link.ask("replicate", { seed: this.state.recipe.seed + number, months: this.state.recipe.months });
        if (asked !== this.asked || !this.replicating) break;
        const [a, b] = parts.map((part) => new Float64Array(part.buffer, part.byteOffset, part.length / 8));
        dashboard.replicates.push(Array.from({ length: a.length / series.width }, (_, month) => b[month * series.width + place] - a[month * series.width + place]));
        dashboard.draw();
      }
    } catch (error) {
      this.trouble(error);
    }
    if (asked !== this.asked) return;
    this.replicating = false;
    const done = dashboard.replicates.length;
    dashboard.say(words.replicate, done ? words.replicated(done) : "");
    if (!done) this.showStored();
  }

  /** Until other seeds are lived, show the pairs that the server's folder of results holds of these two worlds. */
  async showStored() {
    const { dashboard } = this;
    const words = texts.charts;
    const asked = ++this.asked;
    dashboard.say(words.replicate, "");
    try {
      const { head, parts } = await this.link.ask("stored");
      if (asked !== this.asked || head.folder === null) return;
      const values = [...new Float64Array(parts[0].buffer, parts[0].byteOffset, parts[0].length / 8)];
      const months = values.length / head.pairs;
      dashboard.replicates = Array.from({ length: head.pairs }, (_, pair) => values.slice(pair * months, (pair + 1) * months));
      dashboard.say(words.replicate, head.pairs ? words.stored(head, dashboard.banded) : words.notStored(head.folder));
      this.stored = true;
      if (this.shown >= 0) dashboard.draw(); // the first month draws itself
    } catch (error) {
      this.trouble(error);
    }
  }

  // --- trouble, and the address -----------------------------------------------------------------------------------

  /** @param {string | null} reason */
  lost(reason) {
    this.ready = false;
    say(reason ?? texts.notice.lost);
  }

  /** @param {unknown} error */
  trouble(error) {
    super.trouble(error);
    if (!(error instanceof Failure)) return;
    this.ready = false;
    say(texts.notice.failed + error.message, () => this.open());
  }

  async share() {
    this.keepAddress();
    try { await navigator.clipboard.writeText(location.href); } catch { /* the address bar holds it anyway */ }
    this.tell(texts.copied);
  }

  /** Have both worlds written down on the server, from the start to the end, and save what comes. */
  async saveReplay() {
    const button = byId("save");
    button.disabled = true;
    try {
      for (;;) {
        const { head, parts } = await this.link.ask("record");
        if (head.type === "replay") {
          save(new Blob([/** @type {any} */ (parts[0])], { type: "text/html" }), head.name);
          this.tell(texts.saved(head.name));
          break;
        }
        button.textContent = texts.saving(Math.floor((100 * head.done) / head.total));
        await new Promise((resolve) => { setTimeout(resolve, SAVING_EVERY); });
      }
    } catch (error) {
      this.trouble(error);
    }
    button.disabled = false;
    button.textContent = texts.saveReplay;
  }

  /** @param {string} text that need not stay */
  tell(text) {
    say(text);
    setTimeout(() => { if (this.ready) say(""); }, NOTICE);
  }
}
