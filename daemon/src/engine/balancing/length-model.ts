/**
 * How long a call takes, from its length: `a + b·output + c·uncached input + d·input`, fitted for each route by recursive
 * least squares with forgetting. Length explains most of a call's time, so every comparison of routes goes through it.
 *
 * The fit is of factors on start coefficients. They are believed to differ together first (a slow server is slow in
 * everything) and one by one second, so a route's speed is known after a few calls. Errors are relative, and an outlier
 * counts no more than a bounded share: a brown-out of minutes is left to the slowness and does not bend the law.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every position is below the length of arrays made together */
import { balance } from '../config/balancing.ts';
import { clamp } from '../math/clamp.ts';
import type { CallLength, LengthCoefficients, LengthModel } from './model.ts';

const size = 4;

/** What a prediction needs of a law: its covariance is for fitting alone. */
export type PredictingLaw = Pick<LengthModel, 'start' | 'factors'>;

const unfittedFactors: readonly number[] = [1, 1, 1, 1];

/** The start coefficients as they are. A start that is negative or no number becomes the default. */
export function unfittedLaw(start: LengthCoefficients = balance.coefficients): PredictingLaw {
  if (start.every(isUsable)) return { start, factors: unfittedFactors };
  const usable = start.map((value, at) => (isUsable(value) ? value : balance.coefficients[at]));
  return { start: usable as unknown as LengthCoefficients, factors: unfittedFactors };
}

function isUsable(coefficient: number): boolean {
  return coefficient >= 0 && coefficient < 1e6;
}

/** A law ready to be fitted. */
export function initialLaw(start?: LengthCoefficients): LengthModel {
  const together = balance.speedDoubt ** 2;
  const each = balance.coefficientDoubt ** 2;
  return {
    ...unfittedLaw(start),
    covariance: Array.from({ length: size * size }, (_, at) => together + (at % (size + 1) === 0 ? each : 0)),
  };
}

/** Milliseconds of one call as fitted, at least 1 and finite. */
export function predictedMs(law: PredictingLaw, length: CallLength): number {
  const { start, factors } = law;
  const [first, perOutput, perUncached, perInput] = start;
  const { inputTokens, cachedTokens, outputTokens } = length;
  const seconds =
    factors[0]! * first +
    factors[1]! * perOutput * outputTokens +
    factors[2]! * perUncached * Math.max(0, inputTokens - cachedTokens) +
    factors[3]! * perInput * inputTokens;
  return clamp(1_000 * seconds, 1, balance.maxMs);
}

/** Folds in one finished call; the caller sees to it that time and length are sound. Loops, as it runs after every call. */
export function observeLength(law: LengthModel, length: CallLength, tookMs: number): LengthModel {
  const predicted = predictedMs(law, length);
  const direction = contributions(law, length);
  for (let at = 0; at < size; at++) direction[at] = (1_000 * direction[at]!) / predicted;
  const error = clamp(tookMs / predicted - 1, -balance.maxRelativeError, balance.maxRelativeError);
  const spread = [0, 0, 0, 0];
  let doubt = 0;
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let column = 0; column < size; column++)
      sum += law.covariance[row * size + column]! * direction[column]!;
    spread[row] = sum;
    doubt += sum * direction[row]!;
  }
  const total = balance.noiseVariance + doubt;
  return {
    start: law.start,
    factors: law.factors.map((factor, at) =>
      clamp(factor + (spread[at]! * error) / total, balance.minFactor, balance.maxFactor),
    ),
    covariance: forgetting(law.covariance, spread, total),
  };
}

/** Seconds that each coefficient stands for at its start. */
function contributions({ start }: LengthModel, length: CallLength): number[] {
  const { inputTokens, cachedTokens, outputTokens } = length;
  const uncached = Math.max(0, inputTokens - cachedTokens);
  return [start[0], outputTokens * start[1], uncached * start[2], inputTokens * start[3]];
}

/**
 * What is left of the doubt after an observation, a little of it let back in. Where nothing is observed the doubt would
 * grow without end, so it never grows past where it began.
 */
function forgetting(covariance: readonly number[], spread: readonly number[], total: number): number[] {
  const most = balance.speedDoubt ** 2 + balance.coefficientDoubt ** 2;
  const next = covariance.slice();
  for (let at = 0; at < size * size; at++) {
    const row = Math.floor(at / size);
    next[at] = (next[at]! - (spread[row]! * spread[at % size]!) / total) / balance.forgetting;
  }
  const shrink = [1, 1, 1, 1];
  for (let at = 0; at < size; at++) {
    const variance = next[at * (size + 1)]!;
    if (variance > most) shrink[at] = Math.sqrt(most / variance);
  }
  for (let at = 0; at < size * size; at++)
    next[at] = next[at]! * shrink[Math.floor(at / size)]! * shrink[at % size]!;
  return next;
}
