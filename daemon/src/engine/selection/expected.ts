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
  const waitMs = waitBeforeMs(route);
  return {
    firstTokenMs: clamp(times.firstTokenMs + waitMs, 1, timing.maxMs),
    totalMs: clamp(times.totalMs + waitMs, 1, timing.maxMs),
    costUsd: prices === null ? null : expectedCostUsd(prices, tokens),
  };
}

/** Before the model reads at all: loading it, and calls of others ahead of this one. In ms. */
function waitBeforeMs({ load }: RouteFacts): number {
  return Math.max(0, load.coldStartMs ?? 0) + Math.max(0, load.queueMs ?? 0);
}

/** The cost to decide by: as expected, or at the assumed prices where they are unknown. US dollars. */
export function reckonedCostUsd(task: TaskFacts, expected: Expected): number {
  return (
    expected.costUsd ??
    expectedCostUsd(cost.assumedPrices, { input: task.inputTokens, output: task.outputTokens })
  );
}
