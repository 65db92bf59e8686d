// Making elements in one line, and filling the page with words.

import { texts } from "./texts.js";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties] properties of the element; `class`, `data-*` and `aria-*` are attributes
 * @param {(Node | string | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class" || name.includes("-") || name === "for" || name === "role") made.setAttribute(name, value);
    else Object.assign(made, { [name]: value });
  }
  made.append(...children.filter((child) => child !== null && child !== undefined).map((child) => child ?? ""));
  return made;
}

/** Write a text where another one stands: what has not changed need not be laid out anew. @param {Element} node @param {string} text */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {string} id @returns {any} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

/** Put the words into every element that names some: `data-text` as content, `data-label` as a name for screen readers. */
export function fillWords() {
  const word = (/** @type {Element} */ node, /** @type {string} */ key) => /** @type {any} */ (texts)[node.getAttribute(key) ?? ""];
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = word(node, "data-text");
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node, "data-label"));
}
