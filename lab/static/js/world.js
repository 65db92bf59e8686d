// One country: its policy, its large figures and its field.

import { byId, make, write } from "./dom.js";
import { Field } from "./field.js";
import { signed } from "./headline.js";
import { leverName, livedBesides, policyNow } from "./plan.js";
import { texts } from "./texts.js";

const AXIS = [0, 0.5];

export class WorldPanel {
  /**
   * @param {number} world 0 for A, 1 for B
   * @param {{name: string, title: string}[]} policies
   * @param {boolean} fixed whether the policy is what it is
   * @param {{policy: (name: string) => void, citizen: (number: number) => void, pass: (number: number) => void}} acts
   */
  constructor(world, policies, fixed, acts) {
    this.world = world;
    const letter = "AB"[world];
    this.policies = policies;
    this.fixed = fixed ? make("span", { class: "policy" }) : null;
    this.policy = make("select", { "aria-label": `${letter}: ${texts.controls.policy}`, onchange: () => acts.policy(this.policy.value) },
      ...policies.map(({ name, title }) => make("option", { value: name }, title)));
    this.lived = make("p", { class: "lived note" });
    this.numbers = Object.fromEntries(["felt", "shown", "gap", "left", "difference"].map((name) => [name, make("dd", { class: "number", "data-figure": name }, "–")]));
    const figures = make("dl", { class: "figures" }, ...["felt", "shown", "gap", "left", ...(world ? ["difference"] : [])].map((name) =>
      make("div", { class: `figure ${name}`, title: /** @type {any} */ (texts)[`${name}Meaning`] },
        make("dt", {}, /** @type {any} */ (texts)[name]), this.numbers[name])));
    this.dot = make("span", { class: "dot" });
    this.ring = make("span", { class: "ring" });
    this.bridge = make("span", { class: "bridge" });
    this.tick = make("span", { class: "start" }, make("i", {}, texts.startTick));
    this.frame = make("div", { class: "field" });
    this.panel = make("article", { class: `world world-${letter.toLowerCase()}`, "data-world": letter, "aria-label": texts.country(letter) },
      make("h2", {}, make("span", { class: "letter" }, letter), this.fixed ?? this.policy),
      this.lived,
      figures,
      make("div", { class: "axis", "aria-hidden": "true" }, this.tick, this.bridge, this.dot, this.ring),
      this.frame);
    byId("worlds").append(this.panel);
    this.field = new Field(this.frame, texts.field(letter), acts.citizen, acts.pass);
  }

  /** @param {import("./address.js").History} history */
  follow(history) {
    const now = policyNow(history);
    const { before, until, held } = livedBesides(history);
    this.policy.value = now;
    if (this.fixed) this.fixed.textContent = this.title(now);
    write(this.lived, [
      ...(before.length ? [texts.livedBefore(until, this.title(before[before.length - 1]), before.length - 1)] : []),
      ...(held.length ? [texts.heldByHand(held.map(leverName))] : []),
    ].join("; "));
  }

  /** @param {string} policy */
  title(policy) {
    return this.policies.find(({ name }) => name === policy)?.title ?? policy;
  }

  /** @param {{felt: number, shown: number, left: number, difference: number, start: number}} values */
  show({ felt, shown, left, difference, start }) {
    const { numbers } = this;
    write(numbers.felt, signed(felt));
    write(numbers.shown, signed(shown));
    write(numbers.gap, signed(shown - felt));
    write(numbers.left, Number.isFinite(left) ? `${(left * 100).toFixed(1)} %` : "–");
    write(numbers.difference, signed(difference));
    this.panel.classList.toggle("pretends", shown - felt >= 0.03);
    const at = (/** @type {number} */ value) => `${Math.min(100, Math.max(0, ((value - AXIS[0]) / (AXIS[1] - AXIS[0])) * 100))}%`;
    if (!Number.isFinite(felt)) return;
    this.dot.style.left = at(felt);
    this.ring.style.left = at(shown);
    this.tick.style.left = at(start);
    this.bridge.style.left = at(Math.min(felt, shown));
    this.bridge.style.width = `calc(${at(Math.max(felt, shown))} - ${at(Math.min(felt, shown))})`;
  }
}
