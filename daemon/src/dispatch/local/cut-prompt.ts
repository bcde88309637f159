/**
 * What follows when a server did not read all of a task: the next ranked route that has room starts over, visibly; where
 * there is none, the answer stands with a warning. An answer to the half of a question looks like one to the whole.
 */
import type { FailoverPlan, FailoverStep } from '../../engine/index.ts';
import { executeFailover } from '../../engine/index.ts';
import { cutSentence } from './context-guard.ts';
import type { CutPrompt } from './context-guard.ts';

export interface CutAttempt {
  readonly routeId: string;
  readonly cut: CutPrompt;
  readonly atMs: number;
  readonly costUsd: number | null;
}

/** null: no route has more room within what the task may still take, so its answer stands. */
export function stepToMoreRoom(
  plan: FailoverPlan,
  attempt: CutAttempt,
  isDemo: (routeId: string) => boolean,
): FailoverStep | null {
  const { routeId, cut, atMs, costUsd } = attempt;
  const ranked = plan.ranked
    // A scripted answer is no better than a real one to a part of the task.
    .filter((route) => isDemo(routeId) || !isDemo(route.routeId))
    // What the server is known to read, in place of what it was taken for: only larger windows follow.
    .map((route) => (route.routeId === routeId ? { ...route, contextWindow: cut.sentTokens - 1 } : route));
  const step = executeFailover(
    { ...plan, ranked },
    { routeId, kind: 'contextLength', message: cutSentence(cut), atMs, emittedChars: 1, costUsd },
  );
  return step.type === 'transition' ? step : null;
}

/** For the outcome of a task whose answer stands all the same. */
export function cutWarning(cut: CutPrompt | null): { readonly warning?: string } {
  if (cut === null) return {};
  const next = 'Its window is smaller than it says; no other route had room, so check the answer.';
  return { warning: `Only a part was read: ${cutSentence(cut)}. ${next}` };
}
