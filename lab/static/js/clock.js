// The clock: which month it is by now, at so many months a second.

export const SPEEDS = [1, 2, 4, 6, 12, 24, 48, Infinity];
export const USUAL_SPEED = 12;

export class Clock {
  constructor() {
    this.playing = false;
    this.speed = USUAL_SPEED;
    this.since = 0;
    this.from = 0;
  }

  /** @param {number} month */
  run(month) {
    this.playing = true;
    this.set(month);
  }

  /** @param {number} month that it is at this moment */
  set(month) {
    this.from = month;
    this.since = performance.now();
  }

  stop() {
    this.playing = false;
  }

  /** @param {number} month the last one shown @param {number} months @returns {number} the month to show now */
  wanted(month, months) {
    if (!this.playing) return month;
    const now = this.speed === Infinity ? month + 1 : Math.floor(this.from + ((performance.now() - this.since) / 1000) * this.speed);
    return Math.min(months, now);
  }
}
