// The address of the page holds the whole state: both worlds, what was done to them, the month and the citizen.

/**
 * @typedef {[number, string, number | string]} Event
 * @typedef {{policy: string, events: Event[]}} History
 * @typedef {{country: string, citizens: number, months: number, seed: number, shockMonth: number | "never" | null,
 *   parameters: Record<string, number>, budget?: number | null}} Recipe
 * @typedef {{recipe: Recipe, worlds: [History, History], month: number, layer: string, citizen: number | null,
 *   group?: string, differs?: boolean, rarest?: boolean}} State
 */

export const EVERYONE = "everyone";

/** @param {History} history */
const written = (history) => [history.policy, ...history.events.map((event) => event.join(":"))].join(";");

/** @param {string} text @returns {History} */
function readHistory(text) {
  const [policy, ...events] = text.split(";");
  return {
    policy,
    events: events.filter(Boolean).map((event) => {
      const [month, what, value] = event.split(":");
      return /** @type {Event} */ ([Number(month), what, what === "policy" ? value : Number(value)]);
    }),
  };
}

/** @param {State} state @param {State} usual what needs no mention */
export function addressOf(state, usual) {
  const words = new URLSearchParams();
  const { recipe } = state;
  words.set("a", written(state.worlds[0]));
  words.set("b", written(state.worlds[1]));
  words.set("month", String(state.month));
  for (const key of /** @type {const} */ (["country", "citizens", "months", "seed"])) {
    if (recipe[key] !== usual.recipe[key]) words.set(key, String(recipe[key]));
  }
  if (recipe.shockMonth !== null) words.set("shock", String(recipe.shockMonth));
  if (typeof recipe.budget === "number") words.set("budget", String(recipe.budget));
  const changed = Object.entries(recipe.parameters).map(([name, value]) => `${name}:${value}`);
  if (changed.length) words.set("set", changed.join(";"));
  if (state.layer !== usual.layer) words.set("layer", state.layer);
  if (state.group && state.group !== EVERYONE) words.set("show", state.group);
  for (const key of /** @type {const} */ (["differs", "rarest"])) if (state[key]) words.set(key, "yes");
  if (state.citizen !== null) words.set("citizen", String(state.citizen));
  return `#${words.toString().replaceAll("%3A", ":").replaceAll("%3B", ";")}`;
}

/** @param {string} hash @param {State} usual @returns {State} */
export function stateOf(hash, usual) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (/** @type {string} */ key, /** @type {number} */ otherwise) =>
    words.has(key) && Number.isFinite(Number(words.get(key))) ? Number(words.get(key)) : otherwise;
  const shock = words.get("shock");
  const months = number("months", usual.recipe.months);
  return {
    recipe: {
      country: words.get("country") ?? usual.recipe.country,
      citizens: number("citizens", usual.recipe.citizens),
      months,
      seed: number("seed", usual.recipe.seed),
      shockMonth: shock === null ? null : shock === "never" ? "never" : Number(shock),
      parameters: Object.fromEntries((words.get("set") ?? "").split(";").filter(Boolean).map((pair) => {
        const [name, value] = pair.split(":");
        return [name, Number(value)];
      })),
      budget: words.has("budget") ? number("budget", 0) : usual.recipe.budget ?? null,
    },
    worlds: [
      words.has("a") ? readHistory(words.get("a") ?? "") : structuredClone(usual.worlds[0]),
      words.has("b") ? readHistory(words.get("b") ?? "") : structuredClone(usual.worlds[1]),
    ],
    month: Math.min(Math.max(0, Math.round(number("month", usual.month))), months),
    layer: words.get("layer") ?? usual.layer,
    group: words.get("show") ?? EVERYONE,
    differs: words.has("differs"),
    rarest: words.has("rarest"),
    citizen: words.has("citizen") ? number("citizen", 0) : null,
  };
}
