// The letter home that a citizen would write this month, composed from their state and nothing else.

import { texts } from "./texts.js";

/**
 * @typedef {{number: number, camp: number, kinship: number, region: string, initial_loyalty: number,
 *   ties: {present: boolean}[], state: Record<string, any>, life: Record<string, any>}} Citizen
 */

const words = texts.letter;
const NOT_MINE = -0.25; // loyalty below which the country is not felt to be one's own

/**
 * @param {Citizen} citizen
 * @param {number} month
 * @returns {string[]} paragraphs
 */
export function letter(citizen, month) {
  const now = citizen.state;
  const greeting = citizen.camp === 0 ? words.toCousin : words.toBrother;
  if (!now.present) {
    return [greeting, words.gone(leftIn(citizen)), now.loyalty < citizen.initial_loyalty - 0.02 ? words.leftBitter : words.leftCalm, words.writeHere];
  }
  return [greeting, welfare(citizen), fairness(citizen), fear(citizen), street(now), speech(now), friends(citizen), heart(citizen, month), words.yours]
    .filter((line) => line !== "");
}

/** @param {Citizen} citizen @returns {number | string} */
function leftIn(citizen) {
  const at = citizen.life.present.indexOf(false);
  return at < 0 ? "?" : citizen.life.months[at];
}

/** @param {Citizen} citizen */
function welfare({ state, camp }) {
  const own = state.welfare;
  const against = own - state.kin_welfare;
  const money = own > 0.01 ? words.richer(percent(Math.exp(own) - 1))
    : own < -0.01 ? words.poorer(percent(1 - Math.exp(own)))
    : words.asRich;
  if (camp !== 0) return money;
  return `${money} ${against > 0.02 ? words.betterThanKin : against < -0.02 ? words.worseThanKin : words.likeKin}`;
}

/** @param {number} share */
const percent = (share) => `${Math.abs(Math.round(share * 100))} %`;

/** @param {Citizen} citizen */
function fairness({ state: now, life }) {
  if (now.injustice_memory > 0.05 && !now.sanctioned) return life.unjustly.includes(true) ? words.finedForNothing : words.finedForRibbon;
  if (now.fairness > 0.02) return words.fair;
  return now.fairness < -0.02 ? words.unfair : "";
}

/** @param {Citizen} citizen */
function fear({ state, camp }) {
  const group = camp === 0 ? words.peopleLikeUs : words.ourOwnPeople;
  if (state.threat > 0.35) return words.afraid(group);
  if (state.threat > 0.25) return words.uneasy(group);
  return state.threat < 0.15 ? words.calm : "";
}

/** @param {Record<string, any>} now */
function street(now) {
  const lines = [];
  if (now.harassed) lines.push(words.harassed);
  if (now.sanctioned) lines.push(now.unjustly ? words.finedNowForNothing : words.finedNow);
  if (!lines.length && now.hostility_seen > 0.22) lines.push(words.lookAway);
  return lines.join(" ");
}

/** @param {Record<string, any>} now */
function speech(now) {
  if (now.falsified > 0.15) return words.saysLoudly;
  if (now.falsified > 0.05) return words.saysMore;
  if (now.shown === 2) return words.kinFlag;
  return now.shown === 1 ? words.ownFlag : words.saysFreely;
}

/** @param {Citizen} citizen */
function friends({ ties }) {
  const gone = ties.filter((tie) => !tie.present).length;
  return gone === 0 ? "" : words.friendsGone(gone);
}

/** @param {Citizen} citizen @param {number} month */
function heart({ state, initial_loyalty: start }, month) {
  const change = state.loyalty - start;
  if (state.loyalty < NOT_MINE) return change > 0.02 ? words.notYet : change < -0.06 ? words.lessThanEver : words.neverWas;
  if (month === 0) return words.home;
  if (change > 0.02) return words.moreThanItWas;
  if (change < -0.06) return words.lessThanItWas;
  return change < -0.02 ? words.littleLess : words.asEver;
}
