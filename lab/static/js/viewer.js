// Two worlds and one clock: months are asked of a source, and drawn. The source is the line to worlds that live, or a
// recording; nothing here knows which.

import { addressOf, stateOf } from "./address.js";
import { Clock } from "./clock.js";
import { Dashboard } from "./dashboard.js";
import { byId, fillWords, write } from "./dom.js";
import { Fields } from "./fields.js";
import { Guess } from "./guess.js";
import { headline } from "./headline.js";
import { listen } from "./keyboard.js";
import { Lives } from "./lives.js";
import { say } from "./notice.js";
import { marksOf, phasesOf, planOf } from "./plan.js";
import { Series } from "./series.js";
import { LineLost } from "./source.js";
import { texts } from "./texts.js";
import { theme, watchTheme, worldColours } from "./theme.js";
import { Timeline } from "./timeline.js";
import { Where } from "./where.js";

/**
 * @typedef {import("./address.js").State} State
 * @typedef {import("./source.js").Source} Source
 */

const FIRST_LOOK = 600; // milliseconds of month 0 before time runs by itself
const STILL_MONTH = 180;
const LIVES_EVERY = 150;
const LARGE = 50_000; // citizens from which on making two worlds takes a while

export class Viewer {
  /**
   * @param {any} catalogue
   * @param {State} usual what there is to see when the address says nothing
   */
  constructor(catalogue, usual) {
    this.catalogue = catalogue;
    this.usual = usual;
    /** @type {string[]} the colourings there are */
    this.layers = catalogue.layers ?? Object.keys(texts.layers);
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.touched = location.hash.length > 1;
    /** @type {State} */
    this.state = this.readAddress();
    if (this.still && !this.touched) this.state.month = Math.min(STILL_MONTH, this.state.recipe.months);
    /** @type {Source} */
    this.source = { ask: () => Promise.reject(new LineLost()) };
    this.clock = new Clock();
    this.shown = -1;
    this.busy = false;
    this.ready = false;
    this.stale = true;
    this.arrived = false;
    this.opening = 0;
    this.opened = 0;
    this.rewriting = 0;
    this.frames = 0;
    this.pace = 0;
    this.livesAt = 0;
    /** @type {any} */
    this.society = null;
    /** @type {Series} */
    this.series = new Series([]);
    /** @type {number[][][]} */
    this.levers = [[], []];
    fillWords();
    this.fields = new Fields({ policies: catalogue.policies, fixed: catalogue.fixed ?? false, layers: this.layers }, this.state.layer, {
      policy: (world, name) => this.follow(world, name),
      citizen: (number) => this.choose(number).then(() => this.lives.read()),
      pass: (number) => this.choose(number),
      layer: (name) => { this.state.layer = name; this.stale = true; this.fields.drawLegend(); this.keepAddress(); },
      look: () => { Object.assign(this.state, this.fields.chosen()); this.stale = true; this.keepAddress(); },
    });
    this.fields.fill(this.state);
    this.showPolicies();
    this.timeline = new Timeline({
      toggle: () => { this.touch(); if (this.clock.playing) this.pause(); else this.run(); },
      step: (by) => this.step(by),
      speed: (speed) => { this.clock.speed = speed; if (this.clock.playing) this.run(); },
      scrub: (month) => { this.touch(); this.pause(); this.state.month = month; },
      settle: () => this.keepAddress(),
    });
    this.dashboard = this.furnishCharts();
    this.lives = new Lives({
      choose: (number) => this.choose(number),
      find: (what) => this.find(what),
      beside: (number, by) => this.choose(this.beside(number, by)),
      search: (text) => this.search(text),
    });
    this.guess = new Guess(this.touched || this.still, {
      stop: () => { this.clock.stop(); this.timeline.showPlaying(false); },
      go: () => this.run(),
      marked: () => this.showPhases(),
    });
    listen({
      toggle: () => this.timeline.play.click(),
      step: (by) => this.step(by),
      start: () => this.step(-this.state.month),
      leave: () => { if (this.state.citizen !== null) this.choose(null); },
      undo: () => this.undo(),
    });
    watchTheme(() => this.retheme());
    addEventListener("resize", () => this.resizeSoon());
    addEventListener("hashchange", () => this.followAddress());
    requestAnimationFrame(() => this.beat());
  }

