// Line charts as SVG, drawn by us: months across, a few lines, phases shaded, names at the ends of lines.

/**
 * @typedef {{label: string, colour: string, values: number[], dashed?: boolean, thin?: boolean}} Line
 * @typedef {{from: number, to: number, name: string, shade: number}} Phase
 * @typedef {{month: number, text: string}} Mark
 * @typedef {{low: number[], high: number[], colour: string, opacity: number}} Band
 * @typedef {{lines: Line[], months: number, now: number, phases: Phase[], marks?: Mark[], band?: {low: number[], high: number[]} | null,
 *   bands?: Band[], columns?: {label: string, values: number[]}[], width?: number, zone?: [number, number] | null, zoneText?: string, zero?: boolean, floor?: [number, number]}} Picture
 */

const NAMESPACE = "http://www.w3.org/2000/svg";
const LEFT = 46;
const TOP = 10;
const BOTTOM = 20;
const MONTH_ROOM = 26; // pixels that a month's number needs
const YEAR = 12;
const LETTER = 6.5; // pixels, about, of a letter in a phase's name

/** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
export function element(tag, attributes, text) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** @param {number} value @param {number} step */
export function written(value, step) {
  let digits = 0;
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return value.toFixed(digits).replace("-", "\u2212");
}

/** @param {number} span @param {number} count @returns {number} a round step */
export function roundStep(span, count) {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  return times * power;
}

