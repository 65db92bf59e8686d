// Layers and their colours. A layer is a byte a cell; a palette says which colour each byte is.

import { texts } from "./texts.js";

export const GONE = 1;
export const FIRST = 2;

/** @typedef {[number, number, number]} Colour */
/** @typedef {{dark: boolean, page: Colour}} Theme */

/** @type {Colour[]} from less loyal to more loyal, told apart with any colour vision */
const FEELING_LIGHT = [[158, 60, 0], [219, 122, 34], [244, 190, 126], [222, 220, 212], [142, 190, 226], [44, 127, 190], [4, 72, 134]];
/** @type {Colour[]} */
const FEELING_DARK = [[255, 140, 56], [226, 120, 44], [160, 98, 52], [84, 86, 92], [62, 108, 150], [70, 150, 214], [128, 200, 255]];
/** @type {Colour[]} */
const AMOUNT_LIGHT = [[247, 244, 232], [246, 205, 130], [233, 134, 60], [190, 60, 40], [98, 14, 44]];
/** @type {Colour[]} */
const AMOUNT_DARK = [[44, 42, 52], [98, 52, 84], [172, 66, 82], [234, 124, 72], [255, 224, 140]];
/** @type {Colour[]} Okabe and Ito's, with a grey */
const GROUPS = [[150, 150, 150], [213, 94, 0], [0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [120, 94, 60]];
/** @type {Colour} */
const MASK = [92, 38, 132];
/** @type {Colour} */
const MASK_DARK = [190, 140, 240];
const EVENT_COLOURS = /** @type {Colour[]} */ ([[214, 60, 120], [230, 159, 0], [200, 40, 20], [0, 90, 160]]);

const LEVELS = 63;
const STEPS = 253;

/**
 * @param {Colour[]} scale
 * @param {number} share 0 to 1
 * @returns {Colour}
 */
function along(scale, share) {
  const at = Math.min(Math.max(share, 0), 1) * (scale.length - 1);
  const low = Math.min(Math.floor(at), scale.length - 2);
  return mix(scale[low], scale[low + 1], at - low);
}

/**
 * @param {Colour} a
 * @param {Colour} b
 * @param {number} share of b
 * @returns {Colour}
 */
function mix(a, b, share) {
  return [0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * share)).slice(0, 3).reduce(
    (colour, value, i) => { colour[i] = value; return colour; }, /** @type {Colour} */ ([0, 0, 0]));
}

/**
 * The colour of a feeling (0 to 1) as it is shown: 0 silent, 1 national symbol, 2 kin symbol, 3 masked.
 * @param {number} share
 * @param {number} shown
 * @param {Theme} theme
 * @returns {Colour}
 */
function stance(share, shown, theme) {
  const feeling = along(theme.dark ? FEELING_DARK : FEELING_LIGHT, share);
  if (shown === 3) return mix(theme.dark ? MASK_DARK : MASK, feeling, 0.28);
  if (shown === 0) return mix(feeling, theme.page, theme.dark ? 0.1 : 0.08);
  return mix(feeling, theme.dark ? [255, 255, 255] : [20, 16, 24], shown === 2 ? 0.78 : 0.36);
}

// A feeling within +-0.15 of the start uses the whole range of colours; the layer reaches +-0.315.
const STRETCH = 0.315 / 0.15;

/**
 * @param {string} layer
 * @param {Theme} theme
 * @returns {Uint32Array} colours of the 256 codes, as canvas pixels
 */
export function palette(layer, theme) {
  const colours = new Uint32Array(256);
  /** @param {number} code @param {Colour} colour */
  const set = (code, [r, g, b]) => { colours[code] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0; };
  for (let code = FIRST; code < 256; code++) set(code, colourOf(layer, code - FIRST, theme));
  set(GONE, mix(theme.page, theme.dark ? [0, 0, 0] : [255, 255, 255], 0.5));
  colours[0] = 0;
  return colours;
}

/**
 * @param {string} layer
 * @param {number} value a code, from 0
 * @param {Theme} theme
 * @returns {Colour}
 */
function colourOf(layer, value, theme) {
  const amount = theme.dark ? AMOUNT_DARK : AMOUNT_LIGHT;
  switch (layer) {
    case "stance": return stance(0.5 + (Math.floor(value / 4) / (LEVELS - 1) - 0.5) * STRETCH, value % 4, theme);
    case "loyalty": return stance(Math.floor(value / 4) / (LEVELS - 1), value % 4, theme);
    case "welfare": return along(theme.dark ? FEELING_DARK : FEELING_LIGHT, value / (STEPS - 1));
    case "group": return GROUPS[value % GROUPS.length];
    case "departed": return theme.dark ? [120, 124, 132] : [176, 176, 170];
    case "events": return value === 0 ? (theme.dark ? [58, 60, 66] : [226, 224, 216]) : EVENT_COLOURS[Math.min(value, 4) - 1];
    default: return along(amount, value / (STEPS - 1));
  }
}

/**
 * The colour of a change of loyalty, and an ink that can be read on it.
 * @param {number} change
 * @param {Theme} theme
 */
export function feelingColour(change, theme) {
  if (!Number.isFinite(change)) return { back: "transparent", ink: "inherit" };
  const colour = along(theme.dark ? FEELING_DARK : FEELING_LIGHT, 0.5 + change / 0.3);
  // Black or white, whichever stands out more: the better of the two has a contrast of at least 4.5 on any colour.
  const [r, g, b] = colour.map((value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return { back: css(colour), ink: luminance > 0.179 ? "#000000" : "#ffffff" };
}

/** @param {Colour} colour */
const css = (colour) => `rgb(${colour.join(" ")})`;

/**
 * The legend of a layer: rows of patches with words.
 * @param {string} layer
 * @param {Theme} theme
 * @param {string[]} groups
 * @returns {{colours: string[], words: string}[]}
 */
export function legend(layer, theme, groups) {
  const words = texts.legend;
  const shares = [0, 0.25, 0.5, 0.75, 1];
  const scale = (/** @type {Colour[]} */ colours) => shares.map((share) => css(along(colours, share)));
  const feelings = theme.dark ? FEELING_DARK : FEELING_LIGHT;
  const gone = { colours: ["gone"], words: words.gone };
  switch (layer) {
    case "stance":
    case "loyalty": {
      const ends = layer === "stance" ? [words.less, words.more] : [words.disloyal, words.loyal];
      const row = (/** @type {number} */ shown) => [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => css(stance(share, shown, theme)));
      return [
        { colours: row(0), words: `${ends[0]} → ${ends[1]}; ${words.silent}` },
        { colours: row(3), words: words.masked },
        { colours: row(2), words: words.kin },
        { colours: row(1), words: words.national },
        gone,
      ];
    }
    case "welfare": return [{ colours: scale(feelings), words: `${words.worse} → ${words.better}` }, gone];
    case "group": return [...groups.map((name, i) => ({ colours: [css(GROUPS[i % GROUPS.length])], words: name })), gone];
    case "departed": return [{ colours: [css(colourOf(layer, 0, theme))], words: words.present }, gone];
    case "events": return [words.nothing, words.harassed, words.sanctioned, words.sanctionedForNothing, words.leaves]
      .map((text, i) => ({ colours: [css(colourOf(layer, i, theme))], words: text }));
    default: return [{ colours: scale(theme.dark ? AMOUNT_DARK : AMOUNT_LIGHT), words: `${words.low} → ${words.high}` }, gone];
  }
}
