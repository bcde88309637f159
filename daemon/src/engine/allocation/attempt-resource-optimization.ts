/**
 * `attemptResourceOptimization`: what to do about a shortage. A fixed list of strategies, each looked at once, in a fixed
 * order; the best utility wins; then at most one more allocation. So it always ends, and the whole list is its
 * explanation.
 */
import { allocation as defaults } from '../config/allocation.ts';
import type { Priority } from '../model/task.ts';
import {
  allocateResources,
  type Allocated,
  type AllocationRequest,
  type Shortage,
} from './allocate-resources.ts';
import type { Ledger } from './ledger.ts';

export const strategyOrder = [
  'wait',
  'lowerMaxTokens',
  'otherAccount',
  'otherRoute',
  'trimContext',
  'holdBack',
  'downgrade',
  'reject',
] as const;
export type Strategy = (typeof strategyOrder)[number];

/** A way out that changes the request: what it would be then, and what that costs. */
export interface Alternative {
  readonly request: AllocationRequest;
  readonly waitMs?: number;
  readonly extraCostUsd: number;
  /** 0 to 1: the share of quality that is expected to be lost; of answers cut short, for a lower cap. */
  readonly qualityLoss: number;
  readonly reason: string;
}

/** What dispatch knows of each way out; a string says why there is none. */
export interface ShortageOptions {
  /** Longest wait that is allowed: deadline and queue; 0: none. */
  readonly maxWaitMs: number;
  readonly lowerMaxTokens: Alternative | string;
  readonly otherAccount: Alternative | string;
  readonly otherRoute: Alternative | string;
  readonly trimContext: Alternative | string;
  /** Until a call of a lower priority gives back what is short. */
  readonly holdBack: { readonly waitMs: number; readonly reason: string } | string;
  readonly downgrade: Alternative | string;
}

export interface WeighedStrategy {
  readonly strategy: Strategy;
  readonly isFeasible: boolean;
  readonly isChosen: boolean;
  readonly reason: string;
  readonly waitMs: number | null;
  readonly extraCostUsd: number | null;
  readonly qualityLoss: number | null;
  /** 0 is best; turning the task away is -1. null: not feasible. */
  readonly utility: number | null;
}

export type Optimization = {
  /** All of them, in order, as they were weighed. */
  readonly strategies: readonly WeighedStrategy[];
} & (
  | { readonly status: 'allocated'; readonly allocation: Allocated; readonly request: AllocationRequest }
  /** In line, to be tried again at the latest after this. */
  | { readonly status: 'queued'; readonly retryAfterMs: number }
  /** `retryAfterMs` is exact for rates; null: waiting does not help. */
  | { readonly status: 'rejected'; readonly retryAfterMs: number | null }
);

export interface ShortageCase {
  readonly shortage: Shortage;
  readonly options: ShortageOptions;
  readonly priority: Priority;
}

/** At most 8 evaluations and one more hold. */
export function attemptResourceOptimization(
  { shortage, options, priority }: ShortageCase,
  ledger: Ledger,
  nowMs: number,
): Optimization {
  const weighed = strategyOrder
    .slice(0, defaults.shortageMaxEvaluations)
    .map((strategy) => weigh({ strategy, shortage, options, priority }));
  const first = best(weighed);
  const alternative = alternativeOf(options, first.strategy);
  if (alternative && !alternative.waitMs) {
    const allocation = allocateResources(alternative.request, ledger, nowMs);
    const strategies = marked(weighed, first);
    if (allocation.status === 'allocated') {
      return { status: 'allocated', allocation, request: alternative.request, strategies };
    }
    // Recalculated once; what is left is to wait or to turn the task away.
    return without(weighed, shortage, first);
  }
  return concluded(weighed, shortage, first);
}

/** The way out that looked best was short itself, so it and all others like it are off the list. */
function without(
  weighed: readonly WeighedStrategy[],
  shortage: Shortage,
  failed: WeighedStrategy,
): Optimization {
  const left = weighed.map((each) =>
    each.strategy === 'wait' || each.strategy === 'holdBack' || each.strategy === 'reject'
      ? each
      : {
          ...each,
          isFeasible: false,
          utility: null,
          reason: each.strategy === failed.strategy ? 'Tried, and short as well.' : each.reason,
        },
  );
  return concluded(left, shortage, best(left));
}

