/** How an attempt ended, for the history and for what is remembered of its route. */
import { cutSentence } from '../local/context-guard.ts';
import type { WatchedCall } from '../local/local-servers.ts';
import type { EndedAttempt } from './ended-attempt.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';

export function recordAttempt(
  run: TaskRun,
  deps: TaskRunDeps,
  at: {
    readonly ended: EndedAttempt;
    readonly attemptId: string;
    readonly startedAtMs: number;
    readonly watched: WatchedCall;
    readonly listCostUsd: number | null;
    readonly expectedMs: number;
  },
): void {
  const { end, routeId, costUsd, cut, cap } = at.ended;
  const { usage } = end;
  const result = {
    status: end.status,
    failure: end.failure,
    firstTokenMs: end.firstTokenMs,
    totalMs: end.totalMs,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    costUsd,
    retryAfterMs: end.retryAfterMs,
    endedAtMs: deps.clock.nowMs(),
    expectedMs: at.expectedMs,
    listCostUsd: at.listCostUsd,
    message: end.message,
    cap: cap ?? null,
    cachedInputTokens: usage.cachedInputTokens,
    reasoningTokens: usage.reasoningTokens,
    finishReason: end.finishReason,
    ...(cut && { warning: `In ${routeId} ${cutSentence(cut)}.` }),
  };
  const { attemptId, startedAtMs } = at;
  const attempt = { attemptId, decisionId: run.record.decisionId, routeId, startedAtMs, result };
  deps.store.saveAttempt(attempt);
  run.followed.attempted(attempt);
  deps.states.recordAttempt({
    ...at.watched.warm(result),
    routeId,
    connected: end.connected,
    // A seam that does not hold says nothing of the route: it was asked for something that not every model can do.
    // Nor does a proxy that is not there.
    excused: end.slept || end.seamBroken || end.isOwnNetwork,
    session: run.clientId,
  });
}
