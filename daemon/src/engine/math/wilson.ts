/** Wilson score interval: a rate's bound that stays honest with few observations. */
import { clampUnit } from './clamp.ts';

/** Lower bound of the rate behind `hits` of `total`, one-sided at the standard normal quantile `z` > 0; 0 without data. */
export function wilsonLowerBound(hits: number, total: number, z: number): number {
  if (!(total > 0)) return 0;
  const rate = clampUnit(hits / total);
  const z2 = z * z;
  const centre = rate + z2 / (2 * total);
  const spread = z * Math.sqrt((rate * (1 - rate)) / total + z2 / (4 * total * total));
  return clampUnit((centre - spread) / (1 + z2 / total));
}