function concluded(
  weighed: readonly WeighedStrategy[],
  shortage: Shortage,
  chosen: WeighedStrategy,
): Optimization {
  const strategies = marked(weighed, chosen);
  return chosen.strategy === 'reject' || chosen.waitMs === null
    ? { status: 'rejected', retryAfterMs: shortage.retryAfterMs, strategies }
    : { status: 'queued', retryAfterMs: chosen.waitMs, strategies };
}

interface Weighing extends ShortageCase {
  readonly strategy: Strategy;
}

function weigh({ strategy, shortage, options, priority }: Weighing): WeighedStrategy {
  switch (strategy) {
    case 'wait':
      return waiting(strategy, priority, {
        waitMs: shortage.retryAfterMs,
        maxWaitMs: options.maxWaitMs,
        reason: 'Until there is room.',
      });
    case 'holdBack': {
      const held = options.holdBack;
      if (typeof held === 'string') return infeasible(strategy, held);
      return waiting(strategy, priority, { ...held, maxWaitMs: options.maxWaitMs });
    }
    case 'reject':
      return {
        ...feasible(strategy, 'Nothing better is left.'),
        ...{ waitMs: shortage.retryAfterMs, extraCostUsd: 0, qualityLoss: 1, utility: -1 },
      };
    default: {
      const alternative = options[strategy];
      if (typeof alternative === 'string') return infeasible(strategy, alternative);
      const { waitMs = 0, extraCostUsd, qualityLoss, reason } = alternative;
      return {
        ...feasible(strategy, reason),
        ...{ waitMs, extraCostUsd, qualityLoss },
        utility: utility(priority, { waitMs, extraCostUsd, qualityLoss }),
      };
    }
  }
}

function waiting(
  strategy: Strategy,
  priority: Priority,
  at: { readonly waitMs: number | null; readonly maxWaitMs: number; readonly reason: string },
): WeighedStrategy {
  const { waitMs, maxWaitMs, reason } = at;
  if (waitMs === null) return infeasible(strategy, 'Waiting does not bring it back.');
  if (waitMs > maxWaitMs) {
    return {
      ...infeasible(strategy, `Longer than this task may wait (${Math.round(maxWaitMs)} ms).`),
      waitMs,
    };
  }
  return {
    ...feasible(strategy, reason),
    ...{ waitMs, extraCostUsd: 0, qualityLoss: 0 },
    utility: utility(priority, { waitMs, extraCostUsd: 0, qualityLoss: 0 }),
  };
}

/** A wait weighs by priority, money and quality alike for all. */
function utility(
  priority: Priority,
  loss: { readonly waitMs: number; readonly extraCostUsd: number; readonly qualityLoss: number },
): number {
  return -(
    (defaults.waitWeight[priority] * loss.waitMs) / defaults.maxQueueWaitMs +
    defaults.costWeightPerUsd * Math.max(0, loss.extraCostUsd) +
    defaults.qualityWeight * loss.qualityLoss
  );
}

/** The earliest in the list of those with the highest utility; `reject` is always feasible. */
function best(weighed: readonly WeighedStrategy[]): WeighedStrategy {
  return weighed.reduce((winner, each) =>
    (each.utility ?? -Infinity) > (winner.utility ?? -Infinity) ? each : winner,
  );
}

function alternativeOf(options: ShortageOptions, strategy: Strategy): Alternative | null {
  if (strategy === 'wait' || strategy === 'holdBack' || strategy === 'reject') return null;
  const alternative = options[strategy];
  return typeof alternative === 'string' ? null : alternative;
}

function marked(weighed: readonly WeighedStrategy[], chosen: WeighedStrategy): readonly WeighedStrategy[] {
  return weighed.map((each) => ({ ...each, isChosen: each.strategy === chosen.strategy }));
}

function feasible(strategy: Strategy, reason: string) {
  return { strategy, isFeasible: true, isChosen: false, reason };
}

function infeasible(strategy: Strategy, reason: string): WeighedStrategy {
  return {
    ...{ strategy, isFeasible: false, isChosen: false, reason },
    ...{ waitMs: null, extraCostUsd: null, qualityLoss: null, utility: null },
  };
}
