// The page of a replay: its recording lies in the page itself.

import { byId } from "./dom.js";
import { Recording } from "./recording.js";
import { Replay } from "./replay.js";

const { head, blocks } = JSON.parse(byId("recording").textContent);

export const replay = new Replay(new Recording(head, blocks, (place) => JSON.parse(byId(`block-${place}`).textContent)));
