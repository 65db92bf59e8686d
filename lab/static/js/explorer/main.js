// The explorer's page: from disk with its data written into it, or served beside the laboratory.

import { byId } from "../dom.js";
import { Explorer } from "./explorer.js";
import { readResults } from "./results.js";
import { texts } from "./texts.js";

/** @type {Explorer | undefined} */
export let explorer;

try {
  const results = await readResults();
  explorer = new Explorer(results, document.getElementById("results") === null);
} catch (error) {
  const notice = byId("notice");
  notice.hidden = false;
  notice.textContent = texts.broken + (error instanceof Error ? error.message : String(error));
  throw error;
}
