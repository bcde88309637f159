/** Stored records for tests, small and complete. */
import type { Store } from '../../daemon/src/store/store.ts';
import { selectPrimaryRoute } from '../../daemon/src/engine/index.ts';
import type {
  AllocationRecord,
  AttemptRecord,
  DecisionRecord,
  OutcomeRecord,
} from '../../daemon/src/store/records.ts';
import {
  knownRoutes,
  standingFacts,
  type KnownParts,
  type StandingRoute,
} from '../../daemon/src/store/standing-facts.ts';
import { buildInput, buildLayer, buildRoute } from './engine-facts.ts';

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

/**
 * A decision as the daemon makes one, among two routes.
 * @param variant other standing facts, as after somebody changed a price
 */
export function daemonDecision(decisionId: string, createdAtMs: number, variant = 0): DecisionRecord {
  const prices = { inputPerMTok: 1 + variant, outputPerMTok: 2 };
  const input = buildInput({
    routes: ['a/one', 'b/two'].map((routeId) => buildRoute({ routeId, prices })),
    policy: [buildLayer('user', { objective: 'cost' })],
  });
  const record = { ...decisionRecord(decisionId, createdAtMs), input, selection: selectPrimaryRoute(input) };
  return { ...record, known: () => knownOf(record) };
}

/** What the daemon has of a decision before it is made. */
export function knownOf({ input, labels }: DecisionRecord): KnownParts {
  const placeOf = (routeId: string) => input.routes.findIndex((route) => route.routeId === routeId);
  return {
    ...knownRoutes({ routes: input.routes.map(standingRoute), labels }, placeOf),
    policy: standingFacts(JSON.stringify(input.policy)),
  };
}

function standingRoute(route: DecisionRecord['input']['routes'][number]): StandingRoute {
  const { routeId, nodeId, modelId, isLocal, isDemo, access, capabilities, maxOutputTokens, prices } = route;
  const { speedPrior } = route.performance;
  return {
    ...{ routeId, nodeId, modelId, isLocal, isDemo, access, capabilities, maxOutputTokens, prices },
    speedPrior,
  };
}

/** A task with one attempt and its end. */
export function saveTask(store: Store, name: string, createdAtMs = 1_000): void {
  store.saveDecision(decisionRecord(name, createdAtMs));
  store.saveAttempt(attemptRecord(`${name}-a`, name, 0.25));
  store.saveOutcome(outcomeRecord(name));
}