  // --- what a page with more to it adds ----------------------------------------------------------------------------

  /** @returns {Dashboard} */
  furnishCharts() {
    return new Dashboard(() => this.scene(), null);
  }

  /** Both worlds have been opened. */
  settle() {}

  /** A month is being drawn. */
  drawControls() {}

  sayOpening() {
    say(this.state.recipe.citizens > LARGE ? texts.notice.compiling : texts.notice.opening);
  }

  /** @param {number} number @param {number} by -1 or 1 @returns {number} the citizen before, or the next one */
  beside(number, by) {
    return Math.min(this.state.recipe.citizens - 1, Math.max(0, number + by));
  }

  /** @returns {State} */
  readAddress() {
    const state = stateOf(location.hash, this.usual);
    return this.layers.includes(state.layer) ? state : { ...state, layer: this.usual.layer };
  }

  /** @returns {string} */
  writtenAddress() {
    return addressOf(this.state, this.usual);
  }
  /** Take back what was done last. */
  undo() {}

  /** @param {number} _world @param {string} _name of a policy that this world shall follow from now on */
  follow(_world, _name) {}

  // --- opening ----------------------------------------------------------------------------------------------------

  async open() {
    const opening = ++this.opening;
    this.ready = false;
    delete document.documentElement.dataset.month;
    this.sayOpening();
    this.dashboard.forget();
    try {
      const { head } = await this.source.ask("open", { ...this.state.recipe, worlds: this.state.worlds });
      if (opening !== this.opening) return;
      this.society = head.society;
      this.levers = head.levers;
      this.series = new Series(head.society.figures);
      this.where = new Where(head.society.regions, head.society.places);
      this.shown = -1;
      this.arrived = false;
      await this.resize();
      if (opening !== this.opening) return;
      this.ready = true;
      this.stale = true;
      document.documentElement.dataset.opened = String(++this.opened);
      say("");
      this.describe();
      this.settle();
      if (this.state.citizen !== null) this.choose(this.state.citizen);
      if (!this.touched && !this.still) {
        setTimeout(() => { if (!this.touched && this.ready) this.run(); }, FIRST_LOOK);
      }
    } catch (error) {
      this.trouble(error);
    }
  }

  describe() {
    const { society } = this;
    const numbers = new Intl.NumberFormat("en");
    byId("setting").textContent = texts.setting(numbers.format(this.state.recipe.citizens), numbers.format(society.cohort), society.country.split(",")[0]);
    this.fields.describe(society);
    this.showPhases();
    this.showPolicies();
  }

  showPolicies() {
    this.state.worlds.forEach((history, world) => this.fields.panels[world].follow(history));
  }

  resizeSoon() {
    clearTimeout(this.resizing);
    this.resizing = setTimeout(() => {
      if (!this.ready) return;
      this.resize().then(() => { this.stale = true; this.showPhases(); this.dashboard.draw(); }).catch((error) => this.trouble(error));
    }, 150);
  }

  async resize() {
    const { head, parts } = await this.source.ask("resize", this.fields.room());
    this.fields.place(head.layout, parts[0], parts[1], this.society);
  }

  // --- the clock --------------------------------------------------------------------------------------------------

  beat() {
    requestAnimationFrame(() => this.beat());
    if (!this.ready) return;
    this.askForMore(); // first, so that the model lives while we draw
    if (this.arrived) {
      this.arrived = false;
      this.draw();
    }
  }

  askForMore() {
    if (this.busy || this.rewriting) return;
    const { months } = this.state.recipe;
    const wanted = this.clock.wanted(this.state.month, months);
    if (wanted !== this.shown || this.stale) this.fetch(wanted);
    else if (this.clock.playing && wanted >= months) { this.pause(); this.keepAddress(); }
  }

