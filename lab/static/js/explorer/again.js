// How a point's two worlds are lived again: in the laboratory by an address, on the command line by commands.

import { addressOf } from "../address.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("./results.js").Results} Results
 * @typedef {import("./results.js").Side} Side
 * @typedef {{variant: number, a: number, b: number, point: number, seed: number, month: number}} Wanted
 */

const FEWEST_CITIZENS = 100;
const OUTSIDE = { recipe: { country: "", citizens: 0, months: 0, seed: -1, shockMonth: null, parameters: {} }, month: -1, layer: "stance", citizen: null };

/** The parameters of a side that are not as declared. @param {Results} results @param {Wanted} wanted @param {Side} side @returns {Record<string, number>} */
export function parametersOf(results, wanted, side) {
  const { head } = results;
  const values = { ...head.fixed };
  head.spans.forEach((span, number) => {
    if (span.group === "parameters") values[span.name] = /** @type {number} */ (results.setting(number, results.columns[number][wanted.point]));
    if (span.group === "choices" && span.name === "variant") Object.assign(values, head.variants.find(({ name }) => name === results.setting(number, results.columns[number][wanted.point]))?.settings);
  });
  Object.assign(values, head.variants[wanted.variant].settings, side.settings);
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== head.defaults[name]));
}

/** A choice of the design at a point. @param {Results} results @param {number} point @param {string} name */
function choice(results, point, name) {
  const span = results.head.spans.findIndex((own) => own.group === "choices" && own.name === name);
  return span < 0 ? undefined : results.setting(span, results.columns[span][point]);
}

/** @param {Results} results @param {Wanted} wanted @param {Side} side */
const hasShock = (results, wanted, side) => side.shock && choice(results, wanted.point, "shock") !== false;

/** @param {Results} results @param {number} point */
const countryOf = (results, point) => String(choice(results, point, "country") ?? results.head.country);

/** Why the laboratory cannot live this point, or null if it can. @param {Results} results @param {Wanted} wanted @returns {string | null} */
export function hindrance(results, wanted) {
  const { head } = results;
  const words = texts.run;
  const sides = [head.sides[wanted.a], head.sides[wanted.b]];
  if (sides.some((side) => side.scaled)) return words.scaled;
  if (sides.some((side) => !side.shipped) || !head.countryShipped) return words.unshipped;
  if (head.citizens < FEWEST_CITIZENS) return words.small(head.citizens);
  return alike(results, wanted) ? null : words.unlike;
}

/** Whether both sides are made of the same, their policies apart. @param {Results} results @param {Wanted} wanted */
function alike(results, wanted) {
  const [a, b] = [wanted.a, wanted.b].map((number) => results.head.sides[number])
    .map((side) => JSON.stringify([hasShock(results, wanted, side), ...Object.entries(parametersOf(results, wanted, side)).sort()]));
  return a === b;
}

/** The laboratory's address, from its `#` on. @param {Results} results @param {Wanted} wanted */
export function laboratoryAddress(results, wanted) {
  const { head } = results;
  const sides = [head.sides[wanted.a], head.sides[wanted.b]];
  const worlds = /** @type {[import("../address.js").History, import("../address.js").History]} */ (sides.map((side) => ({ policy: side.policy, events: [] })));
  return addressOf({
    ...OUTSIDE, worlds, month: wanted.month,
    recipe: { country: countryOf(results, wanted.point), citizens: head.citizens, months: head.months, seed: wanted.seed,
      shockMonth: hasShock(results, wanted, sides[0]) ? null : "never", parameters: parametersOf(results, wanted, sides[0]) },
  }, { ...OUTSIDE, worlds });
}

/** The policy of a side at a point as a file, null where it is the shipped one. @param {Results} results @param {Wanted} wanted @param {number} side @returns {{name: string, text: string} | null} */
export function policyFile(results, wanted, side) {
  const of = results.head.sides[side];
  if (!of.scaled) return null;
  const levers = Object.entries(of.levers).concat(of.levels.filter((name) => !(name in of.levers)).map((name) => [name, { start: 30, end: 120, ramp: 6, target: null }]));
  const text = [`title = ${JSON.stringify(texts.run.title2(of.label, wanted.point + 1))}`, 'description = "Levels of one point of a folder of runs."'];
  for (const [name, { start, end, ramp, target }] of levers) {
    const level = results.levels[side][name]?.[wanted.point] ?? 0;
    text.push("", `[levers.${name}]`, `level = ${decimal(level)}`, `start = ${decimal(start)}`, `end = ${end === null ? "inf" : decimal(end)}`, `ramp = ${decimal(ramp)}`, ...(target ? [`target = "${target}"`] : []));
  }
  return { name: `${of.name}-${"AB"[side === wanted.a ? 0 : 1]}-point-${wanted.point + 1}.toml`.toLowerCase(), text: `${text.join("\n")}\n` };
}

/** What follows the policies in a command. @param {Results} results @param {Wanted} wanted @param {Side} side */
function options(results, wanted, side) {
  const { head } = results;
  const settings = Object.entries(parametersOf(results, wanted, side)).map(([name, value]) => `${name}=${decimal(value)}`);
  return [`--country ${quoted(countryOf(results, wanted.point))}`, `--citizens ${head.citizens}`, `--months ${head.months}`, `--seed ${wanted.seed}`,
    ...(hasShock(results, wanted, side) ? [] : ["--shock-month never"]), ...(settings.length ? [`--set ${settings.join(" ")}`] : [])].join(" ");
}

/** @param {Results} results @param {Wanted} wanted @param {number} side */
const policyOf = (results, wanted, side) => quoted(policyFile(results, wanted, side)?.name ?? results.head.sides[side].policy);

/** The commands that live both sides, one by one. @param {Results} results @param {Wanted} wanted @returns {string[]} */
export function commands(results, wanted) {
  return [wanted.a, wanted.b].map((side) => `python run.py simulate --policy ${policyOf(results, wanted, side)} ${options(results, wanted, results.head.sides[side])}`);
}

/** The command that writes both worlds as one page, null where they differ in more than their policies. @param {Results} results @param {Wanted} wanted @returns {string | null} */
export function replayCommand(results, wanted) {
  if (!alike(results, wanted)) return null;
  const policies = [wanted.a, wanted.b].map((side) => policyOf(results, wanted, side)).join(" ");
  return `python run.py replay ${policies} --out point-${wanted.point + 1}.html ${options(results, wanted, results.head.sides[wanted.a])}`;
}

/** Why no command can live a point, or null if one can. @param {Results} results @returns {string | null} */
export function barrier({ head }) {
  if (head.spans.some((span) => span.group === "figures")) return texts.run.figures;
  return head.populations ? texts.run.populations : null;
}

/** A number as TOML and Python read it, to the last bit. @param {number} value */
const decimal = (value) => String(value);

/** @param {string} text */
const quoted = (text) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
