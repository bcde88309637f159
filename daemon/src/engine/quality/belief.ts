/**
 * What is believed of a chance of success: a Beta distribution in its two counts. Counts, not a mean with a confidence
 * beside it, because counts add up: prior, published evidence, neighbours and the user's own outcomes all do.
 */
import { betaQuantile } from '../math/beta.ts';
import { clamp } from '../math/clamp.ts';

/** `good` and `bad` are pseudo-outcomes and need not be whole. */
export interface Belief {
  readonly good: number;
  readonly bad: number;
}

/** Nothing is believed to be certain. */
const surest = 0.99;

/** A belief with this mean (bounded to 0.01..0.99) that weighs as much as `strength` outcomes. */
export function beliefOf(mean: number, strength: number): Belief {
  const chance = clamp(mean, 1 - surest, surest);
  const weight = clamp(strength, 0, 1e6);
  return { good: chance * weight, bad: (1 - chance) * weight };
}

/** Adds evidence. Negative or undefined counts add nothing. */
export function withEvidence(belief: Belief, evidence: Belief): Belief {
  return {
    good: belief.good + clamp(evidence.good, 0, 1e6),
    bad: belief.bad + clamp(evidence.bad, 0, 1e6),
  };
}

/** The same mean with `share` of the weight, 0..1. */
export function weakened(belief: Belief, share: number): Belief {
  const kept = clamp(share, 0, 1);
  return { good: belief.good * kept, bad: belief.bad * kept };
}

/** Mean, 0..1; one half when nothing is believed at all. */
export function meanOf({ good, bad }: Belief): number {
  const weight = good + bad;
  return weight > 0 ? good / weight : 0.5;
}

/** Outcomes' worth of evidence. */
export function strengthOf({ good, bad }: Belief): number {
  return good + bad;
}

/** Quantile at the standard normal quantile `z` (-1.645: lower 5 % bound). Counts below 2 are taken as 2 in sum. */
export function quantileOf(belief: Belief, z: number): number {
  const { good, bad } = belief;
  const least = Math.min(good, bad);
  // The approximation needs shapes of about 2: a weaker belief is widened around its mean instead.
  if (least >= 2) return betaQuantile(good, bad, z);
  const mean = meanOf(belief);
  const spread = Math.sqrt((mean * (1 - mean)) / (strengthOf(belief) + 1));
  return clamp(mean + z * spread, 0, 1);
}
