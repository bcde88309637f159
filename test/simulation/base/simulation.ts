/**
 * A run in virtual time: an event heap, a clock that jumps from event to event, and randomness from one seed. Nothing
 * waits, nothing reads the machine's clock: the same seed gives the same run, and days pass in milliseconds.
 */
import type { Clock } from '@task-router/daemon/engine';
import { EventHeap } from './event-heap.ts';
import { Randomness } from './randomness.ts';

export class Simulation {
  readonly random: Randomness;
  readonly #heap = new EventHeap<() => void>();
  #nowMs = 0;

  constructor(seed: number) {
    this.random = new Randomness(seed);
  }

  /** Virtual time, as the engine's port: it starts at 0 and never goes back. */
  get clock(): Clock {
    return { nowMs: () => this.#nowMs };
  }

  /** Runs `action` after a delay in ms; actions of one instant run in the order in which they were asked for. */
  after(delayMs: number, action: () => void): void {
    if (!(delayMs >= 0)) throw new RangeError(`nothing happens ${delayMs} ms from now`);
    this.#heap.push(this.#nowMs + delayMs, action);
  }

  /** Runs until nothing is left, or until the given time; later events stay for the next call. */
  run(untilMs = Infinity): void {
    for (let atMs = this.#heap.nextAtMs; atMs !== null && atMs <= untilMs; atMs = this.#heap.nextAtMs) {
      this.#nowMs = atMs;
      this.#heap.pop()?.event();
    }
    if (untilMs !== Infinity) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }
}
