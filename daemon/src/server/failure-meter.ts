/** Slows down guessing: after ten failed handshakes within a minute each further one waits a second for its answer. */
import type { Clock } from '../engine/index.ts';

const windowMs = 60_000;
const freeFailures = 10;
const penaltyMs = 1_000;

export class FailureMeter {
  readonly #clock: Clock;
  #recent: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a failure and answers how long its answer has to wait, in ms. */
  record(): number {
    const now = this.#clock.nowMs();
    const isSlowed = this.#recent.filter((at) => now - at < windowMs).length >= freeFailures;
    this.#recent = [...this.#recent, now].slice(-freeFailures);
    return isSlowed ? penaltyMs : 0;
  }
}
