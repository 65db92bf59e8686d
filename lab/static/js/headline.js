// The headline: what is shown against what is felt, this month.

import { texts } from "./texts.js";

/** Differences in loyalty within this are too small to matter: the claims' own margin. */
export const TOO_SMALL = 0.02;
const A_SHOW = 0.03;

/**
 * @typedef {{month: number, shock: number | null, start: number | null, end: number | null, equal: boolean,
 *   felt: [number, number], shown: [number, number], then: number[], difference: number}} Scene `then` how much more was shown than
 *   felt when the policies ended
 */

/** @param {number} value */
export function signed(value) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(2);
  return Number(text) === 0 ? text : (value < 0 ? "\u2212" : "+") + text;
}

/**
 * @param {Scene} scene
 * @returns {string}
 */
export function headline(scene) {
  const words = texts.headline;
  const names = ["A", "B"];
  if (scene.felt.some(Number.isNaN)) return words.nobody;
  if (scene.equal && scene.month > 0) return words.equal;
  if (scene.start === null || scene.month <= scene.start) {
    return scene.shock !== null && scene.month > scene.shock ? words.shock : words.before;
  }
  const by = Math.abs(scene.difference);
  const ahead = scene.difference > 0 ? "B" : "A";
  const behind = scene.difference > 0 ? "A" : "B";
  const gaps = scene.shown.map((shown, world) => shown - scene.felt[world]);
  const showing = gaps[0] >= gaps[1] ? 0 : 1;
  const parts = [];
  if (gaps[showing] >= A_SHOW) {
    parts.push(words.looks(names[showing], signed(scene.shown[showing]), signed(scene.felt[showing])));
    parts.push(by > TOO_SMALL ? words.ahead(ahead, by.toFixed(2)) : words.even);
  } else if (scene.end !== null && scene.month > scene.end) {
    const looked = scene.then[0] >= scene.then[1] ? 0 : 1;
    parts.push(scene.then[looked] >= A_SHOW ? words.looked(names[looked]) : words.over);
    parts.push(by > TOO_SMALL ? words.after(ahead, behind, by.toFixed(2)) : words.even);
  } else {
    parts.push(by > TOO_SMALL ? words.ahead(ahead, by.toFixed(2)) : words.even);
  }
  return parts.join(" ");
}
