/** What a task leaves behind: its transitions, and its outcome, which is committed before anyone hears of it. */
import type { FailureKind, Outcome } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type { OutcomeRecord } from '../../store/records.ts';
import { cutWarning } from '../local/cut-prompt.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { outcomeView, transitionView } from '../views/history-view.ts';
import type { EndedAttempt } from './ended-attempt.ts';
import type { ShownAnswer } from './shown-answer.ts';

export interface TransitionNews {
  readonly from: string;
  readonly to: string;
  readonly cause: FailureKind;
  readonly message: string;
  readonly mode: 'continue' | 'restart';
  readonly answer: ShownAnswer;
}

/** Tells of a failover; a restart voids what was shown. In the file with the attempt that follows. */
export function recordTransition(
  run: TaskRun,
  deps: TaskRunDeps,
  { from, to, cause, message, mode, answer }: TransitionNews,
): void {
  const { taskId, decisionId } = run.record;
  const atMs = deps.clock.nowMs();
  const textOffset = answer.chars;
  const transition = { decisionId, from, to, cause, message, mode, atMs, textOffset };
  deps.store.saveTransition(transition);
  if (mode === 'restart') answer.forget();
  run.followed.movedTo(to);
  deps.emit({ type: 'transition', taskId, transition: transitionView(transition) });
}

/** An outcome on its way: to be committed, and then told. */
export interface SavedOutcome {
  readonly last: EndedAttempt;
  /** Of this turn alone, and with those before it. */
  readonly own: OutcomeRecord;
  readonly record: OutcomeRecord;
  /** null: the task did not fail. */
  readonly error: ReturnType<typeof failureOf> | null;
}

/** `attempts`: all of them, with the last, which ended the task. */
export function saveOutcome(
  run: TaskRun,
  deps: TaskRunDeps,
  ended: {
    readonly attempts: readonly EndedAttempt[];
    readonly last: EndedAttempt;
    readonly startedAtMs: number;
    readonly answer: ShownAnswer;
  },
): SavedOutcome {
  const { attempts, last, answer } = ended;
  const { end } = last;
  const endedAtMs = deps.clock.nowMs();
  const status = run.signal.aborted ? 'cancelled' : end.status;
  const error = status === 'failed' ? failureOf(attempts, last, answer) : null;
  const took = sumOf(attempts, last);
  const own: OutcomeRecord = {
    decisionId: run.record.decisionId,
    endedAtMs,
    status,
    routeId: last.routeId,
    attempts: took.calls,
    finishReason: end.finishReason,
    queuedMs: took.queuedMs,
    firstTokenMs: end.firstTokenMs === null ? null : took.beforeMs + end.firstTokenMs,
    totalMs: endedAtMs - ended.startedAtMs,
    inputTokens: end.usage.inputTokens,
    outputTokens: end.usage.outputTokens,
    cachedInputTokens: end.usage.cachedInputTokens,
    reasoningTokens: end.usage.reasoningTokens,
    costUsd: took.costUsd,
    errorCode: error?.code ?? null,
  };
  const record = addedTo(run.outside?.before ?? null, own);
  deps.store.saveOutcome(record);
  return { last, own, record, error };
}

/** To be called once it is committed: nobody hears of it before. Throws when the task failed. */
export function tellOutcome(
  run: TaskRun,
  deps: TaskRunDeps,
  { last, own, record, error }: SavedOutcome,
): Outcome {
  const { taskId, decisionId } = run.record;
  run.outside?.answer.taskEnded(record);
  deps.lessons.add(() => {
    deps.monitor.taskEnded(own);
    deps.spending.settled(own.costUsd, deps.config.current().budgets);
  });
  const outcome = outcomeOf(record, last);
  deps.emit({ type: 'outcome', taskId, outcome });
  if (error === null) return outcome;
  throw error instanceof RouterError
    ? error
    : new RouterError(error.code, error.message, { details: { taskId, decisionId, outcome } });
}

function outcomeOf(record: OutcomeRecord, { cap, cut }: EndedAttempt): Outcome {
  const outcome = outcomeView(record, cap ?? null);
  return cut === null ? outcome : { ...outcome, ...cutWarning(cut) };
}

/** A later turn of a task: how it ended is how the task ended, and what it took comes on top. */
function addedTo(before: OutcomeRecord | null, turn: OutcomeRecord): OutcomeRecord {
  if (before === null) return turn;
  return {
    ...turn,
    attempts: before.attempts + turn.attempts,
    queuedMs: before.queuedMs + turn.queuedMs,
    firstTokenMs: before.firstTokenMs ?? turn.firstTokenMs,
    totalMs: before.totalMs + turn.totalMs,
    inputTokens: sumOrNull(before.inputTokens, turn.inputTokens),
    outputTokens: sumOrNull(before.outputTokens, turn.outputTokens),
    cachedInputTokens: sumOrNull(before.cachedInputTokens, turn.cachedInputTokens),
    reasoningTokens: sumOrNull(before.reasoningTokens, turn.reasoningTokens),
    costUsd: sumOrNull(before.costUsd, turn.costUsd),
  };
}

/** With one part unknown the whole is. */
function sumOrNull(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** Where nothing was sent, what was short says more than that every route failed. */
function failureOf(
  attempts: readonly EndedAttempt[],
  { end }: EndedAttempt,
  answer: ShownAnswer,
): RouterError | { readonly code: 'route.incomplete' | 'route.allFailed'; readonly message: string } {
  const refusal = attempts.find((attempt) => attempt.refusal !== undefined)?.refusal;
  if (refusal !== undefined && !attempts.some(({ wasCalled }) => wasCalled)) return refusal;
  const causes = attempts.map(({ routeId, end: each }) => `${routeId}: ${each.message ?? 'failed'}`);
  return answer.chars > 0 || (end.emittedToolCall && !answer.isUnseen)
    ? {
        code: 'route.incomplete',
        message: `The answer broke off, and no other route could go on. ${causes.join(' ')}`,
      }
    : { code: 'route.allFailed', message: `No route gave an answer. ${causes.join(' ')}` };
}

interface Taken {
  calls: number;
  queuedMs: number;
  /** On routes that failed, before the last one was called. */
  beforeMs: number;
  /** Unknown with one of them. */
  costUsd: number | null;
}

/** What attempts took together. */
function sumOf(attempts: readonly EndedAttempt[], last: EndedAttempt): Taken {
  const sum: Taken = { calls: 0, queuedMs: 0, beforeMs: 0, costUsd: 0 };
  for (const attempt of attempts) {
    if (attempt.wasCalled) sum.calls += 1;
    sum.queuedMs += attempt.waitedMs;
    if (attempt !== last) sum.beforeMs += attempt.end.totalMs;
    sum.costUsd = sumOrNull(sum.costUsd, attempt.costUsd);
  }
  return sum;
}
