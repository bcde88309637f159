/** What every policy of the comparison is: it sees loads, sizes of prompts and how calls ended, never the law. */
import type { Randomness } from '../../base/randomness.ts';

/** What is known of a call when a route must be chosen for it. */
export interface Arrival {
  readonly id: number;
  readonly conversation: number;
  readonly input: number;
  readonly nowS: number;
}

export interface Load {
  /** Calls on the route, those that wait for a slot among them. */
  readonly inFlight: number;
  readonly slots: number;
}

export interface Ended {
  readonly id: number;
  readonly conversation: number;
  readonly route: number;
  readonly input: number;
  /** As the route reports them. */
  readonly cached: number;
  readonly output: number;
  readonly queueS: number;
  readonly serviceS: number;
  readonly failed: boolean;
  readonly nowS: number;
}

export interface Policy {
  /** The position of the chosen route in `loads`. */
  choose(arrival: Arrival, loads: readonly Load[]): number;
  /** The call got its slot. */
  started?(id: number, nowS: number): void;
  ended?(call: Ended): void;
}

export type CreatePolicy = (random: Randomness) => Policy;

/** The position of the lowest value; of equal ones a random one, so that no route is preferred for its place. */
export function argmin(values: readonly number[], random: Randomness): number {
  let best = 0;
  let ties = 1;
  for (let at = 1; at < values.length; at += 1) {
    if (values[at]! < values[best]!) {
      best = at;
      ties = 1;
    } else if (values[at] === values[best]) {
      ties += 1;
      if (random.uniform() * ties < 1) best = at;
    }
  }
  return best;
}

export function latencyS({ queueS, serviceS }: Ended): number {
  return queueS + serviceS;
}
