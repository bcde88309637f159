/** What one call of this task on this route is expected to take and cost, from the route's facts. */
import { cost, healthSlowdown, timing } from '../config.ts';
import { clamp } from '../math/clamp.ts';
import { expectedCostUsd, expectedTimes } from '../math/prediction.ts';
import type { Expected, RouteFacts, TaskFacts } from '../model.ts';

export function expectedOf(task: TaskFacts, route: RouteFacts): Expected {
  const { performance, prices } = route;
  const tokens = { input: task.inputTokens, output: task.outputTokens };
  const times = expectedTimes(
    {
      firstTokenMs: performance.firstTokenMs,
      tokensPerSecond: performance.tokensPerSecond,
      prior: performance.speedPrior,
      confidence: performance.confidence ?? Infinity,
    },
    tokens,
    healthSlowdown[route.health],
    timing,
  );
  const costUsd = prices === null ? null : expectedCostUsd(prices, tokens);
  const { firstTokenMs, totalMs } = times;
  return route.predicted === undefined
    ? { firstTokenMs, totalMs, costUsd }
    : corrected({ firstTokenMs, totalMs, costUsd }, route.predicted);
}

/** Waiting comes before the first token; the factors keep their order and their bounds. */
function corrected(
  plain: Expected,
  { timeFactor, waitMs, costFactor }: NonNullable<RouteFacts['predicted']>,
): Expected {
  const startMs = clamp(waitMs, 0, timing.maxMs);
  const ms = (plainMs: number) => startMs + clamp(plainMs * clamp(timeFactor, 0, 1e6), 1, timing.maxMs);
  return {
    firstTokenMs: ms(plain.firstTokenMs),
    totalMs: ms(plain.totalMs),
    costUsd: plain.costUsd === null ? null : plain.costUsd * clamp(costFactor, 0, 1e6),
  };
}

/** The cost to decide by: as expected, or at the assumed prices where they are unknown. US dollars. */
export function reckonedCostUsd(task: TaskFacts, expected: Expected): number {
  return (
    expected.costUsd ??
    expectedCostUsd(cost.assumedPrices, { input: task.inputTokens, output: task.outputTokens })
  );
}
