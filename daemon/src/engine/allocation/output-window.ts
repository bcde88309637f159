/**
 * How long answers get: the newest output sizes of one kind of task on one model. Holding the most a model may write
 * starves everybody (24 to 76 % of a limit used), holding nothing overshoots; a high quantile does neither.
 */
import { allocation } from '../config/allocation.ts';

/**
 * Output tokens of finished calls, at most `outputWindow` of them. Every call asks for a quantile and every answer adds a
 * size, so they are kept in order of size as well as of age.
 */
export class OutputWindow {
  /** Newest last, but for the turn at `#oldest`. */
  readonly #sizes: number[] = [];
  readonly #bySize: number[] = [];
  /** Where the oldest stands, once the window is full. */
  #oldest = 0;

  /** `sizes`: newest last; older ones than fit are left out. */
  static of(sizes: readonly number[]): OutputWindow {
    const window = new OutputWindow();
    for (const size of sizes.slice(-allocation.outputWindow)) window.#put(size);
    return window;
  }

  get length(): number {
    return this.#sizes.length;
  }

  /** Newest last. */
  sizes(): readonly number[] {
    return [...this.#sizes.slice(this.#oldest), ...this.#sizes.slice(0, this.#oldest)];
  }

  toJSON(): readonly number[] {
    return this.sizes();
  }

  /**
   * One more answer. A shortened one was going to be longer, so it counts as longer: with its bare size a cap at a quantile
   * would cut the very values it is made of and shrink for ever.
   */
  add(outputTokens: number, wasShortened: boolean): void {
    this.#put(Math.max(0, Math.ceil(outputTokens)) * (wasShortened ? allocation.shortenedGrowth : 1));
  }

  /** By the nearest rank; 0 of nothing. */
  quantile(share: number): number {
    return this.#bySize[Math.max(0, Math.ceil(share * this.#bySize.length) - 1)] ?? 0;
  }

  /** How many are at most so long. */
  countUpTo(size: number): number {
    return placeAbove(this.#bySize, size);
  }

  #put(size: number): void {
    if (this.#sizes.length < allocation.outputWindow) {
      this.#sizes.push(size);
    } else {
      this.#bySize.splice(placeAbove(this.#bySize, this.#sizes[this.#oldest] ?? 0) - 1, 1);
      this.#sizes[this.#oldest] = size;
      this.#oldest = (this.#oldest + 1) % this.#sizes.length;
    }
    this.#bySize.splice(placeAbove(this.#bySize, size), 0, size);
  }
}

/** Index of the first that is larger. */
function placeAbove(ascending: readonly number[], size: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] ?? Infinity) > size) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Tokens to hold of a rate for the next answer. */
export function outputTokensNeeded(window: OutputWindow): number {
  const high = window.quantile(allocation.outputQuantile);
  return window.length < allocation.outputColdCalls ? Math.max(high, allocation.outputColdTokens) : high;
}

/**
 * The longest answer to allow where every token is paid from a budget that must hold. A window that is not full is mostly
 * of answers that were done first, the short ones: until then the cap is not lowered.
 */
export function outputTokensCap(window: OutputWindow): number {
  const high = window.quantile(allocation.capQuantile);
  const least = window.length < allocation.outputWindow ? allocation.outputColdTokens : 0;
  return Math.ceil(Math.max(high, least) * allocation.capFactor);
}

/** Share of answers, 0 to 1, that would not fit into `maxTokens`; before any answer 1, as nothing is known. */
export function shareLongerThan(window: OutputWindow, maxTokens: number): number {
  if (window.length === 0) return 1;
  return (window.length - window.countUpTo(maxTokens)) / window.length;
}
