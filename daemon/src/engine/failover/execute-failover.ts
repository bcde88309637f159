/**
 * `executeFailover`: what follows when an attempt failed. Pure: a plan and a failure give a transition and the next
 * plan, or say why there is none. The ranking made at the decision is followed; nothing is decided again while a
 * developer waits. Each route is tried once, except one whose named reset was waited for.
 *
 * A transition has two phases. The caller prepares the target (a lease, a translated request) and executes by calling it;
 * when the preparation fails, `rollBackFailover` gives the next target, and nothing was sent or shown.
 *
 * After text was shown the next route goes on from it where it can, once a task; else it starts over, visibly. A tool call
 * that was emitted is never made again: somebody may have acted on it.
 */
import { failover, failureRules, type FailureRule } from '../config/failover.ts';
import type { FailureKind } from '../model/attempt.ts';
import type { FailoverPlan, PlannedRoute, RollBackReason } from './plan.ts';
import { nextTarget, type NoTarget } from './targets.ts';

export interface AttemptFailure {
  readonly routeId: string;
  readonly kind: FailureKind;
  readonly message: string;
  readonly atMs: number;
  /** Characters of the answer that the developer has seen, over all attempts. */
  readonly emittedChars: number;
  /** Whether a tool call was passed on. */
  readonly emittedToolCall?: boolean;
  /** The provider's own word on when to come back. */
  readonly retryAfterMs?: number | null;
  /** What the attempt cost, US dollars; absent or null: nothing that is known. */
  readonly costUsd?: number | null;
  /** The attempt was to go on from a broken answer, and the route refused that or did not join on. */
  readonly continuationFailed?: boolean;
  /** What was shown can't be taken back: it is gone on from, or the answer stays incomplete. */
  readonly isFinal?: boolean;
}

export type FailoverStep =
  | {
      readonly type: 'transition';
      readonly from: string;
      readonly to: string;
      /** `restart`: text shown so far is not part of the answer any more. `continue`: nothing shown is lost. */
      readonly mode: 'continue' | 'restart';
      /** The text shown so far is given to the target to go on from. */
      readonly continuesText: boolean;
      readonly plan: FailoverPlan;
    }
  /** Nothing else is left, and this route named a reset that is near. */
  | { readonly type: 'wait'; readonly routeId: string; readonly untilMs: number; readonly plan: FailoverPlan }
  | {
      readonly type: 'exhausted';
      readonly reason: NoTarget | 'notRetryable' | 'toolCallEmitted';
      readonly plan: FailoverPlan;
    };

export function executeFailover(plan: FailoverPlan, failure: AttemptFailure): FailoverStep {
  const next = afterFailure(plan, failure);
  if (failure.emittedToolCall === true) return { type: 'exhausted', reason: 'toolCallEmitted', plan: next };
  if (failure.continuationFailed === true) {
    return failure.isFinal === true ? transition(next, failure) : startOver(plan, failure);
  }
  if (failureRules[failure.kind].movesOn === 'never') {
    return { type: 'exhausted', reason: 'notRetryable', plan: next };
  }
  return transition(next, failure);
}

/** The target could not be prepared; nothing was sent to it. `failure` is the one that the transition was to answer. */
export function rollBackFailover(
  plan: FailoverPlan,
  target: { readonly routeId: string; readonly reason: RollBackReason },
  failure: AttemptFailure,
): FailoverStep {
  return transition({ ...plan, passedOver: [...plan.passedOver, target] }, failure);
}

function transition(plan: FailoverPlan, failure: AttemptFailure): FailoverStep {
  const isFinal = failure.isFinal === true;
  const ranked = isFinal ? plan.ranked.filter((route) => mayContinue(plan, failure, route)) : plan.ranked;
  const found = nextTarget({ ...plan, ranked }, failure.atMs);
  if (typeof found === 'string') {
    const wait = isFinal ? null : waitFor(plan, failure);
    return wait ?? { type: 'exhausted', reason: found, plan };
  }
  const continuesText = mayContinue(plan, failure, found);
  return {
    type: 'transition',
    from: failure.routeId,
    to: found.routeId,
    mode: failure.emittedChars === 0 || continuesText ? 'continue' : 'restart',
    continuesText,
    plan: continuesText ? { ...plan, continues: plan.continues + 1 } : plan,
  };
}