  /** @param {number} wanted */
  async fetch(wanted) {
    this.busy = true;
    this.stale = false;
    let next = false;
    const { opening, clock } = this;
    const asked = performance.now();
    try {
      const layer = this.state.layer;
      const { head, parts } = await this.source.ask("show", { month: wanted, layer, have: this.series.have, rarest: this.fields.rarest.checked });
      if (opening !== this.opening || !this.ready || this.rewriting) return; // of worlds that are no more
      [0, 1].forEach((world) => this.series.add(world, head.first[world], parts[2 + world]));
      if (clock.playing && head.month < wanted) clock.set(head.month); // the model is slower than the clock
      if (head.month > this.shown) this.pace = 0.8 * this.pace + 0.2 * ((head.month - Math.max(this.shown, 0)) * 1000 / Math.max(1, performance.now() - asked));
      if (clock.playing || this.state.month === wanted) this.state.month = head.month < wanted && !clock.playing ? wanted : head.month;
      this.shown = head.month;
      this.fields.show([parts[0], parts[1]], head.layer);
      const [a, b, ...groups] = parts.slice(4).map((part) => new Float64Array(part.buffer, part.byteOffset, part.length / 8));
      this.changes = [a, b];
      this.fields.changes = groups.length ? [groups[0], groups[1]] : null;
      next = !this.arrived; // one month may wait to be drawn; a second one takes its place, and is the last that is asked for
      this.arrived = true;
    } catch (error) {
      this.trouble(error);
    } finally {
      this.busy = false;
    }
    if (next && this.clock.playing) this.askForMore();
  }

  run() {
    if (this.state.month >= this.state.recipe.months) this.state.month = 0;
    this.clock.run(this.state.month);
    this.timeline.showPlaying(true);
  }

  pause() {
    if (!this.clock.playing) return;
    this.clock.stop();
    this.timeline.showPlaying(false);
    this.keepAddress();
    this.dashboard.drawSoon(true);
  }

  /** @param {number} by */
  step(by) {
    this.touch();
    this.pause();
    this.state.month = Math.min(this.state.recipe.months, Math.max(0, this.state.month + by));
    this.keepAddress();
  }

