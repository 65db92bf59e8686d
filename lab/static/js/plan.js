// What the levers and the shock say about time: phases to shade, events to mark.

import { texts } from "./texts.js";

/**
 * @typedef {import("./address.js").History} History
 * @typedef {import("./charts.js").Phase} Phase
 * @typedef {import("./charts.js").Mark} Mark
 * @typedef {{start: number | null, end: number | null, shock: number | null}} Plan
 */

const LEVERS = 5; // rows of levers; the conflict's row comes after them

/**
 * When the levers move: from the first month in which one does to the last in which one stands at its highest.
 * @param {number[][][]} levers by world, lever and month
 * @param {number} months
 * @param {number | null} shock
 * @returns {Plan}
 */
export function planOf(levers, months, shock) {
  /** @type {number | null} */
  let start = null;
  /** @type {number | null} */
  let end = null;
  for (const rows of levers) {
    for (const column of rows.slice(0, LEVERS)) {
      const first = column.findIndex((level) => level > 0);
      if (first < 0) continue;
      start = Math.min(start ?? Infinity, Math.max(0, first - 1));
      const last = column.findLastIndex((level) => level >= Math.max(...column) - 1e-9);
      end = Math.max(end ?? 0, last);
    }
  }
  return { start, end: end !== null && end >= months - 1 ? null : end, shock };
}

/** @param {Plan} plan @param {number} months @returns {Phase[]} */
export function phasesOf({ start, end, shock }, months) {
  const words = texts.phases;
  /** @type {Phase[]} */
  const phases = [{ from: 0, to: Math.min(shock ?? months, start ?? months), name: words.calm, shade: 0 }];
  if (shock !== null && (start === null || shock < start)) phases.push({ from: shock, to: start ?? months, name: words.shock, shade: 0.11 });
  if (start !== null) {
    phases.push({ from: start, to: end ?? months, name: words.policy, shade: 0.055 });
    if (end !== null) phases.push({ from: end, to: months, name: words.withdrawn, shade: 0 });
  }
  return phases;
}

/** @param {string} what a lever, or the conflict @returns {string} */
export const leverName = (what) => (what === "conflict" ? texts.controls.war : /** @type {any} */ (texts.controls.lever)[what] ?? what);

/** @param {[History, History]} worlds @returns {Mark[]} */
export function marksOf(worlds) {
  return worlds.flatMap((history, world) => history.events.map(([month, what, value]) => ({
    month, text: `${"AB"[world]}: ${what === "policy" ? value : `${leverName(what)} ${value}`}` })));
}

/** @param {History} history @returns {string} the policy that is followed in the end */
export function policyNow(history) {
  const last = history.events.filter(([, what]) => what === "policy").pop();
  return last ? String(last[2]) : history.policy;
}

/**
 * What a world lives besides the policy that is followed in the end.
 * @param {History} history
 * @returns {{before: string[], until: number, held: string[]}} policies before it and the month in which it took over;
 *   levers held by hand
 */
export function livedBesides({ policy, events }) {
  const before = [];
  let [now, until] = [policy, 0];
  for (const [month, what, value] of events) {
    if (what !== "policy" || value === now) continue;
    if (month > 0) before.push(now);
    [now, until] = [String(value), month];
  }
  const held = events.map(([, what]) => what).filter((what) => what !== "policy" && what !== "conflict");
  return { before, until, held: [...new Set(held)] };
}