/** The route itself is well; it only can't go on from where another one broke off. */
function startOver(plan: FailoverPlan, { routeId }: AttemptFailure): FailoverStep {
  return {
    type: 'transition',
    from: routeId,
    to: routeId,
    mode: 'restart',
    continuesText: false,
    plan: { ...plan, continues: failover.maxContinues },
  };
}

function mayContinue(
  plan: FailoverPlan,
  { kind, emittedChars, isFinal = false }: AttemptFailure,
  to: PlannedRoute,
): boolean {
  return (
    to.canContinue === true &&
    // What was refused half-way is not to be carried on by somebody else.
    kind !== 'contentPolicy' &&
    plan.continues < (isFinal ? failover.maxContinuesWhenFinal : failover.maxContinues) &&
    emittedChars >= (isFinal ? 1 : failover.minContinueChars)
  );
}

/** Of the resets that were named, the nearest one that is worth waiting for. */
function waitFor(plan: FailoverPlan, { atMs }: AttemptFailure): FailoverStep | null {
  const latestMs = Math.min(atMs + failover.maxWaitMs, plan.deadlineAtMs);
  const [nearest] = plan.ranked
    .flatMap(({ routeId }) => {
      const untilMs = plan.resets[routeId];
      return untilMs === undefined || untilMs >= latestMs || plan.waitedFor.includes(routeId)
        ? []
        : [{ routeId, untilMs: Math.max(untilMs, atMs) }];
    })
    .sort((a, b) => a.untilMs - b.untilMs);
  if (nearest === undefined) return null;
  return {
    type: 'wait',
    ...nearest,
    plan: { ...plan, waitedFor: [...plan.waitedFor, nearest.routeId] },
  };
}

/** The plan with what the failure taught. */
function afterFailure(plan: FailoverPlan, failure: AttemptFailure): FailoverPlan {
  const failed = plan.ranked.find(({ routeId }) => routeId === failure.routeId);
  const spent = Math.max(0, failure.costUsd ?? 0);
  return {
    ...plan,
    ...excluded(plan, failed, failureRules[failure.kind]),
    tried: withOne(plan.tried, failure.routeId),
    resets: withReset(plan.resets, failure),
    remainingCostUsd: plan.remainingCostUsd === null ? null : Math.max(0, plan.remainingCostUsd - spent),
  };
}

/** Routes that would fail the same way. */
function excluded(
  plan: FailoverPlan,
  failed: PlannedRoute | undefined,
  { scope, movesOn }: FailureRule,
): Pick<FailoverPlan, 'skippedNodes' | 'refusedFamilies' | 'windowAbove'> {
  const { skippedNodes, refusedFamilies, windowAbove } = plan;
  return {
    skippedNodes: scope === 'node' ? withOne(skippedNodes, failed?.nodeId) : skippedNodes,
    refusedFamilies: movesOn === 'otherFamily' ? withOne(refusedFamilies, failed?.family) : refusedFamilies,
    // What was too long for one window stays too long for every smaller one, whatever fails next. Where the window
    // is unknown, only a route that states one is worth a try.
    windowAbove:
      movesOn === 'largerWindow' ? Math.max(windowAbove ?? 0, failed?.contextWindow ?? 0) : windowAbove,
  };
}

function withReset(
  resets: FailoverPlan['resets'],
  { routeId, kind, retryAfterMs, atMs }: AttemptFailure,
): FailoverPlan['resets'] {
  const isNamed = retryAfterMs != null && retryAfterMs >= 0;
  return isNamed && failureRules[kind].coolsDown === 'untilReset'
    ? { ...resets, [routeId]: atMs + retryAfterMs }
    : resets;
}

function withOne(list: readonly string[], item: string | undefined): readonly string[] {
  return item === undefined || list.includes(item) ? list : [...list, item];
}
