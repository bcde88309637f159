/**
 * The first phase of a failover: is the target still there, is a slot free, does the retry budget allow it? What can't be
 * prepared is rolled back before anything was sent or shown, and the next route of the plan is looked at: nobody waits for
 * a busy route while another one is free.
 */
import type { AttemptFailure, FailoverStep, RollBackReason } from '../../engine/index.ts';
import { rollBackFailover } from '../../engine/index.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { allocationFor } from './attempt-route.ts';

/** The step that can be executed: a prepared transition, a wait, or why there is none. */
export function prepareTransition(
  run: TaskRun,
  deps: TaskRunDeps,
  { step, failure }: { readonly step: FailoverStep; readonly failure: AttemptFailure },
): FailoverStep {
  let next = step;
  // Each round passes one route over for good, so there are no more rounds than routes.
  while (next.type === 'transition') {
    const reason = obstacle(run, deps, next);
    if (reason === null) return next;
    next = rollBackFailover(next.plan, { routeId: next.to, reason }, failure);
  }
  return next;
}

function obstacle(
  run: TaskRun,
  deps: TaskRunDeps,
  { from, to, plan }: Extract<FailoverStep, { type: 'transition' }>,
): RollBackReason | null {
  const handle = run.handles.get(to);
  if (!handle?.node.client) return 'gone';
  const allocation = allocationFor(run, deps, { handle, routeId: to, deadlineAtMs: plan.deadlineAtMs });
  if (allocation.status === 'shortage') return 'noSlot';
  // Starting over on the same route answers a seam that did not hold; it is no retry of a failure.
  return from === to || deps.retries.take(deps.states.health(to)) ? null : 'retryBudget';
}
