// The line to the server: one websocket, requests with numbers, answers as JSON or as frames of bytes.

import { Failure, LineLost, Refusal } from "./source.js";

/** @typedef {import("./source.js").Answer} Answer */

const FIRST_WAIT = 300;
const LONGEST_WAIT = 4000;

export class Link {
  /**
   * @param {() => void} opened called whenever the line stands
   * @param {(text: string | null) => void} lost called when it breaks; with the server's reason, if it gave one
   */
  constructor(opened, lost) {
    this.opened = opened;
    this.lost = lost;
    this.number = 0;
    this.wait = FIRST_WAIT;
    /** @type {Map<number, {resolve: (answer: Answer) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.connect();
  }

  connect() {
    const address = new URL("worlds", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.search = location.search;
    address.hash = "";
    /** @type {string | null} */
    let reason = null;
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.opened();
    };
    socket.onmessage = (event) => {
      const answer = typeof event.data === "string" ? { head: JSON.parse(event.data), parts: [] } : unpacked(event.data);
      if (answer.head.type === "full") reason = answer.head.text;
      this.answered(answer);
    };
    socket.onclose = () => {
      for (const { reject } of this.waiting.values()) reject(new LineLost());
      this.waiting.clear();
      this.lost(reason);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    };
  }

  get standing() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  /**
   * @param {string} type
   * @param {object} content
   * @returns {Promise<Answer>} rejected with `Refusal`, `Failure` or `LineLost`
   */
  ask(type, content = {}) {
    return new Promise((resolve, reject) => {
      if (!this.socket || !this.standing) {
        reject(new LineLost());
        return;
      }
      this.number += 1;
      this.waiting.set(this.number, { resolve, reject });
      this.socket.send(JSON.stringify({ type, id: this.number, ...content }));
    });
  }

  /** @param {Answer} answer */
  answered(answer) {
    const { head } = answer;
    const asked = this.waiting.get(head.id);
    if (!asked) return;
    this.waiting.delete(head.id);
    if (head.type === "refused") asked.reject(new Refusal(head.text));
    else if (head.type === "failed") asked.reject(new Failure(head.text));
    else asked.resolve(answer);
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Answer}
 */
function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  const parts = head.parts.map((/** @type {number} */ size) => {
    const part = new Uint8Array(buffer, at, size);
    at += size + ((8 - (size % 8)) % 8);
    return part;
  });
  return { head, parts };
}
