/** Stored attempts, transitions and outcomes in the wire's form. */
import type { Attempt, FailureKind, FinishReason, Outcome, Tokens, Transition } from '@task-router/protocol';
import type { AttemptRecord, OutcomeRecord, TransitionRecord } from '../../store/records.ts';

export function attemptView({ attemptId, routeId, startedAtMs, result }: AttemptRecord): Attempt {
  const shared = { attemptId, route: routeId, startedAtMs, tokens: tokensView(result) };
  if (result === null) {
    const timings = { queuedMs: 0, firstTokenMs: null, totalMs: 0 };
    return { ...shared, status: 'running', failure: null, message: null, timings, costUsd: null };
  }
  const { status, failure, message, firstTokenMs, totalMs, costUsd, warning } = result;
  return {
    ...{ ...shared, status, failure, message, timings: { queuedMs: 0, firstTokenMs, totalMs }, costUsd },
    ...(warning !== undefined && { warning }),
  };
}

type Cap = NonNullable<NonNullable<AttemptRecord['result']>['cap']>;

/** `cap`: a limit of ours on the last attempt's answer. */
export function outcomeView(record: OutcomeRecord, cap: Cap | null): Outcome {
  return {
    status: record.status,
    route: record.routeId,
    attempts: record.attempts,
    finishReason: record.finishReason as FinishReason | null,
    timings: { queuedMs: record.queuedMs, firstTokenMs: record.firstTokenMs, totalMs: record.totalMs },
    tokens: tokensView(record),
    costUsd: record.costUsd,
    ...(cap !== null && record.finishReason === 'length' && { shortened: cap }),
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
