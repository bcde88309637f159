/**
 * The first phase of a failover: is the target still there, and does the retry budget allow it? What can't be prepared is
 * rolled back before anything was sent or shown, and the next route of the plan is looked at. Resources are held next, by
 * the attempt itself: where the target has none, another route that has them takes its place.
 */
import type { AttemptFailure, FailoverStep, RollBackReason } from '../../engine/index.ts';
import { rollBackFailover } from '../../engine/index.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';

export interface PreparationRequest {
  readonly step: FailoverStep;
  readonly failure: AttemptFailure;
  /** False: the last attempt ended before anything was sent, so the next one repeats nothing. */
  readonly isRetry: boolean;
}

/** The step that can be executed: a prepared transition, a wait, or why there is none. */
export function prepareTransition(
  run: TaskRun,
  deps: TaskRunDeps,
  { step, failure, isRetry }: PreparationRequest,
): FailoverStep {
  let next = step;
  // Each round passes one route over for good, so there are no more rounds than routes.
  while (next.type === 'transition') {
    const reason = obstacle(run, deps, { ...next, isRetry });
    if (reason === null) return next;
    next = rollBackFailover(next.plan, { routeId: next.to, reason }, failure);
  }
  return next;
}

function obstacle(
  run: TaskRun,
  deps: TaskRunDeps,
  { from, to, isRetry }: { readonly from: string; readonly to: string; readonly isRetry: boolean },
): RollBackReason | null {
  if (!run.handles.get(to)?.node.client) return 'gone';
  // Starting over on the same route answers a seam that did not hold; it is no retry of a failure.
  return from === to || !isRetry || deps.retries.take(deps.states.health(to)) ? null : 'retryBudget';
}
