/**
 * The world of the engine's reference table: six unequal routes with slots and a queue each, slowdowns that come and go,
 * prompt caches that forget after five minutes, and a law of how long a call takes that no policy is told. Everything
 * random is drawn from streams of its own, so that on one seed every policy meets the same sessions, slowdowns and noise.
 */
import type { Randomness } from '../base/randomness.ts';
import type { Call } from './traces.ts';

export const routes = [
  { speed: 1.2, slots: 12 },
  { speed: 1, slots: 10 },
  { speed: 1, slots: 10 },
  { speed: 0.8, slots: 8 },
  { speed: 0.6, slots: 6 },
  { speed: 0.5, slots: 6 },
] as const;

/** Seconds of a call: least squares on real calls of one model. */
export const law = { start: 1.69, perOutput: 0.0145, perUncached: 3.7e-5, perInput: 1.1e-5 };
export const cacheTtlS = 300;
/** In prices of one uncached input token. */
export const price = { write: 1.25, read: 0.1, output: 5 } as const;
const noiseSigma = 0.35;

export function lawS({ input, output }: Pick<Call, 'input' | 'output'>, cached: number): number {
  return law.start + law.perOutput * output + law.perUncached * (input - cached) + law.perInput * input;
}

/** Log-normal with mean 1. */
export function noise(random: Randomness): number {
  return Math.exp(random.normal(-(noiseSigma ** 2) / 2, noiseSigma));
}

/** A stretch of time in which a route runs at a fraction of its speed. */
export interface Episode {
  readonly fromS: number;
  readonly toS: number;
  readonly factor: number;
}

const episodes = { meanGapS: 1_800, meanLengthS: 240, factors: [0.25, 0.4, 0.6] } as const;

export function drawEpisodes(random: Randomness, horizonS: number): readonly Episode[] {
  const drawn: Episode[] = [];
  for (let atS = random.exponential(episodes.meanGapS); atS < horizonS;) {
    const toS = atS + random.exponential(episodes.meanLengthS);
    drawn.push({ fromS: atS, toS, factor: episodes.factors[random.index(episodes.factors.length)]! });
    atS = toS + random.exponential(episodes.meanGapS);
  }
  return drawn;
}

/** The speed factor at a time; times must not go back between calls of one `Pace`. */
export class Pace {
  readonly #episodes: readonly Episode[];
  #at = 0;

  constructor(drawn: readonly Episode[]) {
    this.#episodes = drawn;
  }

  factor(nowS: number): number {
    while (this.#at < this.#episodes.length && this.#episodes[this.#at]!.toS <= nowS) this.#at += 1;
    const next = this.#episodes[this.#at];
    return next !== undefined && next.fromS <= nowS ? next.factor : 1;
  }
}

/** What each route's cache holds of one conversation: the part of the prefix that no call since has changed. */
export class ConversationCache {
  readonly #held = routes.map(() => 0);
  readonly #seenS = routes.map(() => -Infinity);
  readonly #isKnown = routes.map(() => false);

  /** A call is under way: whatever a route holds shrinks to the prefix that the call still shares. */
  onCall(cached: number): void {
    for (let route = 0; route < routes.length; route += 1) {
      if (this.#isKnown[route]) this.#held[route] = Math.min(this.#held[route]!, cached);
    }
  }

  hit(route: number, nowS: number): number {
    const isWarm = this.#isKnown[route] === true && nowS - this.#seenS[route]! <= cacheTtlS;
    return isWarm ? this.#held[route]! : 0;
  }

  served(route: number, nowS: number): void {
    this.#isKnown[route] = true;
    this.#held[route] = Infinity;
    this.#seenS[route] = nowS;
  }
}
