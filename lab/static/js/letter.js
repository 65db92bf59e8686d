// The letter home that a citizen would write this month, composed from their state and nothing else.

/**
 * @typedef {{number: number, camp: number, kinship: number, region: string, initial_loyalty: number,
 *   ties: {present: boolean}[], state: Record<string, any>, life: Record<string, any>}} Citizen
 */

/** @param {number} share */
const percent = (share) => `${Math.abs(Math.round(share * 100))} %`;

/**
 * @param {Citizen} citizen
 * @param {number} month
 * @returns {string[]} paragraphs
 */
export function letter(citizen, month) {
  const now = citizen.state;
  const greeting = citizen.camp === 0 ? "Dear cousin," : "Dear brother,";
  if (!now.present) {
    const left = leftIn(citizen);
    return [
      greeting,
      `I have been gone since month ${left}. The flat is small and nobody here asks what I think.`,
      now.loyalty < citizen.initial_loyalty - 0.02
        ? "When I left I no longer felt that the country was mine. I do not say that to everyone."
        : "I did not leave in anger. I still look at the weather there every morning.",
      "Write to me here.",
    ];
  }
  return [greeting, welfare(citizen), fairness(citizen), fear(citizen), street(now), speech(now), friends(citizen), heart(citizen, month), "Yours"]
    .filter((line) => line !== "");
}

/** @param {Citizen} citizen */
function leftIn(citizen) {
  const at = citizen.life.present.indexOf(false);
  return at < 0 ? "?" : citizen.life.months[at];
}

/** @param {Citizen} citizen */
function welfare({ state, camp }) {
  const own = state.welfare;
  const against = own - state.kin_welfare;
  const money = own > 0.01 ? `We have about ${percent(Math.exp(own) - 1)} more to live on than before.`
    : own < -0.01 ? `We have about ${percent(1 - Math.exp(own))} less to live on than before.`
    : "Money is as it was.";
  if (camp !== 0) return money;
  const kin = against > 0.02 ? " From what you write and from what television shows, we live better than you do now."
    : against < -0.02 ? " Television says that you live better and better over there; next to that we have fallen behind."
    : " As far as I can tell you and we live as we always did beside each other.";
  return money + kin;
}

/** @param {Citizen} citizen */
function fairness({ state: now, life }) {
  if (now.injustice_memory > 0.05 && !now.sanctioned) {
    return life.unjustly.includes(true) ? "They fined me for nothing I had done, and I have not forgotten it."
      : "They fined me for a ribbon, and I have not forgotten it.";
  }
  if (now.fairness > 0.02) return "At the office they took my papers without a present this time, and the judge heard both sides.";
  if (now.fairness < -0.02) return "They promise fair courts on every wall, and at the counter nothing has changed.";
  return "";
}

/** @param {Citizen} citizen */
function fear({ state, camp }) {
  const group = camp === 0 ? "people like us" : "our own people";
  if (state.threat > 0.35) return `I am afraid. I think that ${group} are being pushed out of this country.`;
  if (state.threat > 0.25) return `I ask myself more often whether ${group} have a place here.`;
  return state.threat < 0.15 ? "I sleep well." : "";
}

/** @param {Record<string, any>} now */
function street(now) {
  const lines = [];
  if (now.harassed) lines.push("This month somebody shouted at me in the street and spat.");
  if (now.sanctioned) lines.push(now.unjustly ? "I was fined this month, and nobody could tell me what for." : "The police took the ribbon off my car and wrote a fine.");
  if (!lines.length && now.hostility_seen > 0.22) lines.push("Neighbours who used to greet me look away.");
  return lines.join(" ");
}

/** @param {Record<string, any>} now */
function speech(now) {
  if (now.falsified > 0.15) return "At work I say what they want to hear, louder than the others. You know what I think.";
  if (now.falsified > 0.05) return "In public I praise more than I mean. One gets used to it; that worries me.";
  if (now.shown === 2) return "I still have your flag in the window.";
  if (now.shown === 1) return "We put up our own flag for the holiday, because we wanted to.";
  return "I say what I think, when anybody asks.";
}

/** @param {Citizen} citizen */
function friends({ ties }) {
  const gone = ties.filter((tie) => !tie.present).length;
  if (gone === 0) return "";
  return gone === 1 ? "One of my friends has left the country." : `${gone} of my friends have left the country.`;
}

/** @param {Citizen} citizen @param {number} month */
function heart({ state, initial_loyalty: start }, month) {
  if (month === 0) return "This is my home.";
  const change = state.loyalty - start;
  if (change > 0.02) return "If you ask whether this is my country: yes, more than it was.";
  if (change < -0.06) return "If you ask whether this is my country: less than it was. That makes me sad.";
  if (change < -0.02) return "If you ask whether this is my country: a little less than it was.";
  return "If you ask whether this is my country: as it always was.";
}
