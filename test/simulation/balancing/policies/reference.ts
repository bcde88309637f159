/**
 * The reference algorithm of the engine's design, kept beside ours so that its table can be reproduced: expected
 * completion time with a known law, an output estimate of the session, a slowness that decays to 1, the wait of an exact
 * ledger, a credit for what a route's cache holds, and a price for money.
 */
import { cacheTtlS, law, price } from '../world.ts';
import type { Arrival, CreatePolicy, Ended, Load, Policy } from './policy.ts';

export interface ReferenceOptions {
  /** Seconds per 1,000 price units. */
  readonly lambda: number;
  readonly decays: boolean;
}

const slowHalfLifeS = 60;
const slowDecayS = 300;
const leastRemainingS = 0.5;

export function reference(options: ReferenceOptions): CreatePolicy {
  return () => new Reference(options);
}

interface Slow {
  value: number;
  atS: number;
  seen: number;
}

class Reference implements Policy {
  readonly #options: ReferenceOptions;
  #outMean = 300;
  readonly #outs = new Map<number, number>();
  readonly #slow = new Map<number, Slow>();
  readonly #prefixes = new Map<string, { tokens: number; atS: number }>();
  readonly #leases = new Map<number, { route: number; predictedS: number; atS: number }>();

  constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  choose(arrival: Arrival, loads: readonly Load[]): number {
    const { conversation, input, nowS } = arrival;
    const output = this.#outs.get(conversation) ?? this.#outMean;
    const work = loads.map(() => 0);
    for (const { route, predictedS, atS } of this.#leases.values())
      work[route]! += Math.max(leastRemainingS, predictedS - (nowS - atS));
    const candidates = loads.map(({ inFlight, slots }, route) => {
      const held = this.#prefixes.get(`${conversation}/${route}`);
      const cached = held !== undefined && nowS - held.atS <= cacheTtlS ? Math.min(held.tokens, input) : 0;
      const seconds =
        law.start + law.perOutput * output + law.perUncached * (input - cached) + law.perInput * input;
      const predictedS = this.#slowness(route, nowS) * seconds;
      const waitS = inFlight >= slots ? work[route]! / slots : 0;
      const units = price.write * (input - cached) + price.read * cached + price.output * output;
      return { predictedS, score: predictedS + waitS + (this.#options.lambda * units) / 1_000 };
    });
    const scores = candidates.map(({ score }) => score);
    const best = scores.indexOf(Math.min(...scores));
    this.#leases.set(arrival.id, { route: best, predictedS: candidates[best]!.predictedS, atS: nowS });
    return best;
  }

  ended(call: Ended): void {
    const { conversation, route, input, cached, output, serviceS, nowS } = call;
    this.#leases.delete(call.id);
    if (call.failed) return;
    this.#outMean += 0.01 * (output - this.#outMean);
    const known = this.#outs.get(conversation) ?? this.#outMean;
    this.#outs.set(conversation, known + 0.3 * (output - known));
    this.#prefixes.set(`${conversation}/${route}`, { tokens: input, atS: nowS });
    const seconds =
      law.start + law.perOutput * output + law.perUncached * (input - cached) + law.perInput * input;
    const slow = this.#slow.get(route) ?? { value: 1, atS: nowS, seen: 0 };
    const weight = Math.max(slow.seen === 0 ? 0.5 : 0.15, 1 - 2 ** (-(nowS - slow.atS) / slowHalfLifeS));
    const before = this.#slowness(route, nowS);
    const value = before + weight * (serviceS / seconds - before);
    this.#slow.set(route, { value, atS: nowS, seen: slow.seen + 1 });
  }

  #slowness(route: number, nowS: number): number {
    const slow = this.#slow.get(route);
    if (slow === undefined) return 1;
    if (!this.#options.decays) return slow.value;
    return 1 + (slow.value - 1) * Math.exp(-(nowS - slow.atS) / slowDecayS);
  }
}