export class Chart {
  /**
   * @param {HTMLElement} parent
   * @param {{title: string, unit: string, height: number, words: {table: string, month: string}, file: string}} spec
   */
  constructor(parent, spec) {
    this.spec = spec;
    this.figure = document.createElement("figure");
    this.figure.className = "chart";
    const caption = document.createElement("figcaption");
    const title = document.createElement("h3");
    title.textContent = spec.title;
    const unit = document.createElement("span");
    unit.className = "unit";
    unit.textContent = spec.unit;
    this.heading = { title, unit };
    const tools = document.createElement("span");
    tools.className = "keep";
    for (const [name, act] of /** @type {[string, () => void][]} */ ([
      [spec.words.table, () => this.toggleTable()], ["CSV", () => this.saveCsv()], ["SVG", () => this.saveSvg()], ["PNG", () => this.savePng()],
    ])) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.setAttribute("aria-label", `${spec.title}: ${name}`);
      button.addEventListener("click", act);
      tools.append(button);
    }
    caption.append(title, tools, unit);
    this.svg = /** @type {SVGSVGElement} */ (element("svg", { role: "slider", tabindex: 0, "aria-label": spec.title }));
    this.svg.classList.add("plot");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.table = document.createElement("div");
    this.table.className = "table";
    this.table.hidden = true;
    this.table.tabIndex = 0;
    this.figure.append(caption, this.svg, this.tip, this.table);
    parent.append(this.figure);
    /** @type {Picture | null} */
    this.picture = null;
    /** @type {number | null} */
    this.pointed = null;
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.unpoint());
    this.svg.addEventListener("keydown", (event) => this.pointByKey(event));
    this.svg.addEventListener("focus", () => { if (this.picture && this.svg.matches(":focus-visible")) this.pointAt(this.pointed ?? this.picture.now); });
    this.svg.addEventListener("blur", () => this.unpoint());
  }

  /** Show something else in the same place. @param {string} title @param {string} unit */
  retitle(title, unit) {
    Object.assign(this.spec, { title, unit });
    this.heading.title.textContent = title;
    this.heading.unit.textContent = unit;
    this.svg.setAttribute("aria-label", title);
    for (const button of this.figure.querySelectorAll(".keep button")) button.setAttribute("aria-label", `${title}: ${button.textContent}`);
  }

  /** @param {Picture} picture */
  draw(picture) {
    this.picture = picture;
    const width = Math.max(200, picture.width ?? this.figure.clientWidth);
    const height = this.spec.height;
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink").trim();
    const soft = style.getPropertyValue("--soft").trim();
    const faint = style.getPropertyValue("--faint").trim();
    const page = style.getPropertyValue("--panel").trim();
    const right = 12 + 7.6 * Math.max(...picture.lines.filter((line) => line.label).map((line) => line.label.length), 4);
    const across = width - LEFT - right;
    const down = height - TOP - BOTTOM;
    const [low, high] = this.span(picture);
    const step = roundStep(high - low, 4);
    const x = (/** @type {number} */ month) => LEFT + (month / picture.months) * across;
    const y = (/** @type {number} */ value) => TOP + (1 - (value - low) / (high - low)) * down;
    this.scale = { x, y, across, low, high, down };

    const parts = [element("rect", { x: 0, y: 0, width, height, fill: page })];
    for (const phase of picture.phases) {
      const from = x(phase.from);
      const wide = x(Math.min(phase.to, picture.months)) - from;
      if (wide <= 0) continue;
      parts.push(element("rect", { x: from, y: TOP, width: wide, height: down, fill: ink, "fill-opacity": phase.shade }));
      if (wide > LETTER * phase.name.length + 4 && height > 200) {
        parts.push(element("text", { x: from + 4, y: TOP + 12, fill: soft, "font-size": 11, "font-family": "system-ui, sans-serif" }, phase.name));
      }
    }
    if (picture.zone) {
      parts.push(element("rect", { x: LEFT, y: y(picture.zone[1]), width: across, height: y(picture.zone[0]) - y(picture.zone[1]), fill: ink, "fill-opacity": 0.08 }));
      const roomy = y(picture.zone[0]) - y(picture.zone[1]) > 36;
      parts.push(element("text", { x: LEFT + 4, y: roomy ? y(picture.zone[0]) - 5 : y(picture.zone[1]) - 4, fill: soft, "font-size": 11, "font-family": "system-ui, sans-serif" }, picture.zoneText));
    }
    for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + 1e-9; value += step) {
      const zero = Math.abs(value) < step / 1000;
      parts.push(element("line", { x1: LEFT, x2: LEFT + across, y1: y(value), y2: y(value), stroke: zero && picture.zero ? ink : faint, "stroke-width": 1 }));
      parts.push(element("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end", fill: soft, "font-size": 11, "font-family": "system-ui, sans-serif" }, written(zero ? 0 : value, step)));
    }
    const every = [picture.months > 120 ? 30 : 12, 24, 60, 120].find((own) => (own / picture.months) * across >= MONTH_ROOM) ?? 120;
    for (let month = 0; month <= picture.months; month += every) {
      parts.push(element("text", { x: x(month), y: height - 5, "text-anchor": "middle", fill: soft, "font-size": 11, "font-family": "system-ui, sans-serif" }, String(month)));
    }
    parts.push(element("text", { x: 4, y: height - 5, fill: soft, "font-size": 11, "font-family": "system-ui, sans-serif" }, this.spec.words.month));
    for (const mark of picture.marks ?? []) {
      const line = element("line", { x1: x(mark.month), x2: x(mark.month), y1: TOP, y2: TOP + down, stroke: ink, "stroke-dasharray": "2 3", "stroke-width": 1 });
      line.append(element("title", {}, mark.text));
      parts.push(line);
    }
    parts.push(element("line", { x1: x(picture.now), x2: x(picture.now), y1: TOP, y2: TOP + down, stroke: ink, "stroke-width": 1, "stroke-opacity": 0.5 }));
    for (const { low: under, high: over, colour, opacity } of bandsOf(picture, ink)) {
      const months = [...over.keys()].filter((month) => Number.isFinite(over[month]) && Number.isFinite(under[month]));
      if (months.length < 2) continue;
      const edge = (/** @type {number[]} */ values) => months.map((month) => `${x(month).toFixed(1)} ${y(values[month]).toFixed(1)}`);
      parts.push(element("path", { d: `M${[...edge(over), ...edge(under).reverse()].join("L")}Z`, fill: colour, "fill-opacity": opacity }));
    }
    const labels = [];
    for (const line of picture.lines) {
      const path = pathOf(line.values, x, y);
      if (path) {
        parts.push(element("path", { d: path, fill: "none", stroke: line.colour, "stroke-width": line.thin ? 0.7 : 2, "stroke-opacity": line.thin ? 0.45 : 1,
          "stroke-linejoin": "round", ...(line.dashed ? { "stroke-dasharray": "5 3" } : {}) }));
      }
      const last = lastNumber(line.values);
      if (line.label && last >= 0) labels.push({ at: y(line.values[last]), x: x(last) + 5, line });
    }
    spread(labels, TOP + 6, TOP + down, 13);
    for (const { at, x: from, line } of labels) {
      parts.push(element("text", { x: Math.min(from, LEFT + across + 5), y: at + 4, fill: line.colour, "font-size": 12, "font-weight": 600, "font-family": "system-ui, sans-serif",
        stroke: page, "stroke-width": 3, "paint-order": "stroke" }, line.label));
    }
    this.hair = element("g", {});
    parts.push(this.hair);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", String(width));
    this.svg.setAttribute("height", String(height));
    this.svg.replaceChildren(...parts);
    if (!this.table.hidden) this.fillTable();
    if (this.pointed === null) this.announce(picture.now);
    else this.pointAt(Math.min(this.pointed, picture.months));
  }

  /** @param {Picture} picture @returns {[number, number]} */
  span(picture) {
    let low = picture.floor ? picture.floor[0] : Infinity;
    let high = picture.floor ? picture.floor[1] : -Infinity;
    const all = picture.lines.map((line) => line.values);
    for (const band of bandsOf(picture, "")) all.push(band.low, band.high);
    for (const values of all) {
      for (const value of values) {
        if (!Number.isFinite(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (!Number.isFinite(low)) return [0, 1];
    if (picture.zero) { low = Math.min(low, 0); high = Math.max(high, 0); }
    const pad = Math.max((high - low) * 0.08, 1e-9);
    return high - low < 1e-9 ? [low - 0.01, high + 0.01] : [low - pad, high + pad];
  }

  /** @param {PointerEvent} event */
  point(event) {
    if (!this.picture || !this.scale) return;
    const box = this.svg.getBoundingClientRect();
    const month = Math.round(((event.clientX - box.left - LEFT) / this.scale.across) * this.picture.months);
    if (month < 0 || month > this.picture.months) this.unpoint();
    else this.pointAt(month);
  }

  /** @param {KeyboardEvent} event */
  pointByKey(event) {
    if (!this.picture) return;
    const { months, now } = this.picture;
    const here = this.pointed ?? now;
    const there = { ArrowLeft: here - 1, ArrowRight: here + 1, ArrowDown: here - 1, ArrowUp: here + 1, PageDown: here - YEAR, PageUp: here + YEAR, Home: 0, End: months }[event.key];
    if (there === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.pointAt(Math.min(months, Math.max(0, there)));
  }

  /** Show a month's exact values, to the eye and to a screen reader. @param {number} month */
  pointAt(month) {
    if (!this.picture || !this.scale || !this.hair) return;
    const { picture, scale } = this;
    this.pointed = month;
    const at = scale.x(month);
    const named = picture.lines.filter((line) => line.label);
    this.hair.replaceChildren(
      element("line", { x1: at, x2: at, y1: TOP, y2: TOP + scale.down, stroke: "currentColor", "stroke-width": 1 }),
      ...named.filter((line) => Number.isFinite(line.values[month]))
        .map((line) => element("circle", { cx: at, cy: scale.y(line.values[month]), r: 3.5, fill: line.colour })),
    );
    const title = document.createElement("strong");
    title.textContent = `${this.spec.words.month} ${month}`;
    const rows = named.map((line) => {
      const row = document.createElement("div");
      row.textContent = `${line.label}: ${exact(line.values[month]) || "–"}`;
      row.style.color = line.colour;
      return row;
    });
    this.tip.replaceChildren(title, ...rows);
    this.tip.hidden = false;
    const left = at > scale.x(picture.months) / 2;
    this.tip.style.left = left ? "" : `${at + 12}px`;
    this.tip.style.right = left ? `${this.figure.clientWidth - at + 12}px` : "";
    this.tip.style.top = `${this.svg.offsetTop + 14}px`;
    this.announce(month);
  }

  /** @param {number} month */
  announce(month) {
    if (!this.picture) return;
    const values = this.picture.lines.filter((line) => line.label).map((line) => `${line.label}: ${exact(line.values[month]) || "–"}`);
    for (const [name, value] of Object.entries({ valuemin: 0, valuemax: this.picture.months, valuenow: month, valuetext: [`${this.spec.words.month} ${month}`, ...values].join("; ") })) {
      this.svg.setAttribute(`aria-${name}`, String(value));
    }
  }

  unpoint() {
    this.pointed = null;
    this.hair?.replaceChildren();
    this.tip.hidden = true;
  }

  toggleTable() {
    this.table.hidden = !this.table.hidden;
    if (!this.table.hidden) this.fillTable();
  }

  fillTable() {
    const table = document.createElement("table");
    for (const [number, row] of this.rows().entries()) {
      const tr = document.createElement("tr");
      for (const cell of row) {
        const td = document.createElement(number === 0 ? "th" : "td");
        td.textContent = cell;
        tr.append(td);
      }
      table.append(tr);
    }
    this.table.replaceChildren(table);
  }

  /** @returns {string[][]} */
  rows() {
    if (!this.picture) return [];
    const lines = this.picture.columns ?? this.picture.lines.filter((line) => line.label);
    const months = Math.max(0, ...lines.map((line) => line.values.length));
    return [
      [this.spec.words.month, ...lines.map((line) => line.label)],
      ...Array.from({ length: months }, (_, month) => [String(month), ...lines.map((line) => exact(line.values[month]))]),
    ];
  }

  saveCsv() {
    const quoted = this.rows().map((row) => row.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell.replace("\u2212", "-"))).join(","));
    save(new Blob([`${quoted.join("\n")}\n`], { type: "text/csv" }), `${this.spec.file}.csv`);
  }

  /** @returns {string} */
  source() {
    const copy = /** @type {SVGSVGElement} */ (this.svg.cloneNode(true));
    copy.setAttribute("xmlns", NAMESPACE);
    for (const { name } of [...copy.attributes]) if (name.startsWith("aria-") || name === "tabindex" || name === "role") copy.removeAttribute(name);
    copy.prepend(element("title", {}, `${this.spec.title} (${this.spec.unit})`));
    return new XMLSerializer().serializeToString(copy);
  }

  saveSvg() {
    save(new Blob([this.source()], { type: "image/svg+xml" }), `${this.spec.file}.svg`);
  }

  savePng() {
    const image = new Image();
    const address = URL.createObjectURL(new Blob([this.source()], { type: "image/svg+xml" }));
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = image.width * 2;
      canvas.height = image.height * 2;
      canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob((blob) => blob && save(blob, `${this.spec.file}.png`));
    };
    image.src = address;
  }
}

/** @param {Picture} picture @param {string} ink @returns {Band[]} */
function bandsOf({ band, bands, lines }, ink) {
  return [...(band ? [{ ...band, colour: lines[0]?.colour ?? ink, opacity: 0.18 }] : []), ...(bands ?? [])];
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** @param {number | undefined} value */
function exact(value) {
  return value === undefined || !Number.isFinite(value) ? "" : String(Number(value.toPrecision(6))).replace("-", "\u2212");
}

/** @param {number[]} values */
function lastNumber(values) {
  for (let at = values.length - 1; at >= 0; at--) if (Number.isFinite(values[at])) return at;
  return -1;
}

/**
 * @param {number[]} values
 * @param {(month: number) => number} x
 * @param {(value: number) => number} y
 */
function pathOf(values, x, y) {
  let path = "";
  let pen = "M";
  for (let month = 0; month < values.length; month++) {
    if (!Number.isFinite(values[month])) { pen = "M"; continue; }
    path += `${pen}${x(month).toFixed(1)} ${y(values[month]).toFixed(1)}`;
    pen = "L";
  }
  return path;
}

/**
 * Move labels apart until none covers another.
 * @param {{at: number}[]} labels
 * @param {number} top
 * @param {number} bottom
 * @param {number} room
 */
function spread(labels, top, bottom, room) {
  labels.sort((a, b) => a.at - b.at);
  for (const [i, label] of labels.entries()) label.at = Math.max(label.at, i ? labels[i - 1].at + room : top);
  for (let i = labels.length - 1; i >= 0; i--) {
    labels[i].at = Math.min(labels[i].at, i === labels.length - 1 ? bottom : labels[i + 1].at - room);
  }
}
