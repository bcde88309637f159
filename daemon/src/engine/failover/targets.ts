/** The next route of a plan, or the limit that leaves none. */
import type { FailoverPlan, PlannedRoute } from './plan.ts';

export type NoTarget = 'noRouteLeft' | 'deadline' | 'costCap' | 'retryBudget';

/** Best first. The first limit that a route of the plan ran into is the reason why there is none. */
export function nextTarget(plan: FailoverPlan, atMs: number): PlannedRoute | NoTarget {
  if (atMs >= plan.deadlineAtMs) return 'deadline';
  const open = plan.ranked.filter((route) => isOpen(route, plan));
  if (open.length === 0) return whyClosed(plan);
  const inTime = open.filter((route) => isInTime(route, plan, atMs));
  if (inTime.length === 0) return 'deadline';
  return inTime.find((route) => isAffordable(route, plan)) ?? 'costCap';
}

function whyClosed({ passedOver }: FailoverPlan): NoTarget {
  return passedOver.some(({ reason }) => reason === 'retryBudget') ? 'retryBudget' : 'noRouteLeft';
}

function isOpen(route: PlannedRoute, plan: FailoverPlan): boolean {
  const { routeId, nodeId, contextWindow, family } = route;
  return (
    !plan.tried.includes(routeId) &&
    !plan.passedOver.some((each) => each.routeId === routeId) &&
    !plan.skippedNodes.includes(nodeId) &&
    (family === undefined || !plan.refusedFamilies.includes(family)) &&
    (plan.windowAbove === null || (contextWindow !== null && contextWindow > plan.windowAbove))
  );
}

/** A call that is expected to end after the deadline would be paid for and thrown away. */
function isInTime({ expectedMs }: PlannedRoute, { deadlineAtMs }: FailoverPlan, atMs: number): boolean {
  return (expectedMs ?? 0) <= deadlineAtMs - atMs;
}

/** An unknown cost passes while anything is left: selection has already held it against the caps. */
function isAffordable({ expectedCostUsd }: PlannedRoute, { remainingCostUsd }: FailoverPlan): boolean {
  if (remainingCostUsd === null) return true;
  const usd = expectedCostUsd ?? null;
  return usd === null ? remainingCostUsd > 0 : usd <= remainingCostUsd;
}
