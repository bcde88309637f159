/** What one call of this task on this route is expected to take and cost, from the route's facts. */
import { cost, healthSlowdown, timing } from '../config.ts';
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
  return {
    firstTokenMs: times.firstTokenMs,
    totalMs: times.totalMs,
    costUsd: prices === null ? null : expectedCostUsd(prices, tokens),
  };
}

/** The cost to decide by: as expected, or at the assumed prices where they are unknown. US dollars. */
export function reckonedCostUsd(task: TaskFacts, expected: Expected): number {
  return (
    expected.costUsd ??
    expectedCostUsd(cost.assumedPrices, { input: task.inputTokens, output: task.outputTokens })
  );
}
