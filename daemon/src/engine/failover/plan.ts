/**
 * The failover plan of one task: which routes are left, within which limits. A value: `executeFailover` answers with
 * the next one, so that a plan can be logged, stored and replayed.
 */

/** A ranked route with what failover has to know of it. */
export interface PlannedRoute {
  readonly routeId: string;
  readonly nodeId: string;
  /** null: unknown. */
  readonly contextWindow: number | null;
  /** Expected cost of an attempt, US dollars; absent or null: unknown. */
  readonly expectedCostUsd?: number | null;
  /** Expected time of an attempt, ms; absent or null: unknown, and any remaining time will do. */
  readonly expectedMs?: number | null;
  /** Models of one family refuse the same; absent: a family of its own. */
  readonly family?: string;
  /** Whether an answer that broke off may be given to it to go on with. */
  readonly canContinue?: boolean;
}

export interface FailoverPlan {
  /** Best first, as decided. */
  readonly ranked: readonly PlannedRoute[];
  /** Route ids that failed, in order. */
  readonly tried: readonly string[];
  /** Routes that could not be prepared, with why; they were never called. */
  readonly passedOver: readonly { readonly routeId: string; readonly reason: RollBackReason }[];
  /** Nodes on which every other route would fail the same way. */
  readonly skippedNodes: readonly string[];
  /** Families that refused the task for what it asks. */
  readonly refusedFamilies: readonly string[];
  /** Only routes that read more tokens than this; null: any. */
  readonly windowAbove: number | null;
  /** Resets that providers named, by route, on the caller's clock. */
  readonly resets: Readonly<Record<string, number>>;
  /** Routes whose reset was waited for already. */
  readonly waitedFor: readonly string[];
  /** How often a broken answer was continued. */
  readonly continues: number;
  /** Of the whole task, on the caller's clock. */
  readonly deadlineAtMs: number;
  /** What the task may still cost, US dollars; null: no cap. */
  readonly remainingCostUsd: number | null;
}

/** Why a prepared transition was taken back before anything was sent. */
export type RollBackReason = 'gone' | 'retryBudget';

export interface FailoverPlanRequest {
  /** Best first, the chosen one included. */
  readonly routes: readonly PlannedRoute[];
  readonly deadlineAtMs: number;
  /** Over all attempts; absent or null: no cap. */
  readonly maxCostUsd?: number | null;
}

export function createFailoverPlan({ routes, deadlineAtMs, maxCostUsd }: FailoverPlanRequest): FailoverPlan {
  return {
    ranked: [...routes],
    tried: [],
    passedOver: [],
    skippedNodes: [],
    refusedFamilies: [],
    windowAbove: null,
    resets: {},
    waitedFor: [],
    continues: 0,
    deadlineAtMs,
    remainingCostUsd: maxCostUsd ?? null,
  };
}
