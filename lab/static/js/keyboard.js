// The keys of the page.

/**
 * @param {{toggle: () => void, step: (by: number) => void, start: () => void, leave: () => void, undo: () => void}} acts
 */
export function listen(acts) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.tagName === "TEXTAREA" || (target.tagName === "INPUT" && ["number", "search", "text"].includes(/** @type {HTMLInputElement} */ (target).type));
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !typing) { event.preventDefault(); acts.undo(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || ["INPUT", "SELECT", "TEXTAREA", "BUTTON", "SUMMARY"].includes(target.tagName)) return;
    if (event.key === " ") { event.preventDefault(); acts.toggle(); }
    else if (event.key === "," || event.key === "<") acts.step(-1);
    else if (event.key === "." || event.key === ">") acts.step(1);
    else if (event.key === "Home") { event.preventDefault(); acts.start(); }
    else if (event.key === "Escape") acts.leave();
  });
}
