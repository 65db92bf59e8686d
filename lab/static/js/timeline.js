// The bar of time: play, steps, speed, and a line of months with its phases and marks.

import { SPEEDS, USUAL_SPEED } from "./clock.js";
import { byId, make } from "./dom.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("./charts.js").Phase} Phase
 * @typedef {import("./charts.js").Mark} Mark
 */

const LETTER = 7; // pixels, about, of a letter in the name of a phase

export class Timeline {
  /**
   * @param {{toggle: () => void, step: (by: number) => void, speed: (speed: number) => void, scrub: (month: number) => void,
   *   settle: () => void}} acts `scrub` while the handle is dragged, `settle` when it is let go
   */
  constructor(acts) {
    this.play = byId("play");
    this.play.addEventListener("click", acts.toggle);
    byId("back").addEventListener("click", () => acts.step(-1));
    byId("forward").addEventListener("click", () => acts.step(1));
    const speed = byId("speed");
    speed.append(...SPEEDS.map((value) => make("option", { value: String(value) }, value === Infinity ? texts.fastest : String(value))));
    speed.value = String(USUAL_SPEED);
    speed.addEventListener("change", () => acts.speed(Number(speed.value)));
    this.scrub = byId("scrub");
    this.scrub.setAttribute("aria-label", texts.timeline);
    this.scrub.addEventListener("input", () => acts.scrub(Number(this.scrub.value)));
    this.scrub.addEventListener("change", acts.settle);
    this.showPlaying(false);
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    this.play.textContent = playing ? `\u275A\u275A ${texts.pause}` : `\u25B6\uFE0E ${texts.play}`;
  }

  /** @param {number} month that is shown @param {number} wanted where the handle stands: a slow model is behind the hand that moves it */
  show(month, wanted) {
    this.scrub.value = String(wanted);
    this.scrub.setAttribute("aria-valuetext", texts.month(month));
    byId("now").textContent = `${texts.month(month)} · ${texts.year(month)}`;
  }

  /** @param {number} months @param {Phase[]} phases @param {Mark[]} marks */
  mark(months, phases, marks) {
    this.scrub.max = String(months);
    const place = byId("phases");
    const room = place.clientWidth / months;
    const strips = phases.filter((phase) => phase.to > phase.from).map((phase) => {
      const fits = room * (phase.to - phase.from) > LETTER * phase.name.length;
      const strip = make("span", { class: "phase", "data-shade": String(phase.shade) }, fits ? phase.name : "");
      strip.style.left = `${(phase.from / months) * 100}%`;
      strip.style.width = `${((phase.to - phase.from) / months) * 100}%`;
      return strip;
    });
    const made = marks.map((mark) => {
      const line = make("span", { class: "mark", title: mark.text });
      line.style.left = `${(mark.month / months) * 100}%`;
      return line;
    });
    place.replaceChildren(...strips, ...made);
  }
}
