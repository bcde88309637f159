/**
 * What ended calls teach, and only the next decision asks for: averages, health, the laws of load distribution. No answer
 * waits for it. It is kept here in the order in which the calls ended, and learned right after the turn in which their
 * outcomes were committed and their ends went out, or sooner: whoever reads what it changes learns it first.
 */
import type { Logger } from '../../platform/logger.ts';

export class Lessons {
  readonly #log: Logger;
  #waiting: (() => void)[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `lesson`: short work. That it failed is logged, and nobody else hears of it. */
  add(lesson: () => void): void {
    // The commit is at the end of this turn of the event loop, so the end of the next one is behind it.
    if (this.#waiting.length === 0) setImmediate(() => void setImmediate(() => this.learn()));
    this.#waiting.push(lesson);
  }

  /** All that wait, in order. Nothing, mostly; and nothing from within a lesson: those before it are learned by then. */
  learn(): void {
    if (this.#waiting.length === 0) return;
    const lessons = this.#waiting;
    this.#waiting = [];
    for (const lesson of lessons) this.#take(lesson);
  }

  #take(lesson: () => void): void {
    try {
      lesson();
    } catch (error) {
      this.#log.error('what a call has taught could not be kept', { error });
    }
  }
}
