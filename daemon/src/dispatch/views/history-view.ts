/** Stored attempts, transitions and outcomes in the wire's form. */
import type { Attempt, FailureKind, FinishReason, Outcome, Tokens, Transition } from '@task-router/protocol';
import type { AttemptRecord, OutcomeRecord, TransitionRecord } from '../../store/records.ts';

export function attemptView(record: AttemptRecord): Attempt {
  const { result } = record;
  return {
    attemptId: record.attemptId,
    route: record.routeId,
    startedAtMs: record.startedAtMs,
    status: result?.status ?? 'running',
    failure: result?.failure ?? null,
    message: result?.message ?? null,
    timings: { queuedMs: 0, firstTokenMs: result?.firstTokenMs ?? null, totalMs: result?.totalMs ?? 0 },
    tokens: tokensView(result),
    costUsd: result?.costUsd ?? null,
  };
}

export function outcomeView(record: OutcomeRecord): Outcome {
  return {
    status: record.status,
    route: record.routeId,
    attempts: record.attempts,
    finishReason: record.finishReason as FinishReason | null,
    timings: { queuedMs: record.queuedMs, firstTokenMs: record.firstTokenMs, totalMs: record.totalMs },
    tokens: tokensView(record),
    costUsd: record.costUsd,
  };
}

export function transitionView({ decisionId: _, ...record }: TransitionRecord): Transition {
  return { ...record, cause: record.cause as FailureKind };
}

type TokenCounts = Pick<
  OutcomeRecord,
  'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'reasoningTokens'
>;

function tokensView(counts: TokenCounts | null): Tokens {
  return {
    input: counts?.inputTokens ?? null,
    output: counts?.outputTokens ?? null,
    cachedInput: counts?.cachedInputTokens ?? null,
    reasoning: counts?.reasoningTokens ?? null,
  };
}
