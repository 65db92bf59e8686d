// The laboratory: one line to the server, two worlds, one clock.

import { addressOf, stateOf } from "./address.js";
import { Chart } from "./charts.js";
import { byId, make } from "./dom.js";
import { placesOf } from "./field.js";
import { headline } from "./headline.js";
import { Failure, LineLost, Link } from "./link.js";
import { Lives } from "./lives.js";
import { FIRST, legend, palette } from "./palettes.js";
import { Series } from "./series.js";
import { texts } from "./texts.js";
import { Workbench } from "./workbench.js";
import { Where } from "./where.js";
import { WorldPanel } from "./world.js";

/**
 * @typedef {import("./address.js").State} State
 * @typedef {import("./charts.js").Phase} Phase
 */

const FIRST_LOOK = 600; // milliseconds of month 0 before time runs by itself
const CHARTS_EVERY = 120; // milliseconds between two drawings of the charts
const SPEEDS = [1, 2, 4, 6, 12, 24, 48, Infinity];
const USUAL_SPEED = 12;
const GUESS_MONTH = 108;
const GUESS_SECONDS = 8;
const PAIRS = 20;
const STILL_MONTH = 180;
const LIVES_EVERY = 150;

class Laboratory {
  /** @param {any} catalogue */
  constructor(catalogue) {
    this.catalogue = catalogue;
    /** @type {State} */
    this.usual = {
      recipe: { country: catalogue.defaults.country, citizens: catalogue.defaults.citizens, months: catalogue.defaults.months,
        seed: catalogue.defaults.seed, shockMonth: null, parameters: {} },
      worlds: [{ policy: "coercion", events: [] }, { policy: "better_life", events: [] }],
      month: 0, layer: "stance", citizen: null,
    };
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.touched = location.hash.length > 1;
    /** @type {State} */
    this.state = stateOf(location.hash, this.usual);
    if (this.still && !this.touched) this.state.month = STILL_MONTH;
    this.playing = false;
    this.speed = USUAL_SPEED;
    this.since = 0;
    this.from = 0;
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
    this.chartsAt = 0;
    this.livesAt = 0;
    /** @type {any} */
    this.society = null;
    /** @type {any} */
    this.places = null;
    /** @type {Series} */
    this.series = new Series([]);
    /** @type {number[][][]} */
    this.levers = [[], []];
    /** @type {[Uint8Array, Uint8Array] | null} */
    this.codes = null;
    /** @type {number[][]} */
    this.replicates = [];
    this.replicating = false;
    /** @type {{month: number, text: string} | null} */
    this.guessMark = null;
    this.guessed = this.touched || this.still;
    this.furnish();
    this.link = new Link(() => this.open(), (reason) => this.lost(reason));
    addEventListener("resize", () => this.resizeSoon());
    addEventListener("hashchange", () => this.followAddress());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.retheme());
    requestAnimationFrame(() => this.beat());
  }

  // --- furnishing -------------------------------------------------------------------------------------------------

  furnish() {
    for (const node of document.querySelectorAll("[data-text]")) node.textContent = /** @type {any} */ (texts)[node.getAttribute("data-text") ?? ""];
    for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", /** @type {any} */ (texts)[node.getAttribute("data-label") ?? ""]);
    this.panels = [0, 1].map((world) => new WorldPanel(world, this.catalogue.policies, {
      policy: (name) => this.follow(world, name),
      citizen: (number) => this.choose(number).then(() => byId("lives").scrollIntoView({ block: "nearest" })),
    }));
    this.layer = byId("layer");
    this.layer.append(...Object.entries(texts.layers).map(([name, title]) => make("option", { value: name }, title)));
    this.layer.value = this.state.layer in texts.layers ? this.state.layer : "stance";
    this.state.layer = this.layer.value;
    this.layer.addEventListener("change", () => { this.state.layer = this.layer.value; this.stale = true; this.drawLegend(); this.keepAddress(); });
    this.group = byId("group");
    this.group.addEventListener("change", () => this.drawFields());
    this.differs = byId("differs");
    this.differs.addEventListener("change", () => this.drawFields());

    this.play = byId("play");
    this.play.addEventListener("click", () => { this.touch(); if (this.playing) this.pause(); else this.run(); });
    byId("back").addEventListener("click", () => this.step(-1));
    byId("forward").addEventListener("click", () => this.step(1));
    const speed = byId("speed");
    speed.append(...SPEEDS.map((value) => make("option", { value: String(value) }, value === Infinity ? texts.fastest : String(value))));
    speed.value = String(this.speed);
    speed.addEventListener("change", () => { this.speed = Number(speed.value); if (this.playing) this.run(); });
    this.scrub = byId("scrub");
    this.scrub.setAttribute("aria-label", texts.timeline);
    this.scrub.addEventListener("input", () => { this.touch(); this.pause(); this.state.month = Number(this.scrub.value); });
    this.scrub.addEventListener("change", () => this.keepAddress());

    byId("share").addEventListener("click", () => this.share());
    byId("reset").addEventListener("click", () => { location.hash = ""; location.reload(); });
    byId("theme").addEventListener("click", () => {
      const root = document.documentElement;
      root.dataset.theme = this.theme.dark ? "light" : "dark";
      this.retheme();
    });
    this.furnishAbout();
    this.furnishCharts();
    this.lives = new Lives({
      choose: (number) => this.choose(number),
      find: (what) => this.find(what),
      total: () => this.state.recipe.citizens,
    });
    this.workbench = new Workbench(this.catalogue, {
      lever: (world, lever, level) => this.act(world, [this.state.month, lever, level]),
      undo: (world) => { this.state.worlds[world].events.pop(); this.rewrite(); },
      copy: () => { this.state.worlds[1] = structuredClone(this.state.worlds[0]); this.rewrite(); },
      branch: () => this.branch(),
      remake: (recipe) => { this.touch(); this.state.recipe = recipe; this.state.month = 0; this.pause(); this.open(); },
    });
    this.workbench.fill(this.state);
    document.addEventListener("keydown", (event) => this.key(event));
    this.showPlay();
  }

  furnishAbout() {
    const about = byId("about");
    about.append(make("h2", {}, texts.about), ...texts.aboutText.map((text) => make("p", {}, text)),
      make("button", { type: "button", onclick: () => about.close() }, texts.close));
    byId("about-open").addEventListener("click", () => about.showModal());
  }

  furnishCharts() {
    const words = texts.charts;
    const room = byId("charts");
    const main = make("div", { class: "main-chart" });
    const rest = make("div", { class: "small-charts" });
    this.pairs = make("button", { type: "button", id: "pairs", onclick: () => this.replicate() }, words.replicate);
    this.pairsNote = make("span", { class: "note", role: "status" });
    const chart = (/** @type {HTMLElement} */ parent, /** @type {string} */ title, /** @type {string} */ unit, /** @type {string} */ file, height = 190) =>
      new Chart(parent, { title, unit, height, words, file });
    this.mainChart = chart(main, words.main, words.mainUnit, "difference", 280);
    main.append(make("div", { class: "row" }, this.pairs, this.pairsNote));
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
    room.append(main, rest);
  }

  // --- opening ----------------------------------------------------------------------------------------------------

  async open() {
    const opening = ++this.opening;
    this.ready = false;
    delete document.documentElement.dataset.month;
    this.say(this.state.recipe.citizens > 50_000 ? texts.notice.compiling : texts.notice.opening);
    this.replicates = [];
    this.replicating = false;
    try {
      const { head } = await this.link.ask("open", { ...this.state.recipe, worlds: this.state.worlds });
      if (opening !== this.opening) return;
      this.society = head.society;
      this.levers = head.levers;
      this.series = new Series(head.society.figures);
      this.where = new Where(head.society.regions, head.society.places);
      this.shown = -1;
      await this.resize();
      if (opening !== this.opening) return;
      this.ready = true;
      this.stale = true;
      document.documentElement.dataset.opened = String(++this.opened);
      this.say("");
      this.describe();
      this.workbench?.fill(this.state);
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
    const chosen = this.group.value || "everyone";
    this.group.replaceChildren(make("option", { value: "everyone" }, texts.everyone), make("option", { value: "kin" }, texts.kinCamp),
      ...society.groups.map((/** @type {string} */ name, /** @type {number} */ number) => make("option", { value: String(number) }, name)));
    this.group.value = chosen;
    this.scrub.max = String(this.state.recipe.months);
    this.showPhases();
    this.drawLegend();
    this.state.worlds.forEach((history, world) => { if (this.panels) this.panels[world].policy.value = this.policyNow(history); });
  }

  /** @param {import("./address.js").History} history */
  policyNow(history) {
    const last = history.events.filter(([, what]) => what === "policy").pop();
    return last ? String(last[2]) : history.policy;
  }

  resizeSoon() {
    clearTimeout(this.resizing);
    this.resizing = setTimeout(() => { if (this.ready) this.resize().then(() => { this.stale = true; this.showPhases(); this.drawCharts(); }).catch((error) => this.trouble(error)); }, 150);
  }

  async resize() {
    if (!this.panels) return;
    const frame = this.panels[0].frame;
    const width = Math.max(120, Math.floor(frame.clientWidth));
    const height = Math.max(160, Math.min(680, Math.floor(innerHeight - frame.getBoundingClientRect().top - scrollY - byId("time-room").offsetHeight - 100)));
    const { head, parts } = await this.link.ask("resize", { width, height: Math.max(height, width < 300 ? 2 * width : 240) });
    this.places = placesOf(head.layout, parts[0], parts[1], this.society.camps);
    this.codes = null;
    this.lay();
  }

  lay() {
    const style = getComputedStyle(document.documentElement);
    for (const panel of this.panels ?? []) {
      panel.field.lay(this.places, this.society.regions, style.getPropertyValue("--page").trim(), style.getPropertyValue("--soft").trim());
    }
  }

  // --- the clock --------------------------------------------------------------------------------------------------

  beat() {
    requestAnimationFrame(() => this.beat());
    if (!this.ready) return;
    if (!this.busy && !this.rewriting) this.askForMore(); // first, so that the model lives while we draw
    if (this.arrived) {
      this.arrived = false;
      this.draw();
    }
  }

  askForMore() {
    const { months } = this.state.recipe;
    let wanted = this.state.month;
    if (this.playing) {
      wanted = this.speed === Infinity ? this.state.month + 1 : Math.min(months, Math.floor(this.from + ((performance.now() - this.since) / 1000) * this.speed));
      wanted = Math.min(months, wanted);
    }
    if (wanted !== this.shown || this.stale) this.fetch(wanted);
    else if (this.playing && wanted >= months) { this.pause(); this.keepAddress(); }
  }

  /** @param {number} wanted */
  async fetch(wanted) {
    this.busy = true;
    this.stale = false;
    const { opening } = this;
    const asked = performance.now();
    try {
      const layer = this.state.layer;
      const { head, parts } = await this.link.ask("show", { month: wanted, layer, have: this.series.have });
      if (opening !== this.opening || !this.ready || this.rewriting) return; // of worlds that are no more
      [0, 1].forEach((world) => this.series.add(world, head.first[world], parts[2 + world]));
      if (this.playing && head.month < wanted) { this.from = head.month; this.since = performance.now(); } // the model is slower than the clock
      if (head.month > this.shown) this.pace = 0.8 * this.pace + 0.2 * ((head.month - Math.max(this.shown, 0)) * 1000 / Math.max(1, performance.now() - asked));
      if (this.playing || this.state.month === wanted) this.state.month = head.month < wanted && !this.playing ? wanted : head.month;
      this.shown = head.month;
      this.codes = [parts[0], parts[1]];
      this.changes = [4, 5].map((part) => new Float64Array(parts[part].buffer, parts[part].byteOffset, parts[part].length / 8));
      this.arrived = true;
    } catch (error) {
      this.trouble(error);
    } finally {
      this.busy = false;
    }
  }

  draw() {
    this.drawFields();
    this.drawFigures();
    this.drawWhere();
    this.drawChartsSoon();
    this.guessInTime();
    this.followLives();
    this.frames += 1;
    Object.assign(document.documentElement.dataset, { frames: this.frames, month: this.shown });
  }

  run() {
    if (this.state.month >= this.state.recipe.months) this.state.month = 0;
    this.playing = true;
    this.from = this.state.month;
    this.since = performance.now();
    this.showPlay();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.showPlay();
    this.keepAddress();
    this.drawChartsSoon(true);
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

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || ["INPUT", "SELECT", "TEXTAREA", "BUTTON", "SUMMARY"].includes(target.tagName)) return;
    if (event.key === " ") { event.preventDefault(); this.play.click(); }
    else if (event.key === "," || event.key === "<") this.step(-1);
    else if (event.key === "." || event.key === ">") this.step(1);
    else if (event.key === "Home") { event.preventDefault(); this.step(-this.state.month); }
    else if (event.key === "Escape" && this.state.citizen !== null) this.choose(null);
  }

  showPlay() {
    this.play.textContent = this.playing ? `\u275A\u275A ${texts.pause}` : `\u25B6\uFE0E ${texts.play}`;
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  get theme() {
    const chosen = document.documentElement.dataset.theme;
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    return { dark, page: /** @type {[number, number, number]} */ (dark ? [24, 26, 31] : [250, 249, 246]) };
  }

  get colours() {
    const style = getComputedStyle(document.documentElement);
    return ["--a", "--b"].map((name) => style.getPropertyValue(name).trim());
  }

  retheme() {
    if (!this.ready) return;
    this.lay();
    this.drawFields();
    this.drawWhere();
    this.drawLegend();
    this.drawCharts();
  }

  drawFields() {
    if (!this.codes || !this.places || !this.panels) return;
    const theme = this.theme;
    const colours = palette(this.state.layer, theme);
    const grey = theme.dark ? 0xff3a3632 : 0xffe4e7e8;
    const [a, b] = this.codes;
    const wanted = this.group.value;
    /** @type {Uint8Array | null} */
    let greyed = null;
    if (this.differs.checked || wanted !== "everyone") {
      const { groups, camps } = this.places;
      greyed = new Uint8Array(a.length);
      for (let i = 0; i < a.length; i++) {
        const outside = wanted === "kin" ? camps[i] !== 0 : wanted !== "everyone" && groups[i] - FIRST !== Number(wanted);
        greyed[i] = Number(outside || (this.differs.checked && a[i] === b[i]));
      }
    }
    this.codes.forEach((codes, world) => this.panels?.[world].field.draw(codes, colours, greyed, grey));
  }

  drawWhere() {
    if (this.changes) this.where?.draw(this.changes[0], this.changes[1], this.theme);
  }

  drawLegend() {
    const parts = legend(this.state.layer, this.theme, this.society?.groups ?? []).map(({ colours, words }) =>
      make("span", { class: "key" }, make("span", { class: "patches", "aria-hidden": "true" }, ...colours.map((colour) => {
        const patch = make("i", colour === "gone" ? { class: "gone" } : {});
        if (colour !== "gone") patch.style.background = colour;
        return patch;
      })), words));
    const many = this.places?.layout.represented ?? 1;
    byId("legend").replaceChildren(...parts, ...(many > 1 ? [make("span", { class: "note" }, texts.legend.pixels(many))] : []));
  }

  drawFigures() {
    const month = this.shown;
    const { series } = this;
    const of = (/** @type {number} */ world, /** @type {string} */ figure, at = month) => series.at(world, figure, at);
    const felt = [0, 1].map((world) => of(world, "kin_camp.loyalty_stayers"));
    const said = [0, 1].map((world) => of(world, "kin_camp.public_loyalty"));
    const difference = of(1, "kin_camp.loyalty") - of(0, "kin_camp.loyalty");
    this.panels?.forEach((panel, world) => panel.show({
      felt: felt[world], shown: said[world], left: of(world, "kin_camp.departures"), difference, start: of(world, "kin_camp.loyalty_stayers", 0),
    }));
    const { start, end, shock } = this.window();
    const text = headline({ month, shock, start, end, difference, equal: this.equal(), felt: /** @type {[number, number]} */ (felt), shown: /** @type {[number, number]} */ (said) });
    const place = byId("headline");
    if (place.textContent !== text) place.textContent = text;
    this.scrub.value = String(month);
    this.scrub.setAttribute("aria-valuetext", texts.month(month));
    byId("now").textContent = `${texts.month(month)} · ${texts.year(month)}`;
    this.workbench?.showLevers(this.levers, month);
    if (this.pace) this.workbench?.showPace(this.pace);
  }

  equal() {
    return JSON.stringify(this.state.worlds[0]) === JSON.stringify(this.state.worlds[1]);
  }

  /** When the levers move: from the plan that both worlds follow. */
  window() {
    /** @type {number | null} */
    let start = null;
    /** @type {number | null} */
    let end = null;
    for (const levers of this.levers) {
      for (const column of levers.slice(0, 5)) {
        const first = column.findIndex((level) => level > 0);
        if (first < 0) continue;
        start = Math.min(start ?? Infinity, Math.max(0, first - 1));
        const last = column.findLastIndex((level) => level >= Math.max(...column) - 1e-9);
        end = Math.max(end ?? 0, last);
      }
    }
    return { start, end: end !== null && end >= this.state.recipe.months - 1 ? null : end, shock: this.society?.shockMonth ?? null };
  }

  /** @returns {Phase[]} */
  phases() {
    const { start, end, shock } = this.window();
    const { months } = this.state.recipe;
    const words = texts.phases;
    /** @type {Phase[]} */
    const phases = [];
    const first = Math.min(shock ?? months, start ?? months);
    phases.push({ from: 0, to: first, name: words.calm, shade: 0 });
    if (shock !== null && (start === null || shock < start)) phases.push({ from: shock, to: start ?? months, name: words.shock, shade: 0.11 });
    if (start !== null) {
      phases.push({ from: start, to: end ?? months, name: words.policy, shade: 0.055 });
      if (end !== null) phases.push({ from: end, to: months, name: words.withdrawn, shade: 0 });
    }
    return phases;
  }

  marks() {
    const marks = this.state.worlds.flatMap((history, world) => history.events.map(([month, what, value]) => ({
      month, text: `${"AB"[world]}: ${what === "policy" ? value : `${what} ${value}`}` })));
    return this.guessMark ? [...marks, this.guessMark] : marks;
  }

  showPhases() {
    const { months } = this.state.recipe;
    const room = byId("phases").clientWidth / months;
    const strips = this.phases().filter((phase) => phase.to > phase.from).map((phase) => {
      const fits = room * (phase.to - phase.from) > 7 * phase.name.length;
      const strip = make("span", { class: "phase", "data-shade": String(phase.shade) }, fits ? phase.name : "");
      strip.style.left = `${(phase.from / months) * 100}%`;
      strip.style.width = `${((phase.to - phase.from) / months) * 100}%`;
      return strip;
    });
    const marks = this.marks().map((mark) => {
      const made = make("span", { class: "mark", title: mark.text });
      made.style.left = `${(mark.month / months) * 100}%`;
      return made;
    });
    byId("phases").replaceChildren(...strips, ...marks);
  }

  drawChartsSoon(now = false) {
    const time = performance.now();
    clearTimeout(this.chartsLater);
    if (now || time - this.chartsAt > CHARTS_EVERY) this.drawCharts();
    else this.chartsLater = setTimeout(() => this.drawCharts(), CHARTS_EVERY);
  }

  drawCharts() {
    if (!this.ready || !this.mainChart || !this.charts) return;
    this.chartsAt = performance.now();
    const { months } = this.state.recipe;
    const now = this.shown;
    const phases = this.phases();
    const marks = this.marks();
    const colours = this.colours;
    const main = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const others = this.replicates.map((values) => ({ label: "", colour: main, values, thin: true }));
    this.mainChart.draw({ months, now, phases, marks, zero: true, zone: [-0.02, 0.02], zoneText: texts.charts.small, floor: [-0.05, 0.05], band: this.band(),
      lines: [{ label: "B − A", colour: main, values: this.series.difference("kin_camp.loyalty") }, ...others] });
    const height = innerHeight;
    for (const { chart, lines } of this.charts) {
      const box = chart.figure.getBoundingClientRect();
      if (this.playing && (box.bottom < 0 || box.top > height)) continue; // drawn when time stands still, or when in sight
      chart.draw({ months, now, phases, marks, lines: lines.flatMap(({ figure, scale, label, dashed }) => [0, 1].map((world) => ({
        label: `${"AB"[world]}${label ? ` ${label}` : ""}`, colour: colours[world], dashed,
        values: this.series.line(world, figure).map((value) => value * scale) }))) });
    }
  }

  /** The range of nine in ten other seeds, by month. */
  band() {
    if (this.replicates.length < 5) return null;
    const low = [];
    const high = [];
    for (let month = 0; month < this.replicates[0].length; month++) {
      const values = this.replicates.map((line) => line[month]).sort((x, y) => x - y);
      low.push(values[Math.floor(0.05 * (values.length - 1))]);
      high.push(values[Math.ceil(0.95 * (values.length - 1))]);
    }
    return { low, high };
  }

  async replicate() {
    const { pairs, pairsNote } = this;
    if (!pairs || !pairsNote) return;
    if (this.replicating) { this.replicating = false; return; }
    this.touch();
    this.pause();
    this.replicating = true;
    this.replicates = [];
    const { opening } = this;
    pairs.textContent = texts.charts.stop;
    try {
      const months = this.state.recipe.months;
      const place = this.series.places.get("kin_camp.loyalty") ?? 0;
      const { width } = this.series;
      for (let number = 1; number <= PAIRS && this.replicating && opening === this.opening; number++) {
        pairsNote.textContent = texts.charts.replicating(number);
        const { parts } = await this.link.ask("replicate", { seed: this.state.recipe.seed + number, months });
        if (opening !== this.opening || !this.replicating) break;
        const [a, b] = parts.map((part) => new Float64Array(part.buffer, part.byteOffset, part.length / 8));
        this.replicates.push(Array.from({ length: a.length / width }, (_, month) => b[month * width + place] - a[month * width + place]));
        this.drawCharts();
      }
      pairsNote.textContent = this.replicates.length ? texts.charts.replicated(this.replicates.length) : "";
    } catch (error) {
      this.trouble(error);
    }
    this.replicating = false;
    pairs.textContent = texts.charts.replicate;
  }

  // --- one citizen ------------------------------------------------------------------------------------------------

  /** @param {number | null} number */
  async choose(number) {
    this.touch();
    if (!this.playing) this.pause();
    const moved = number !== this.state.citizen;
    this.state.citizen = number;
    if (moved) this.keepAddress();
    if (number === null) {
      this.lives?.hide();
      for (const panel of this.panels ?? []) panel.field.choose(null, []);
      return;
    }
    await this.showLives();
  }

  async showLives() {
    if (this.state.citizen === null || this.shown < 0) { this.stale = true; return; }
    this.livesAt = performance.now();
    const month = this.shown;
    try {
      const { head } = await this.link.ask("citizen", { number: this.state.citizen, month });
      if (this.state.citizen !== head.lives[0].number) return;
      const ties = head.lives[0].ties.map((/** @type {any} */ tie) => tie.number);
      for (const panel of this.panels ?? []) panel.field.choose(this.state.citizen, ties);
      this.lives?.show(head.lives, month, { months: this.state.recipe.months, phases: this.phases(), colours: this.colours, camps: this.society.camps });
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
      const { head } = await this.link.ask("find", { what, month: Math.max(0, this.shown) });
      if (head.citizen === null) this.lives?.say(texts.lives.nobody);
      else await this.choose(head.citizen);
    } catch (error) {
      this.trouble(error);
    }
  }

  // --- acting -----------------------------------------------------------------------------------------------------

  /** @param {number} world @param {import("./address.js").Event} event */
  act(world, event) {
    const { events } = this.state.worlds[world];
    const [month, what] = event;
    // What was done later is undone by acting in the past; the same lever moved twice in a month counts once.
    this.state.worlds[world].events = [...events.filter((other) => other[0] < month || (other[0] === month && other[1] !== what)), event];
    this.rewrite();
  }

  /** @param {number} world @param {string} name */
  follow(world, name) {
    this.touch();
    if (this.state.month === 0) {
      this.state.worlds[world] = { policy: name, events: [] };
      this.rewrite();
    } else {
      this.act(world, [this.state.month, "policy", name]);
    }
  }

  branch() {
    const [a, b] = this.state.worlds;
    const month = this.state.month;
    this.state.worlds[1] = { policy: a.policy, events: [...a.events.filter((event) => event[0] < month), [month, "policy", this.policyNow(b)]] };
    this.rewrite();
  }

  async rewrite() {
    this.touch();
    this.replicates = [];
    this.replicating = false;
    if (this.pairsNote) this.pairsNote.textContent = "";
    this.rewriting += 1;
    try {
      const { head } = await this.link.ask("rewrite", { worlds: this.state.worlds });
      head.same.forEach((/** @type {number} */ month, /** @type {number} */ world) => this.series.cut(world, month));
      this.levers = head.levers;
      delete document.documentElement.dataset.month;
      this.workbench?.showEvents(this.state);
      this.describe();
      this.keepAddress();
    } catch (error) {
      this.trouble(error);
    } finally {
      this.rewriting -= 1;
      this.arrived = false;
      this.stale = true;
    }
  }

  // --- the guess --------------------------------------------------------------------------------------------------

  guessInTime() {
    const { end } = this.window();
    if (this.guessed || !this.playing || end === null || this.shown < GUESS_MONTH || this.shown > end) return;
    this.guessed = true;
    this.playing = false;
    this.showPlay();
    const place = byId("guess");
    const words = texts.guess;
    const go = () => {
      clearTimeout(later);
      place.hidden = true;
      this.run();
    };
    const later = setTimeout(go, GUESS_SECONDS * 1000);
    const bet = (/** @type {string} */ text) => { this.guessMark = { month: this.shown, text: `${texts.charts.guessed}: ${text}` }; this.showPhases(); go(); };
    const fuse = make("i", { class: "fuse" });
    place.replaceChildren(make("p", { id: "guess-question" }, words.question),
      make("div", { class: "row" }, ...[words.a, words.none, words.b].map((text) => make("button", { type: "button", onclick: () => bet(text) }, text)),
        make("button", { type: "button", class: "plain", onclick: go }, words.dismiss)), fuse);
    place.hidden = false;
  }

  // --- trouble, and the address -----------------------------------------------------------------------------------

  /** @param {string} text @param {(() => void) | null} act */
  say(text, act = null) {
    const notice = byId("notice");
    notice.hidden = !text;
    notice.replaceChildren(text, ...(act ? [" ", make("button", { type: "button", onclick: act }, texts.notice.restart)] : []));
  }

  /** @param {string | null} reason */
  lost(reason) {
    this.ready = false;
    this.say(reason ?? texts.notice.lost);
  }

  /** @param {unknown} error */
  trouble(error) {
    if (error instanceof LineLost) return;
    this.playing = false;
    this.showPlay();
    if (error instanceof Failure) {
      this.ready = false;
      this.say(texts.notice.failed + error.message, () => this.open());
    } else {
      this.say(error instanceof Error ? error.message : String(error));
      if (!(error instanceof Error) || error.constructor === TypeError || error.constructor === ReferenceError) console.error(error);
    }
  }

  keepAddress() {
    this.address = addressOf(this.state, this.usual);
    history.replaceState(null, "", this.address);
  }

  followAddress() {
    if (location.hash === this.address) return;
    this.state = stateOf(location.hash, this.usual);
    this.layer.value = this.state.layer;
    this.touch();
    this.pause();
    this.open();
  }

  async share() {
    this.keepAddress();
    try { await navigator.clipboard.writeText(location.href); } catch { /* the address bar holds it anyway */ }
    this.say(texts.copied);
    setTimeout(() => { if (this.ready) this.say(""); }, 4000);
  }
}

const answer = await fetch("/catalogue.json");
export const laboratory = new Laboratory(await answer.json());
