// The page of the living laboratory.

import { Laboratory } from "./laboratory.js";

const answer = await fetch("/catalogue.json");
export const laboratory = new Laboratory(await answer.json());
