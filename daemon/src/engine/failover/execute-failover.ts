/**
 * `executeFailover`: what follows when an attempt failed. Pure: a plan and a failure give a transition and the next
 * plan, or say why there is none. The ranking made at the decision is followed; nothing is decided again while a
 * developer waits. Each route is tried once.
 *
 * After text was shown the next route starts over, visibly (`restart`). Going on where the text broke off comes with
 * the issue on failover, for providers that support it.
 */
import { failureRules } from '../config.ts';
import type { FailureKind } from '../model.ts';
import type { FailoverPlan, PlannedRoute } from './plan.ts';

export interface AttemptFailure {
  readonly routeId: string;
  readonly kind: FailureKind;
  readonly message: string;
  readonly atMs: number;
  /** Whether the developer has seen text of this attempt. */
  readonly emittedText: boolean;
  /** What the attempt cost, US dollars; absent or null: nothing that is known. */
  readonly costUsd?: number | null;
}

export type FailoverStep =
  | {
      readonly type: 'transition';
      readonly from: string;
      readonly to: string;
      /** `restart`: text shown so far is not part of the answer any more. `continue`: nothing shown is lost. */
      readonly mode: 'continue' | 'restart';
      readonly plan: FailoverPlan;
    }
  | {
      readonly type: 'exhausted';
      readonly reason: 'noRouteLeft' | 'notRetryable' | 'deadline' | 'costCap';
      readonly plan: FailoverPlan;
    };

export function executeFailover(plan: FailoverPlan, failure: AttemptFailure): FailoverStep {
  const next = afterFailure(plan, failure);
  if (failureRules[failure.kind].movesOn === 'never') {
    return { type: 'exhausted', reason: 'notRetryable', plan: next };
  }
  if (failure.atMs >= next.deadlineAtMs) return { type: 'exhausted', reason: 'deadline', plan: next };
  const left = next.ranked.filter((route) => isLeft(route, next));
  const target = left.find((route) => isAffordable(route, next));
  if (target === undefined) {
    return { type: 'exhausted', reason: left.length === 0 ? 'noRouteLeft' : 'costCap', plan: next };
  }
  return {
    type: 'transition',
    from: failure.routeId,
    to: target.routeId,
    mode: failure.emittedText ? 'restart' : 'continue',
    plan: next,
  };
}

/** The plan with what the failure taught. */
function afterFailure(plan: FailoverPlan, failure: AttemptFailure): FailoverPlan {
  const rule = failureRules[failure.kind];
  const failed = plan.ranked.find(({ routeId }) => routeId === failure.routeId);
  const spent = Math.max(0, failure.costUsd ?? 0);
  return {
    ...plan,
    tried: plan.tried.includes(failure.routeId) ? plan.tried : [...plan.tried, failure.routeId],
    skippedNodes:
      rule.scope === 'node' && failed !== undefined && !plan.skippedNodes.includes(failed.nodeId)
        ? [...plan.skippedNodes, failed.nodeId]
        : plan.skippedNodes,
    // What was too long for one window stays too long for every smaller one, whatever fails next. Where the window
    // is unknown, only a route that states one is worth a try.
    windowAbove:
      rule.movesOn === 'largerWindow'
        ? Math.max(plan.windowAbove ?? 0, failed?.contextWindow ?? 0)
        : plan.windowAbove,
    remainingCostUsd: plan.remainingCostUsd === null ? null : Math.max(0, plan.remainingCostUsd - spent),
  };
}

function isLeft({ routeId, nodeId, contextWindow }: PlannedRoute, plan: FailoverPlan): boolean {
  return (
    !plan.tried.includes(routeId) &&
    !plan.skippedNodes.includes(nodeId) &&
    (plan.windowAbove === null || (contextWindow !== null && contextWindow > plan.windowAbove))
  );
}

/** An unknown cost passes while anything is left: selection has already held it against the caps. */
function isAffordable({ expectedCostUsd }: PlannedRoute, { remainingCostUsd }: FailoverPlan): boolean {
  if (remainingCostUsd === null) return true;
  const usd = expectedCostUsd ?? null;
  return usd === null ? remainingCostUsd > 0 : usd <= remainingCostUsd;
}
