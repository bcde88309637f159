/**
 * Looking around before a decision, for callers that come many times a second: a look of a moment ago is as good as a new
 * one, and those who come during a look share it.
 */
import { performance } from 'node:perf_hooks';

/** A server that was just started or stopped is noticed within this time; a call to one that went is a failover. */
const freshMs = 1_000;

export class BoundedLook {
  readonly #look: () => Promise<void>;
  #lookedAtMs = -Infinity;
  #looking: Promise<void> | null = null;

  /** `look` must not reject. */
  constructor(look: () => Promise<void>) {
    this.#look = look;
  }

  /** null: the last look is fresh. */
  readonly around = (): Promise<void> | null => {
    if (this.#looking !== null) return this.#looking;
    if (performance.now() - this.#lookedAtMs < freshMs) return null;
    this.#looking = this.#look().finally(() => {
      this.#lookedAtMs = performance.now();
      this.#looking = null;
    });
    return this.#looking;
  };
}
