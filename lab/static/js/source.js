// Where months come from: a line to worlds that live, or a recording. Both answer the same questions.

/**
 * @typedef {{type: string, id: number, parts?: number[], [key: string]: any}} Head
 * @typedef {{head: Head, parts: Uint8Array[]}} Answer
 * @typedef {{ask: (type: string, content?: object) => Promise<Answer>}} Source rejects with one of the errors below
 */

/** There is nobody to ask at the moment. */
export class LineLost extends Error {}
/** What was asked for is not allowed; the text says what is. */
export class Refusal extends Error {}
/** The model has failed. */
export class Failure extends Error {}
