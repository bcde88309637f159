/**
 * Figures over random seeds: medians, with 95 % intervals from the bootstrap. Resampling takes whole seeds, so what
 * was measured on one seed (two policies in the same world) stays together, and a ratio is paired.
 */
import { Randomness } from './randomness.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 2_000;
/** The same for every figure: an interval is a function of the data alone. */
const bootstrapSeed = 95;

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values, no median');
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1]!;
  return sorted.length % 2 === 1 ? upper : (upper + sorted[(sorted.length >> 1) - 1]!) / 2;
}

/** `statistic` over the seeds' results, with the bootstrap's 2.5 % and 97.5 % quantiles. */
export function bootstrap<Result>(
  results: readonly Result[],
  statistic: (sample: readonly Result[]) => number,
): Interval {
  const random = new Randomness(bootstrapSeed);
  const values = Array.from({ length: resamples }, () =>
    statistic(results.map(() => results[random.index(results.length)]!)),
  ).sort((a, b) => a - b);
  return {
    value: statistic(results),
    low: values[Math.floor(resamples * 0.025)]!,
    high: values[Math.ceil(resamples * 0.975) - 1]!,
  };
}
