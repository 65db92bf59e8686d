// The controls: levers of both countries, and what the society is made of.

import { byId, make, write } from "./dom.js";
import { leverName } from "./plan.js";
import { texts } from "./texts.js";

/** @typedef {import("./address.js").State} State */

const NUMBERS = new Intl.NumberFormat("en");

export class Workbench {
  /**
   * @param {any} catalogue
   * @param {{lever: (world: number, lever: string, level: number) => void, war: (level: number) => void, undo: () => void, copy: () => void,
   *   branch: () => void, remake: (recipe: import("./address.js").Recipe) => void}} acts
   */
  constructor(catalogue, acts) {
    this.catalogue = catalogue;
    this.acts = acts;
    const words = texts.controls;
    /** @type {Record<string, HTMLInputElement>[]} */
    this.sliders = [{}, {}];
    /** @type {HTMLElement[]} */
    this.lists = [];
    const panels = ["A", "B"].map((name, world) => {
      const list = make("ul", { class: "events", "aria-label": `${name}: ${words.events}` });
      this.lists.push(list);
      return make("fieldset", { class: `levers levers-${name.toLowerCase()}`, "data-levers": name },
        make("legend", {}, make("span", { class: "letter" }, name), ` ${words.levers}`),
        ...catalogue.levers.map((/** @type {string} */ lever) => {
          const output = make("output", {}, "0.00");
          const slider = make("input", { type: "range", min: "0", max: "1", step: "0.05", value: "0", "aria-label": `${name}: ${/** @type {any} */ (words.lever)[lever]}`, "data-lever": lever,
            oninput: () => { output.textContent = Number(slider.value).toFixed(2); },
            onchange: () => acts.lever(world, lever, Number(slider.value)) });
          this.sliders[world][lever] = slider;
          return make("label", { class: "lever" }, make("span", {}, /** @type {any} */ (words.lever)[lever]), slider, output);
        }),
        make("h3", {}, words.events), list);
    });
    byId("workbench").append(make("h2", {}, words.title), make("p", { class: "note" }, words.leversHint),
      make("div", { class: "row" }, ...[["undo", words.undo, acts.undo, ""], ["copy", words.copy, acts.copy, ""], ["branch", words.branch, acts.branch, words.branchHint]]
        .map(([name, text, act, title]) => make("button", { type: "button", "data-act": name, title, onclick: act }, text))),
      make("div", { class: "sides" }, ...panels), this.both(), this.society());
  }

  /** What is the same for both countries: the war, and how much their governments may spend. */
  both() {
    const words = texts.controls;
    const output = make("output", {}, "0.00");
    const war = make("input", { type: "range", min: "0", max: "1", step: "0.05", value: "0", "aria-label": words.war, "data-lever": "conflict",
      oninput: () => { output.textContent = Number(war.value).toFixed(2); }, onchange: () => this.acts.war(Number(war.value)) });
    this.war = war;
    this.budget = make("input", { type: "number", id: "budget", min: "0", max: "100", step: "0.1", "aria-label": `${words.atBudget} ${words.percent}`, onchange: () => { if (this.scaled?.checked) this.spend(); } });
    this.scaled = make("input", { type: "radio", name: "strength", id: "at-budget", onchange: () => this.spend() });
    this.written = make("input", { type: "radio", name: "strength", id: "as-written", checked: true, onchange: () => this.spend() });
    return make("fieldset", { class: "both" }, make("legend", {}, words.both), make("p", { class: "note" }, words.bothHint),
      make("label", { class: "lever" }, make("span", {}, words.war), war, output),
      make("div", { class: "row", role: "radiogroup", "aria-label": words.strength }, make("span", {}, words.strength),
        make("label", { class: "tick", for: "as-written" }, this.written, words.asWritten),
        make("label", { class: "tick", for: "at-budget" }, this.scaled, words.atBudget), make("span", { class: "percent" }, this.budget, " ", words.percent)));
  }

  spend() {
    this.acts.remake(this.recipe());
  }

