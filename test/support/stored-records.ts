/** Stored records for tests, small and complete. */
import type {
  AllocationRecord,
  AttemptRecord,
  DecisionRecord,
  OutcomeRecord,
} from '../../daemon/src/store/records.ts';

export function decisionRecord(decisionId: string, createdAtMs = 1000): DecisionRecord {
  const task = {
    taskId: 't1',
    kind: 'explain',
    language: null,
    inputTokens: 10,
    outputTokens: 20,
    needs: { tools: false, vision: false, structuredOutput: false, reasoning: false },
    priority: 'interactive',
    deadlineMs: null,
    maxCostUsd: null,
    pin: null,
    exclude: [],
  } as const;
  const weights = { capability: 0.4, performance: 0.3, resources: 0.2, history: 0.1 };
  return {
    decisionId,
    taskId: 't1',
    retryOf: null,
    createdAtMs,
    client: 'cli',
    kind: 'explain',
    promptSha256: 'f'.repeat(64),
    promptChars: 10,
    prompt: null,
    context: [{ file: 'a.ts', range: { startLine: 1, endLine: 2 }, bytes: 3, sha256: '0'.repeat(64) }],
    skippedContext: [{ file: '.env', reason: 'secret' }],
    input: { task, routes: [], policy: [], seed: 7 },
    selection: {
      candidates: [],
      ranked: ['n/m'],
      chosen: 'n/m',
      objective: 'balanced',
      weights,
      settings: [],
      summary: 's',
      propensity: 1,
    },
    labels: { 'n/m': { label: 'M', provider: 'ollama' } },
    cached: false,
    decidedInUs: 12,
    versions: { engine: '1', policy: 'p', catalog: 'c' },
  };
}

/** What was weighed at one time for a decision. */
export function allocationRecord(decisionId: string, atMs: number): AllocationRecord {
  const weighed = { isFeasible: true, waitMs: 10, extraCostUsd: 0, qualityLoss: 0, utility: -0.5 };
  const allocation = {
    ...{ route: 'n/m', atMs, isAllocated: false, summary: 'Short.', held: [], maxOutputTokens: null },
    strategies: [{ strategy: 'wait', isChosen: true, reason: 'Soon.', ...weighed }] as const,
  };
  return { decisionId, allocation: { ...allocation, strategies: [...allocation.strategies] } };
}

export function attemptRecord(attemptId: string, decisionId: string, costUsd: number | null): AttemptRecord {
  return {
    attemptId,
    decisionId,
    routeId: 'n/m',
    startedAtMs: 1000,
    result:
      costUsd === null
        ? null
        : {
            status: 'succeeded',
            failure: null,
            firstTokenMs: 5,
            totalMs: 10,
            inputTokens: 1,
            outputTokens: 2,
            costUsd,
            retryAfterMs: null,
            endedAtMs: 2000,
            message: null,
            cachedInputTokens: null,
            reasoningTokens: null,
            finishReason: 'stop',
          },
  };
}

export function outcomeRecord(decisionId: string): OutcomeRecord {
  return {
    decisionId,
    endedAtMs: 2000,
    status: 'succeeded',
    routeId: 'n/m',
    attempts: 1,
    finishReason: 'stop',
    queuedMs: 0,
    firstTokenMs: 5,
    totalMs: 10,
    inputTokens: 1,
    outputTokens: 2,
    cachedInputTokens: null,
    reasoningTokens: null,
    costUsd: 0.25,
    errorCode: null,
  };
}