  touch() {
    this.touched = true;
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  draw() {
    this.fields.draw();
    this.drawFigures();
    this.drawControls();
    this.drawWhere();
    this.dashboard.drawSoon(!this.clock.playing); // what stands still can be read at once
    if (this.clock.playing) this.guess.inTime(this.shown, this.plan().end);
    this.followLives();
    this.frames += 1;
    Object.assign(document.documentElement.dataset, { frames: this.frames, month: this.shown, layer: this.fields.coded });
  }

  retheme() {
    if (!this.ready) return;
    this.fields.retheme();
    this.drawWhere();
    this.dashboard.draw();
  }

  drawWhere() {
    if (this.changes) this.where?.draw(this.changes[0], this.changes[1], theme());
  }

  drawFigures() {
    const month = this.shown;
    const of = (/** @type {number} */ world, /** @type {string} */ figure, at = month) => this.series.at(world, figure, at);
    const felt = [0, 1].map((world) => of(world, "kin_camp.loyalty_stayers"));
    const said = [0, 1].map((world) => of(world, "kin_camp.public_loyalty"));
    const difference = of(1, "kin_camp.loyalty") - of(0, "kin_camp.loyalty");
    this.fields.panels.forEach((panel, world) => panel.show({
      felt: felt[world], shown: said[world], left: of(world, "kin_camp.departures"), difference, start: of(world, "kin_camp.loyalty_stayers", 0),
    }));
    const plan = this.plan();
    const then = [0, 1].map((world) => of(world, "kin_camp.public_loyalty", plan.end ?? -1) - of(world, "kin_camp.loyalty_stayers", plan.end ?? -1));
    const text = headline({ month, ...plan, difference, equal: this.equal(), felt: /** @type {[number, number]} */ (felt), shown: /** @type {[number, number]} */ (said), then });
    write(byId("headline"), text);
    this.timeline.show(month, this.clock.playing ? month : this.state.month);
  }

  equal() {
    return JSON.stringify(this.state.worlds[0]) === JSON.stringify(this.state.worlds[1]);
  }

  plan() {
    return planOf(this.levers, this.state.recipe.months, this.society?.shockMonth ?? null);
  }

  phases() {
    return phasesOf(this.plan(), this.state.recipe.months);
  }

  marks() {
    const marks = marksOf(this.state.worlds);
    return this.guess.mark ? [...marks, this.guess.mark] : marks;
  }

  showPhases() {
    this.timeline.mark(this.state.recipe.months, this.phases(), this.marks());
  }

  /** @returns {import("./dashboard.js").Scene | null} */
  scene() {
    if (!this.ready) return null;
    return { series: this.series, months: this.state.recipe.months, until: this.state.recipe.months, now: this.shown, playing: this.clock.playing, phases: this.phases(), marks: this.marks() };
  }

  // --- one citizen ------------------------------------------------------------------------------------------------

  /** @param {number | null} number */
  async choose(number) {
    this.touch();
    const moved = number !== this.state.citizen;
    this.state.citizen = number;
    if (moved) this.keepAddress();
    if (number === null) {
      if (this.lives.hide()) this.fields.focus();
      this.fields.choose(null, []);
      return;
    }
    await this.showLives();
  }

  async showLives() {
    if (this.state.citizen === null || this.shown < 0) { this.stale = true; return; }
    this.livesAt = performance.now();
    const month = this.shown;
    try {
      const { head } = await this.source.ask("citizen", { number: this.state.citizen, month });
      if (this.state.citizen !== (head.lives?.[0] ?? head).number) return;
      if (!head.lives) {
        this.fields.choose(this.state.citizen, []);
        this.lives.untold(head);
        return;
      }
      const ties = head.lives[0].ties.map((/** @type {any} */ tie) => tie.number);
      this.fields.choose(this.state.citizen, ties);
      this.lives.show(head.lives, month, { months: this.state.recipe.months, phases: this.phases(), colours: worldColours(), every: this.society.diaryEvery });
    } catch (error) {
      this.trouble(error);
    }
  }

  followLives() {
    if (this.state.citizen === null) return;
    clearTimeout(this.livesLater);
    if (performance.now() - this.livesAt > LIVES_EVERY) this.showLives();
    else this.livesLater = setTimeout(() => this.showLives(), LIVES_EVERY);
  }

  /** @param {string} what */
  async find(what) {
    this.touch();
    try {
      const { head } = await this.source.ask("find", { what, month: Math.max(0, this.shown) });
      if (head.citizen === null) this.lives.say(texts.lives.nobody);
      else await this.choose(head.citizen);
    } catch (error) {
      this.trouble(error);
    }
  }

  /** @param {string} text */
  async search(text) {
    const found = this.fields.find(text, this.state.citizen);
    if (found === null) this.lives.say(texts.lives.notFound(text));
    else await this.choose(found);
  }

  // --- trouble, and the address -----------------------------------------------------------------------------------

  /** @param {unknown} error */
  trouble(error) {
    if (error instanceof LineLost) return;
    this.clock.stop();
    this.timeline.showPlaying(false);
    say(error instanceof Error ? error.message : String(error));
    if (!(error instanceof Error) || error.constructor === TypeError || error.constructor === ReferenceError) console.error(error);
  }

  keepAddress() {
    this.address = this.writtenAddress();
    history.replaceState(null, "", this.address);
  }

  followAddress() {
    if (location.hash === this.address) return;
    this.state = this.readAddress();
    this.fields.fill(this.state);
    this.touch();
    this.pause();
    this.open();
  }
}
