// One citizen, two lives: who they are, what became of them in both countries, and the letters they would write.

import { Chart } from "./charts.js";
import { byId, make } from "./dom.js";
import { signed } from "./headline.js";
import { letter } from "./letter.js";
import { texts } from "./texts.js";

export class Lives {
  /**
   * @param {{choose: (number: number | null) => Promise<void>, find: (what: string) => void, search: (text: string) => void,
   *   beside: (number: number, by: number) => void}} acts
   *   `beside` goes to the next citizen, or the one before
   */
  constructor(acts) {
    this.acts = acts;
    const words = texts.lives;
    this.number = make("input", { type: "number", min: "0", id: "citizen-number", value: "0" });
    this.words = make("input", { type: "search", id: "citizen-search", placeholder: words.searchHint });
    const finds = Object.entries(words.find).map(([what, name]) => make("button", { type: "button", "data-find": what, onclick: () => acts.find(what) }, name));
    this.note = make("p", { class: "note", role: "status" });
    this.page = make("div", { class: "page", hidden: true });
    byId("lives").append(
      make("h2", {}, words.title),
      make("div", { class: "choose" },
        make("span", {}, words.invite), ...finds,
        make("form", { class: "byWords", onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); acts.search(this.words.value); } },
          make("label", { for: "citizen-search" }, words.search), this.words, make("button", { type: "submit" }, words.findNext)),
        make("form", { class: "byNumber", onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); acts.choose(Number(this.number.value)); } },
          make("label", { for: "citizen-number" }, words.number), this.number, make("button", { type: "submit" }, words.follow))),
      this.note, this.page);
    this.name = make("h3", { tabIndex: -1 });
    this.facts = make("dl");
    this.ties = make("ul", { class: "ties", "aria-label": words.ties });
    this.tied = "";
    const move = (/** @type {string} */ text, /** @type {() => void} */ act) => make("button", { type: "button", onclick: act }, text);
    this.citizen = 0;
    this.who = make("div", { class: "who" }, this.name, move(words.previous, () => acts.beside(this.citizen, -1)),
      move(words.next, () => acts.beside(this.citizen, 1)), move(words.close, () => acts.choose(null)), this.facts, this.ties);
    this.plot = make("div", { class: "plot-frame" });
    this.sides = ["A", "B"].map((name) => make("article", { class: `life life-${name.toLowerCase()}`, "data-life": name, "aria-label": name }));
    this.page.append(this.who, make("div", { class: "sides" }, ...this.sides), this.plot);
    this.chart = new Chart(this.plot, { title: words.biography, unit: texts.charts.units.loyalty, height: 190, words: texts.charts, file: "citizen" });
  }

  /** @param {string} text */
  say(text) {
    this.note.textContent = text;
  }

  /** @returns {boolean} whether the focus was within and is lost */
  hide() {
    const within = this.page.contains(document.activeElement);
    this.page.hidden = true;
    return within;
  }

  /** Go where the chosen citizen's lives are told. */
  read() {
    if (this.page.hidden) return;
    this.name.focus({ preventScroll: true });
    byId("lives").scrollIntoView({ block: "nearest" });
  }

  /** Say that this citizen's life is not told here, and offer one whose is. @param {any} citizen */
  untold(citizen) {
    const words = texts.lives;
    this.hide();
    this.number.value = String(citizen.number);
    this.note.replaceChildren(words.untold(citizen), " ",
      make("button", { type: "button", "data-act": "nearest", onclick: () => this.acts.choose(citizen.nearest) }, words.nearest(citizen.nearest)));
  }

  /**
   * @param {[any, any]} lives
   * @param {number} month
   * @param {{months: number, phases: import("./charts.js").Phase[], colours: string[], every: number}} scene
   */
  show(lives, month, scene) {
    const words = texts.lives;
    const [a] = lives;
    this.page.hidden = false;
    Object.assign(this.page.dataset, { month, citizen: a.number });
    this.say(scene.every > 1 ? words.every(scene.every) : "");
    this.citizen = a.number;
    if (document.activeElement !== this.number) this.number.value = String(a.number);
    const facts = [
      [words.group, a.group], [words.region, a.region], [words.kinship, a.kinship.toFixed(2)],
      [words.television, `${Math.round(a.kin_television * 100)} % / ${Math.round(a.national_television * 100)} %`],
      [words.income, `${a.income.toFixed(2)} ×`],
      [words.ties, words.tiesText(a.ties.length, a.ties.filter((/** @type {any} */ tie) => tie.camp !== a.camp).length, 0)],
    ];
    this.name.textContent = words.who(a);
    this.facts.replaceChildren(...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), " ", make("dd", {}, value))));
    this.showTies(a);
    lives.forEach((life, world) => this.sides[world].replaceChildren(...this.side(life, "AB"[world], month)));
    this.chart.draw({
      months: scene.months, now: month, phases: scene.phases, zero: false,
      lines: lives.flatMap((life, world) => {
        const felt = spaced(life.life, "loyalty", life.life.loyalty);
        const said = spaced(life.life, "said", life.life.loyalty.map((/** @type {number} */ value, /** @type {number} */ i) => value + life.life.falsified[i]));
        return [
          { label: `${"AB"[world]} ${texts.charts.felt}`, colour: scene.colours[world], values: felt },
          { label: `${"AB"[world]} ${texts.charts.said}`, colour: scene.colours[world], values: said, dashed: true },
        ];
      }),
    });
  }

  /** The way to everybody this citizen knows; made anew for another citizen only, so that the focus stays. @param {any} citizen */
  showTies({ number, camp, ties }) {
    if (this.tied === `${number}`) return;
    this.tied = `${number}`;
    const sides = [ties.filter((/** @type {any} */ tie) => tie.camp === camp), ties.filter((/** @type {any} */ tie) => tie.camp !== camp)];
    this.ties.replaceChildren(...sides.flatMap((known, side) => (known.length ? [make("li", {}, texts.lives.knows[side]), ...known.map((/** @type {any} */ tie) => make("li", {},
      make("button", { type: "button", "data-tie": tie.number, onclick: () => this.follow(tie.number) }, String(tie.number))))] : [])));
  }

  /** @param {number} number */
  async follow(number) {
    await this.acts.choose(number);
    this.read();
  }

  /** @param {any} life @param {string} name @param {number} month */
  side(life, name, month) {
    const words = texts.lives;
    const now = life.state;
    const left = life.life.present.indexOf(false);
    const facts = left >= 0 ? [[words.state, words.gone(life.life.months[left])]] : [
      [words.loyalty, signed(now.loyalty)], [words.said, signed(now.loyalty + now.falsified)],
      [words.threat, now.threat.toFixed(2)], [words.hostility, now.hostility_seen.toFixed(2)],
      [words.welfare, signed(now.welfare)], [words.fairness, signed(now.fairness)],
    ];
    return [
      make("h3", {}, make("span", { class: "letter" }, name), ` ${left >= 0 ? "" : words.shownNow[now.shown]}`),
      make("blockquote", { class: "letter-home", "aria-label": words.letter }, ...letter(life, month).map((line) => make("p", {}, line))),
      make("dl", { class: "state" }, ...facts.flatMap(([key, value]) => [make("dt", {}, key), make("dd", { "data-state": key }, value)])),
      make("h4", {}, words.events),
      make("ul", { class: "happened" }, ...happened(life.life).map((line) => make("li", {}, line))),
    ];
  }
}

