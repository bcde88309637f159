/**
 * What every task saves, as rows: in the order of their tables' columns, so that what the journal says is bound as it
 * stands. JSON that goes into a column is not part of a row: it is a line of its own in the journal, and never parsed on its
 * way.
 */
import type { Lease } from '../../engine/index.ts';
import type { AttemptRecord, DecisionRecord, EngineStateRecord, OutcomeRecord } from '../records.ts';

/** With the names of the standing facts that its record names. */
export type DecisionColumns = readonly [
  decisionId: string,
  taskId: string,
  createdAtMs: number,
  kind: DecisionRecord['kind'],
  prompt: string | null,
  chosen: string | null,
  ...facts: string[],
];

/** How many of them are columns of the decision's own row. */
export const decisionColumnCount = 6;

export type AttemptColumns = readonly [
  attemptId: string,
  decisionId: string,
  routeId: string,
  startedAtMs: number,
  endedAtMs: number | null,
  status: string,
  costUsd: number | null,
];

export type OutcomeRow = readonly [
  ...[decisionId: string, endedAtMs: number, status: OutcomeRecord['status'], routeId: string | null],
  ...[attempts: number, finishReason: string | null, queuedMs: number, firstTokenMs: number | null],
  ...[totalMs: number, inputTokens: number | null, outputTokens: number | null],
  ...[cachedInputTokens: number | null, reasoningTokens: number | null, costUsd: number | null],
  errorCode: string | null,
];

export type StateColumns = readonly [area: EngineStateRecord['area'], key: string, updatedAtMs: number];

export type LeaseColumns = readonly [fence: number, endedAtMs: number | null];

export function decisionColumns(decision: DecisionRecord, facts: readonly string[] = []): DecisionColumns {
  const { decisionId, taskId, createdAtMs, kind, prompt, selection } = decision;
  return [decisionId, taskId, createdAtMs, kind, prompt, selection.chosen, ...facts];
}

export function attemptColumns({
  attemptId,
  decisionId,
  routeId,
  startedAtMs,
  result,
}: AttemptRecord): AttemptColumns {
  if (result === null) return [attemptId, decisionId, routeId, startedAtMs, null, 'running', null];
  const { endedAtMs, status, costUsd } = result;
  return [attemptId, decisionId, routeId, startedAtMs, endedAtMs, status, costUsd];
}

/** `result`: as JSON; null: it runs. */
export function attemptOf(
  [attemptId, decisionId, routeId, startedAtMs]: AttemptColumns,
  result: string | null,
): AttemptRecord {
  const parsed = result === null ? null : (JSON.parse(result) as AttemptRecord['result']);
  return { attemptId, decisionId, routeId, startedAtMs, result: parsed };
}

export function outcomeRow(outcome: OutcomeRecord): OutcomeRow {
  const { decisionId, endedAtMs, status, routeId, attempts, finishReason, queuedMs, firstTokenMs } = outcome;
  const { totalMs, inputTokens, outputTokens, cachedInputTokens, reasoningTokens, costUsd } = outcome;
  return [
    decisionId,
    endedAtMs,
    status,
    routeId,
    attempts,
    finishReason,
    queuedMs,
    firstTokenMs,
    totalMs,
    inputTokens,
    outputTokens,
    cachedInputTokens,
    reasoningTokens,
    costUsd,
    outcome.errorCode,
  ];
}

export function outcomeOf(row: OutcomeRow): OutcomeRecord {
  const [decisionId, endedAtMs, status, routeId, attempts, finishReason, queuedMs, firstTokenMs] = row;
  const [, , , , , , , , totalMs, inputTokens, outputTokens, cachedInputTokens, reasoningTokens] = row;
  const [costUsd, errorCode] = [row[13], row[14]];
  return {
    ...{ decisionId, endedAtMs, status, routeId, attempts, finishReason, queuedMs, firstTokenMs },
    ...{ totalMs, inputTokens, outputTokens, cachedInputTokens, reasoningTokens, costUsd, errorCode },
  };
}

export function leaseColumns({ fence, endedAtMs }: Lease): LeaseColumns {
  return [fence, endedAtMs];
}
