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
}

export interface FailoverPlan {
  /** Best first, as decided. */
  readonly ranked: readonly PlannedRoute[];
  /** Route ids that failed, in order. */
  readonly tried: readonly string[];
  /** Nodes on which every other route would fail the same way. */
  readonly skippedNodes: readonly string[];
  /** Only routes that read more tokens than this; null: any. */
  readonly windowAbove: number | null;
  /** Of the whole task, on the caller's clock. */
  readonly deadlineAtMs: number;
  /** What the task may still cost, US dollars; null: no cap. */
  readonly remainingCostUsd: number | null;
}

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
    skippedNodes: [],
    windowAbove: null,
    deadlineAtMs,
    remainingCostUsd: maxCostUsd ?? null,
  };
}