/** @param {any} life @param {string} _name @param {number[]} values one a written month @returns {number[]} one a month */
function spaced(life, _name, values) {
  /** @type {number[]} */
  const line = [];
  life.months.forEach((/** @type {number} */ month, /** @type {number} */ i) => {
    if (!life.present[i] && (i === 0 || !life.present[i - 1])) return;
    if (i > 0) {
      const before = life.months[i - 1];
      for (let m = before + 1; m < month; m++) line[m] = values[i - 1] + ((values[i] - values[i - 1]) * (m - before)) / (month - before);
    }
    line[month] = values[i];
  });
  return Array.from(line, (value) => value ?? NaN);
}

/** @param {any} life @returns {string[]} */
function happened(life) {
  const words = texts.lives;
  const lines = [];
  for (let i = 1; i < life.months.length; i++) {
    const when = texts.controls.event;
    if (life.sanctioned[i]) lines.push(when(life.months[i], life.unjustly[i] ? words.unjustly : words.sanctioned));
    if (life.harassed[i]) lines.push(when(life.months[i], words.harassed));
    if (life.shown[i] === 2 && life.shown[i - 1] !== 2) lines.push(when(life.months[i], words.symbol));
    if (!life.present[i] && life.present[i - 1]) {
      lines.push(when(life.months[i], words.leaves));
      break;
    }
  }
  return lines.length ? lines.slice(-8) : [words.nothing];
}
