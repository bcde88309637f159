/**
 * `1 / (1 + time / patience)` with the completion time expected over all tries: a call that fails has to be made again.
 * A route that would take a conversation from where it is warm bears its switching margin, too. One half at the
 * patience of the task's kind, towards 0 beyond; absolute, unlike any min-max scaling.
 */
import { history, maxExpectedAttempts, patienceMs } from '../../config/selection.ts';
import { clamp, clampUnit } from '../../math/clamp.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { Expected } from '../../model/selection.ts';
import type { TaskKind } from '../../model/task.ts';

export function performancePart(
  kind: TaskKind,
  expected: Expected,
  route: Pick<RouteFacts, 'performance' | 'predicted'> & Partial<Pick<RouteFacts, 'load'>>,
): number {
  const marginMs = Math.max(0, route.predicted?.marginMs ?? 0);
  // What this call throws out of memory somebody has to load again: the same developer, mostly.
  const evictionMs = Math.max(0, route.load?.evictionMs ?? 0);
  const timeMs = (expected.totalMs + marginMs) * expectedAttempts(route.performance) + evictionMs;
  return clampUnit(1 / (1 + timeMs / patienceMs[kind]));
}

/** Tries until one succeeds, from the mean of the same posterior whose lower bound is the history part. */
function expectedAttempts({ successes, failures }: RouteFacts['performance']): number {
  const good = Math.max(0, successes) + history.priorSuccesses;
  const bad = Math.max(0, failures) + history.priorFailures;
  return clamp((good + bad) / good, 1, maxExpectedAttempts);
}
