/**
 * Quantiles of the Beta distribution by Carter's approximation (Abramowitz and Stegun 26.5.22): tens of nanoseconds
 * where an exact inverse takes microseconds, and a decision needs a hundred of them. For shapes of at least 2
 * it stays within 0.005 of the exact quantile between 5 % and 95 % (a test compares); below that it is too rough.
 */
import { clampUnit } from './clamp.ts';

/**
 * Quantile of Beta(`a`, `b`) at the standard normal quantile `z` (-1.645: the 5 % lower bound).
 * @param a prior and counted successes, at least 2
 * @param b prior and counted failures, at least 2
 */
export function betaQuantile(a: number, b: number, z: number): number {
  const alpha = 1 / (2 * b - 1);
  const beta = 1 / (2 * a - 1);
  const h = 2 / (alpha + beta);
  const lambda = (z * z - 3) / 6;
  const w = (-z * Math.sqrt(h + lambda)) / h - (alpha - beta) * (lambda + 5 / 6 - 2 / (3 * h));
  return clampUnit(a / (a + b * Math.exp(2 * w)));
}
