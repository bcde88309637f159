/**
 * A moving average over event time: each observation loses half its weight every half-life, however many come in
 * between. Values, not objects: `observe` returns a new one, and it can be stored as JSON.
 */

export interface DecayedMean {
  readonly value: number;
  /** Weight of all observations together, each worth 1 when new. */
  readonly mass: number;
  readonly atMs: number;
}

/** Folds in one observation. An event older than the last one counts as simultaneous: clocks do step back. */
export function observe(
  mean: DecayedMean | null,
  value: number,
  atMs: number,
  halfLifeMs: number,
): DecayedMean {
  if (mean === null) return { value, mass: 1, atMs };
  const mass = massAt(mean, atMs, halfLifeMs) + 1;
  return { value: mean.value + (value - mean.value) / mass, mass, atMs: Math.max(mean.atMs, atMs) };
}

/** What the observations are still worth at `atMs`. */
export function massAt(mean: DecayedMean, atMs: number, halfLifeMs: number): number {
  return mean.mass * 2 ** (-Math.max(0, atMs - mean.atMs) / halfLifeMs);
}
