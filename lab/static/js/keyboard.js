// The keys of the page.

/**
 * @param {{toggle: () => void, step: (by: number) => void, start: () => void, leave: () => void, undo: () => void}} acts
 */
export function listen(acts) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const kind = target.tagName === "INPUT" ? /** @type {HTMLInputElement} */ (target).type : target.tagName;
    const typing = ["TEXTAREA", "number", "search", "text"].includes(kind);
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !typing) { event.preventDefault(); acts.undo(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing || target.closest("[role=dialog], dialog")) return;
    if (event.key === "," || event.key === "<") acts.step(-1);
    else if (event.key === "." || event.key === ">") acts.step(1);
    else if (event.key === "Escape") acts.leave();
    else if (["BUTTON", "SUMMARY", "SELECT", "checkbox", "radio", "range"].includes(kind)) return; // they have a use for the other keys
    else if (event.key === " ") { event.preventDefault(); acts.toggle(); }
    else if (event.key === "Home") { event.preventDefault(); acts.start(); }
  });
}
