// Every word the explorer says, in one place, so that other languages can follow.

export const texts = {
  skip: "Skip to the answer",
  title: (/** @type {string} */ title) => `${title}: what the runs say`,
  /** @param {{points: number, seeds: string, citizens: string, months: number, runs: string}} of */
  facts: ({ points, seeds, citizens, months, runs }) =>
    `${points} ${points === 1 ? "point" : "points"} of assumptions, ${seeds}; ${runs} runs of ${citizens} citizens over ${months} months. Both sides of a point share citizens, ties and luck.`,
  /** @param {number} n @param {number} populations */
  seeds: (n, populations) => `${n} ${n === 1 ? "seed" : "seeds"}${populations ? ` and ${populations} populations` : ""} each`,
  failed: (/** @type {number} */ n) => `${n} ${n === 1 ? "run" : "runs"} failed; their points are left out.`,
  unasked: (/** @type {number} */ n) => `${n} ${n === 1 ? "question" : "questions"} of this folder ${n === 1 ? "compares" : "compare"} more than two societies, or relatively; the report has ${n === 1 ? "it" : "them"}.`,
  lab: "To the laboratory",
  theme: "Light / dark",
  reset: "Keep every point",
  share: "Copy link",
  copied: "The address now holds this view, and is copied.",
  broken: "This page cannot read its data: ",

  question: "Question",
  own: "one of your own",
  outcome: "Outcome",
  month: "Month",
  sideA: "A",
  sideB: "B",
  variant: "Structural variant",
  base: "as each point has it",
  margin: "Too small to matter",
  underOne: "under 1 %",
  overNinetyNine: "over 99 %",
  populations: { everyone: "everyone", kin_camp: "kin camp", other_camp: "other camp", "": "nation" },
  /** @param {string} title @param {string} population */
  outcomeName: (title, population) => (population ? `${title}, ${population}` : title),

  /** Parts of the answer; `A` and `B` stand where the sides' names go. */
  answer: {
    none: "No point lies within these ranges. Widen one of them.",
    missing: "The folder does not hold this outcome for both sides: choose another outcome, month, side or variant.",
    same: "Both sides are the same society.",
    unknown: (/** @type {number} */ n) => ` (${n} more are unknown: a run failed.)`,
    /** @param {number} b @param {number} n @param {string} share @param {string} verb @param {string} by */
    first: (b, n, share, verb, by) => ["In ", `${b} of ${n}`, ` ${n === 1 ? "point" : "points"} kept (${share}), `, "B", ` ${verb} `, "A", `${by}; `],
    /** @param {number} a @param {string} share @param {string} verb */
    second: (a, share, verb) => [`in ${a} (${share}) `, "A", ` ${verb} `, "B", "; "],
    /** @param {number} w @param {string} share @param {string} margin */
    third: (w, share, margin) => [`in ${w} (${share}) they differ by no more than ${margin}.`],
    beats: "beats",
    above: "stands above",
    /** @param {string} outcome @param {number} month @param {string} margin */
    by: (outcome, month, margin) => ` in ${outcome} at month ${month} by more than ${margin}`,
  },
  note: "Shares of the assumptions tried, not probabilities of events. A model, not a forecast.",

  ranges: {
    title: "Keep only points where",
    /** @param {number} kept @param {number} all */
    kept: (kept, all) => `${kept} of ${all} points kept`,
    search: "Search name or meaning",
    more: (/** @type {number} */ n) => `Show all ${n}`,
    fewer: "Show the most decisive",
    none: "This design varies nothing between points.",
    inert: (/** @type {number} */ n) => `${n} more cannot matter here: neither side pulls the lever that ${n === 1 ? "it acts" : "they act"} with, or both hold ${n === 1 ? "it" : "them"} fixed.`,
    from: (/** @type {string} */ name) => `${name}: from`,
    to: (/** @type {string} */ name) => `${name}: to`,
    any: "any",
    /** @param {string} low @param {string} high */
    span: (low, high) => `${low} to ${high}`,
  },

  map: {
    win: (/** @type {string} */ a) => `Where does ${a} win?`,
    above: (/** @type {string} */ a) => `Where is it higher under ${a}?`,
    across: "across",
    up: "up",
    hint: "Each mark is a point. Arrow keys go from mark to mark, a click or Enter opens its two worlds below.",
    ahead: (/** @type {string} */ name) => `${name} ahead`,
    even: "too close to matter",
    shade: "shade: the smoothed share of points nearby in which one side is ahead, less that of the other",
    /** @param {number} drawn @param {number} all */
    thinned: (drawn, all) => `Of ${all} points every so many is drawn (${drawn}); shares and shades are those of all.`,
    needsTwo: "A map needs two things that vary; this folder has fewer.",
    /** @param {number} point @param {string} x @param {string} y @param {string} difference */
    point: (point, x, y, difference) => `Point ${point}: ${x}, ${y}; B minus A ${difference}`,
  },

  reasons: {
    title: "What decides it",
    note: "Rank correlation of B minus A with each assumption over the points kept. Pale: no larger than chance would make it.",
    few: "Fewer than 10 points kept: too few to say.",
    constant: "The difference is the same at all points kept.",
    across: (/** @type {string} */ name) => `${name}: put across the map`,
    up: (/** @type {string} */ name) => `${name}: put up the map`,
  },

  fans: {
    title: "Over the months",
    difference: "B minus A",
    levels: "Both sides",
    median: "median",
    bands: "Median of the points kept, with half of them in the darker band and nine tenths in the paler one.",
    measured: (/** @type {string} */ months) => `This folder keeps months ${months}; lines between them are straight.`,
    every: (/** @type {number} */ n) => `Every ${n} months.`,
    table: "Table",
    monthWord: "month",
    small: (/** @type {string} */ margin) => `too small to matter (within ${margin})`,
    file: "fan",
  },

  run: {
    title: "One point, two worlds",
    invite: "Choose a mark on the map, or",
    largest: "where B gains most",
    smallest: "where A gains most",
    closest: "where it is closest",
    point: (/** @type {number} */ n) => `Point ${n}`,
    difference: "B minus A",
    /** @param {number} seeds @param {number} populations */
    mean: (seeds, populations) => `means over ${seeds} ${seeds === 1 ? "seed" : "seeds"}${populations ? ` and ${populations} populations` : ""}`,
    seed: "Seed",
    open: "Open its two worlds live",
    replay: "Its two worlds as one page that plays without Python:",
    command: "Each of them as a table, a record and a picture:",
    inLab: "To see them live, start the laboratory (python run.py lab) and add this to its address:",
    copy: "Copy",
    copied: "Copied",
    save: (/** @type {string} */ file) => `Save ${file}`,
    files: "At this point the levers stand at levels of their own; save the policies first:",
    figures: "This point changes figures of the country's file, which no command sets: the sweep itself makes its runs.",
    populations: "This design crosses populations with seeds, which no other command does: the sweep itself makes its runs.",
    small: (/** @type {number} */ n) => `The laboratory holds at least 100 citizens, and this run has ${n}.`,
    unlike: "The laboratory gives both worlds the same parameters; these two differ in theirs.",
    unshipped: "The laboratory knows only the countries and policies that are shipped.",
    scaled: "The laboratory's address cannot hold levers scaled point by point.",
    settings: "Where this point stands",
    previous: "Previous",
    next: "Next",
    title2: (/** @type {string} */ policy, /** @type {number} */ point) => `${policy} at point ${point}`,
  },
};
