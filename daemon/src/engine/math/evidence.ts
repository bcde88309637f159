/**
 * Cumulative sum tests (Page 1954): evidence for a change adds up, evidence against it takes away, and the sum never
 * falls below zero. Of all tests with the same rate of false alarms they notice a lasting change soonest (Lorden,
 * Moustakides). Values, not objects: a sum can be stored as JSON.
 *
 * The step says what an observation is worth; which step fits depends on what is observed. Crossing the threshold is
 * for the caller to see: `sum >= threshold`.
 */

export interface Evidence {
  /** At least 0. */
  readonly sum: number;
  /** Observations since the sum was last zero: what the evidence consists of. */
  readonly observations: number;
  /** When the first of them was made; null while there is none. */
  readonly sinceMs: number | null;
}

export const noEvidence: Evidence = { sum: 0, observations: 0, sinceMs: null };

/** Takes one observation's step into the sum. A step that is no number counts as 0. */
export function accumulate(cusum: Evidence, step: number, atMs: number): Evidence {
  const sum = cusum.sum + (Number.isFinite(step) ? step : 0);
  if (sum <= 0) return noEvidence;
  return { sum, observations: cusum.observations + 1, sinceMs: cusum.sinceMs ?? atMs };
}

/**
 * Log-likelihood ratio of one yes/no observation: for the rate `changed` against the rate `usual`, in nats. Both within
 * (0, 1).
 */
export function bernoulliStep(happened: boolean, usual: number, changed: number): number {
  return happened ? Math.log(changed / usual) : Math.log((1 - changed) / (1 - usual));
}

/**
 * A standardised observation less the drift that is tolerated; clipped, so that one wild value proves nothing.
 * @param z in standard deviations above the usual
 */
export function shiftStep(z: number, drift: number, clip: number): number {
  return Math.max(-clip, Math.min(clip, z)) - drift;
}
