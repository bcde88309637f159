/**
 * A route's part in the distribution as a fact for selection: what it changes of the plain prediction. Selection scores
 * quality, time, money and history together; this is how the law, the wait and the warm prefix get into its time and money.
 */
import { balance } from '../config/balancing.ts';
import { timing } from '../config/selection.ts';
import { clamp } from '../math/clamp.ts';
import { expectedCostUsd, expectedTimes } from '../math/prediction.ts';
import type { PredictedCall, RouteFacts } from '../model/route.ts';
import type { TaskFacts } from '../model/task.ts';
import type { BalancePart } from './model.ts';

export function predictedCall(
  { inputTokens, outputTokens }: Pick<TaskFacts, 'inputTokens' | 'outputTokens'>,
  {
    performance,
    prices,
    inputTokenFactor = 1,
  }: Pick<RouteFacts, 'performance' | 'prices' | 'inputTokenFactor'>,
  part: BalancePart,
): PredictedCall {
  const tokens = { input: inputTokens * inputTokenFactor, output: outputTokens };
  const plain = expectedTimes(performance, tokens, 1, timing);
  const plainUsd = prices === null ? 0 : expectedCostUsd(prices, tokens);
  return {
    timeFactor: clamp(part.serviceMs / plain.totalMs, balance.minFactor, balance.maxFactor),
    waitMs: part.waitMs,
    costFactor: plainUsd > 0 && part.costUsd !== null ? part.costUsd / plainUsd : 1,
    cachedTokens: part.cachedTokens,
    marginMs: part.switchCost === null ? 0 : balance.switchMargin * part.completionMs,
    switchCost: part.switchCost,
  };
}

/** Where a law starts for a route of which speed is known in part: its first token and its speed of writing. */
export function lawStart({ performance }: Pick<RouteFacts, 'performance'>): [number, number, number, number] {
  const { firstTokenMs, tokensPerSecond, speedPrior } = performance;
  const [, , perUncached, perInput] = balance.coefficients;
  const first = firstTokenMs ?? speedPrior.firstTokenMs;
  const perSecond = tokensPerSecond ?? speedPrior.tokensPerSecond;
  return [clamp(first, 1, timing.maxMs) / 1_000, 1 / clamp(perSecond, 0.01, 1e5), perUncached, perInput];
}
