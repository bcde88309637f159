/** What one call of this task on this route is expected to take and cost, from the route's facts. */
import { cost, healthSlowdown, timing } from '../config/selection.ts';
import { clamp } from '../math/clamp.ts';
import { expectedCostUsd, expectedTimes } from '../math/prediction.ts';
import type { RouteFacts } from '../model/route.ts';
import type { Expected } from '../model/selection.ts';
import type { TaskFacts } from '../model/task.ts';

/** No tokenizer is further from the usual one. */
const [minFactor, maxFactor] = [0.25, 4];

/** Where load distribution knows nothing better. */
const asPlain = { timeFactor: 1, waitMs: 0, costFactor: 1 } as const;

export function expectedOf(task: TaskFacts, route: RouteFacts): Expected {
  const { performance, prices } = route;
  const tokens = { input: task.inputTokens * inputTokenFactor(route), output: task.outputTokens };
  const times = expectedTimes(performance, tokens, healthSlowdown[route.health], timing);
  const costUsd = prices === null ? null : expectedCostUsd(prices, tokens);
  const { timeFactor, waitMs, costFactor } = route.predicted ?? asPlain;
  const startMs = waitBeforeMs(route) + clamp(waitMs, 0, timing.maxMs);
  const factor = clamp(timeFactor, 0, 1e6);
  return {
    firstTokenMs: clamp(times.firstTokenMs * factor + startMs, 1, timing.maxMs),
    totalMs: clamp(times.totalMs * factor + startMs, 1, timing.maxMs),
    costUsd: costUsd === null ? null : costUsd * clamp(costFactor, 0, 1e6),
  };
}

/** Before the model reads at all: loading it, and calls of others ahead of this one. In ms. */
function waitBeforeMs({ load }: RouteFacts): number {
  return Math.max(0, load.coldStartMs ?? 0) + Math.max(0, load.queueMs ?? 0);
}

/** Tokens of this route's model for one estimated token; 1 where nothing sensible was learned. */
export function inputTokenFactor({ inputTokenFactor: factor }: Pick<RouteFacts, 'inputTokenFactor'>): number {
  return factor !== undefined && factor > 0 ? clamp(factor, minFactor, maxFactor) : 1;
}

/** What prompt and answer take of the route's context window. */
export function neededTokens(
  { inputTokens, outputTokens }: TaskFacts,
  route: Pick<RouteFacts, 'inputTokenFactor'>,
): number {
  return inputTokens * inputTokenFactor(route) + outputTokens;
}

/** The cost to decide by: as expected, or at the assumed prices where they are unknown. US dollars. */
export function reckonedCostUsd(task: TaskFacts, expected: Expected): number {
  return (
    expected.costUsd ??
    expectedCostUsd(cost.assumedPrices, { input: task.inputTokens, output: task.outputTokens })
  );
}
