/**
 * A posterior as equally likely values. Drawing from a finite grid makes the chance of each outcome a finite sum, so
 * propensities are exact for the draw that is made, not estimates of it.
 *
 * The grid is the normal distribution that has the very mean and variance of the Beta's log-odds (digamma and trigamma
 * differences), read at the midpoints of equal shares and mapped back. It is defined for any positive shapes, and
 * close to the Beta from shapes of 1 on, where approximations of its quantile are still too rough.
 */
import type { QualityFacts } from '../../model/route.ts';

/** Standard normal quantiles at (16.5 .. 31.5) / 32; the lower half is their mirror image. */
const upperHalf = [
  0.039176085504, 0.117769874579, 0.197099084294, 0.277690439822, 0.36012989179, 0.445096524986,
  0.53340970624, 0.626099012346, 0.724514383492, 0.830510878205, 0.946781756301, 1.077515567041,
  1.229858759217, 1.417797137996, 1.67593972277, 2.153874694062,
] as const;
const normalGrid = [...upperHalf.map((z) => -z).reverse(), ...upperHalf];

export const gridSize = normalGrid.length;

/** Values in 0..1, rising. */
export function posteriorGrid({ alpha, beta }: QualityFacts): readonly number[] {
  const centre = digamma(alpha) - digamma(beta);
  const spread = Math.sqrt(trigamma(alpha) + trigamma(beta));
  return normalGrid.map((z) => 1 / (1 + Math.exp(-(centre + spread * z))));
}

/** Recurrence up to 6, then the asymptotic series: within 1e-8, far below what a grid of 32 can show. */
function digamma(shape: number): number {
  let x = positive(shape);
  let sum = 0;
  for (; x < 6; x += 1) sum -= 1 / x;
  const f = 1 / (x * x);
  return sum + Math.log(x) - 0.5 / x - f * (1 / 12 - f * (1 / 120 - f * (1 / 252 - f / 240)));
}

function trigamma(shape: number): number {
  let x = positive(shape);
  let sum = 0;
  for (; x < 6; x += 1) sum += 1 / (x * x);
  const f = 1 / (x * x);
  return sum + 1 / x + f / 2 + (f / x) * (1 / 6 - f * (1 / 30 - f * (1 / 42 - f / 30)));
}

/** Shapes that are no positive number become the least informed one that still can be drawn from. */
function positive(shape: number): number {
  return shape > 1e-3 ? Math.min(shape, 1e12) : 1e-3;
}