  society() {
    const words = texts.controls;
    const { catalogue } = this;
    this.country = make("select", { id: "country" }, ...catalogue.countries.map((/** @type {any} */ c) => make("option", { value: c.name }, c.title)));
    this.citizens = make("input", { type: "number", id: "citizens", min: "100", max: String(catalogue.limits.citizens), step: "100", oninput: () => this.showPace() });
    this.seed = make("input", { type: "number", id: "seed", min: "0", step: "1" });
    this.shock = make("input", { type: "number", id: "shock", min: "0", max: "180", step: "1", placeholder: "24" });
    this.never = make("input", { type: "checkbox", id: "never" });
    this.pace = make("span", { class: "note" });
    this.changed = make("span", { class: "note" });
    this.search = make("input", { type: "search", id: "search", placeholder: words.search, "aria-label": words.search, oninput: () => this.filter() });
    this.noneFound = make("p", { class: "note", role: "status", hidden: true }, words.noneFound);
    /** @type {Map<string, HTMLInputElement>} */
    this.values = new Map();
    this.drawer = make("div", { class: "drawer", tabIndex: 0, "aria-label": words.parameters, role: "region" }, ...catalogue.parameters.map((/** @type {any} */ p) => {
      const input = make("input", { type: "number", step: "any", value: String(p.default), "aria-label": p.name, "data-parameter": p.name, oninput: () => this.count() });
      this.values.set(p.name, input);
      return make("div", { class: "parameter", "data-words": `${p.name} ${p.symbol} ${p.meaning} ${p.source}`.toLowerCase() },
        make("div", {}, make("b", {}, p.name.replaceAll("_", " ")), make("span", { class: "note" }, ` ${p.symbol}`)), input,
        make("p", {}, p.meaning, make("span", { class: "note" }, ` ${p.unit}; ${p.prior ? `${words.prior} ${p.prior[0]} to ${p.prior[1]}` : words.fixed}; ${words.source}: ${p.source}`)));
    }));
    return make("fieldset", { class: "society" }, make("legend", {}, words.society),
      make("form", { onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); this.acts.remake(this.recipe()); } },
        make("div", { class: "row" },
          make("label", { for: "country" }, words.country, this.country),
          make("label", { for: "citizens" }, words.citizens, this.citizens),
          make("label", { for: "seed" }, words.seed, this.seed),
          make("label", { for: "shock" }, words.shock, this.shock),
          make("label", { class: "tick", for: "never" }, this.never, words.never),
          make("button", { type: "submit", id: "remake" }, words.apply), this.pace),
        make("details", { id: "parameters" }, make("summary", {}, words.parameters, " ", this.changed), this.search, this.noneFound, this.drawer)));
  }

  filter() {
    const wanted = this.search?.value.toLowerCase() ?? "";
    const rows = /** @type {HTMLElement[]} */ ([...this.drawer?.children ?? []]);
    for (const row of rows) row.hidden = !(row.getAttribute("data-words") ?? "").includes(wanted);
    if (this.noneFound) this.noneFound.hidden = rows.some((row) => !row.hidden);
  }

  /** @returns {Record<string, number>} the parameters that are not as declared */
  parameters() {
    /** @type {Record<string, number>} */
    const changed = {};
    for (const p of this.catalogue.parameters) {
      const text = this.values?.get(p.name)?.value ?? "";
      if (text !== "" && Number(text) !== p.default) changed[p.name] = Number(text);
    }
    return changed;
  }

  count() {
    if (this.changed) this.changed.textContent = `(${texts.controls.changed(Object.keys(this.parameters()).length)})`;
  }

  /** @returns {import("./address.js").Recipe} */
  recipe() {
    return {
      country: this.country?.value ?? "", citizens: Number(this.citizens?.value), months: this.catalogue.defaults.months, seed: Number(this.seed?.value),
      shockMonth: this.never?.checked ? "never" : this.shock?.value ? Number(this.shock.value) : null, parameters: this.parameters(),
      budget: this.scaled?.checked ? Number(this.budget?.value) / 100 : null,
    };
  }

  /** @param {State} state */
  fill(state) {
    const { recipe } = state;
    if (this.country) this.country.value = recipe.country;
    if (this.citizens) this.citizens.value = String(recipe.citizens);
    if (this.seed) this.seed.value = String(recipe.seed);
    if (this.shock) this.shock.value = typeof recipe.shockMonth === "number" ? String(recipe.shockMonth) : "";
    if (this.never) this.never.checked = recipe.shockMonth === "never";
    for (const p of this.catalogue.parameters) {
      const input = this.values?.get(p.name);
      if (input) input.value = String(recipe.parameters[p.name] ?? p.default);
    }
    if (this.scaled && this.written && this.budget) {
      const { budget } = recipe;
      this.scaled.checked = typeof budget === "number";
      this.written.checked = !this.scaled.checked;
      this.budget.value = String(Number(((budget ?? this.catalogue.budget) * 100).toPrecision(6)));
    }
    this.lives = recipe.citizens;
    this.count();
    this.showEvents(state);
  }

  /** @param {State} state */
  showEvents(state) {
    const words = texts.controls;
    state.worlds.forEach((history, world) => {
      const lines = history.events.map(([month, what, value]) => words.event(month, what === "policy"
        ? words.follow(this.title(String(value))) : words.hold(leverName(what), Number(value).toFixed(2))));
      this.lists[world].replaceChildren(...(lines.length ? lines : [words.none]).map((line) => make("li", {}, line)));
    });
  }

  /** @param {string} policy */
  title(policy) {
    return this.catalogue.policies.find((/** @type {any} */ p) => p.name === policy)?.title ?? policy;
  }

  /** @param {number[][][]} levers by world, lever and month @param {number} month */
  showLevers(levers, month) {
    this.sliders.forEach((sliders, world) => this.catalogue.levers.forEach((/** @type {string} */ lever, /** @type {number} */ row) => {
      const slider = sliders[lever];
      if (document.activeElement === slider) return;
      const column = levers[world][row];
      const level = column[Math.min(month, column.length - 1)];
      if (slider.value !== String(level)) slider.value = String(level);
      if (slider.nextElementSibling) write(slider.nextElementSibling, level.toFixed(2));
    }));
    const conflict = levers[0][this.catalogue.levers.length];
    if (this.war && document.activeElement !== this.war && conflict) {
      const level = conflict[Math.min(month, conflict.length - 1)];
      if (this.war.value !== String(level)) this.war.value = String(level);
      if (this.war.nextElementSibling) write(this.war.nextElementSibling, level.toFixed(2));
    }
  }

  /** Say how fast so many citizens will live: the work grows as they do. @param {number} [pace] months a second that were just lived */
  showPace(pace = this.measured) {
    this.measured = pace;
    const wanted = Number(this.citizens?.value);
    if (!this.pace || !pace || !this.lives || !(wanted > 0)) return;
    const expected = (pace * this.lives) / wanted;
    write(this.pace, texts.controls.speed(expected >= 10 ? expected.toFixed(0) : expected.toFixed(1), NUMBERS.format(wanted)));
  }
}
