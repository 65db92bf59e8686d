// Where: a tile for each region, roughly where it lies, coloured by what became of the kin camp's loyalty there.

import { byId, make, write } from "./dom.js";
import { signed } from "./headline.js";
import { feelingColour } from "./palettes.js";
import { texts } from "./texts.js";

/** @param {string} name */
function short(name) {
  const [first, ...rest] = name.replace(/ \(.*\)/, "").split(" ");
  return [first, ...rest.map((word) => `${word[0]}.`)].join(" ");
}

export class Where {
  /**
   * @param {string[]} regions
   * @param {[number, number][]} places row and column of each region's tile
   */
  constructor(regions, places) {
    this.regions = regions;
    const words = texts.where;
    this.maps = words.maps.map((title) => {
      const tiles = regions.map((name, region) => {
        const tile = make("span", { class: "tile", "data-region": String(region) }, short(name), make("b"));
        tile.style.gridRow = String(places[region][0] + 1);
        tile.style.gridColumn = String(places[region][1] + 1);
        return tile;
      });
      return { title, tiles, figure: make("figure", { class: "map" }, make("figcaption", {}, title), make("div", { class: "tiles" }, ...tiles)) };
    });
    byId("where").replaceChildren(make("h2", {}, words.title), make("p", { class: "note" }, words.note),
      make("div", { class: "maps" }, ...this.maps.map(({ figure }) => figure)));
  }

  /**
   * @param {Float64Array} a change since month 0, by region
   * @param {Float64Array} b
   * @param {import("./palettes.js").Theme} theme
   */
  draw(a, b, theme) {
    [a, b, b.map((value, region) => value - a[region])].forEach((values, map) => {
      values.forEach((value, region) => {
        const tile = this.maps[map].tiles[region];
        const { back, ink } = feelingColour(value, theme);
        tile.style.background = back;
        tile.style.color = ink;
        const text = signed(value);
        const number = /** @type {HTMLElement} */ (tile.lastChild);
        write(number, text);
        tile.title = texts.where.tile(this.regions[region], text);
      });
    });
  }
}
