/**
 * Budget pacing: a dual multiplier that grows while requests cost more than planned and falls while they cost less.
 * It moves weight from capability to resources. A value, not an object: the caller keeps it as JSON. It paces, and the
 * hard cap stays with the budget itself: no multiplier lets a request through that a budget forbids.
 */
import { pacing } from '../config/selection.ts';
import { clamp } from '../math/clamp.ts';
import type { Weights } from '../model/policy.ts';
import type { PacingFacts } from '../model/selection.ts';

/** Kept between requests, as plain JSON. */
export interface PacerState {
  readonly lambda: number;
}

/** Before the first request of the first budget. Later windows begin with the multiplier of the last one. */
export const initialPacer: PacerState = { lambda: 0 };

export interface PacedRequest {
  /** What the request cost, US dollars. */
  readonly spentUsd: number;
  /** What it should have cost on average: `paceTargetUsd`. */
  readonly targetUsd: number;
}

/** `max(0, lambda + step * (spent / target - 1))`, bounded so that one request never throws it far. */
export function pace({ lambda }: PacerState, { spentUsd, targetUsd }: PacedRequest): PacerState {
  const ratio = targetUsd > 0 ? clamp(spentUsd / targetUsd, 0, pacing.maxRatio) : overOf(spentUsd);
  return { lambda: clamp(lambda + pacing.step * (ratio - 1), 0, pacing.maxLambda) };
}

/** Nothing is left: free requests keep the multiplier falling, all others push it up. */
function overOf(spentUsd: number): number {
  return spentUsd > 0 ? pacing.maxRatio : 0;
}

/**
 * US dollars a request may cost on average: what is left of the budget over the requests still expected in its window.
 * Past overspending is so paid back within the window.
 */
export function paceTargetUsd(budget: {
  readonly limitUsd: number;
  readonly spentUsd: number;
  readonly requestsLeft: number;
}): number {
  return Math.max(0, budget.limitUsd - budget.spentUsd) / Math.max(1, budget.requestsLeft);
}

/** The weights with `lambda / (1 + lambda)` of capability's moved to resources; the sum stays. */
export function pacedWeights(weights: Weights, facts: PacingFacts | undefined): Weights {
  const lambda = clamp(facts?.lambda ?? 0, 0, pacing.maxLambda);
  if (lambda === 0) return weights;
  const moved = weights.capability * (lambda / (1 + lambda));
  return { ...weights, capability: weights.capability - moved, resources: weights.resources + moved };
}
