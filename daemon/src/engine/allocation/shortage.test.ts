/** What happens when something is short: limits that providers tell, the line, and the ways out. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocateResources,
  attemptResourceOptimization,
  createLedger,
  learnLimits,
  limitsAt,
  MemoryBook,
  nextInQueue,
  noLearnedLimits,
  overdue,
  queueOrder,
  queuePosition,
  rateBucketId,
  reportedUse,
  strategyOrder,
  type AllocationRequest,
  type Ledger,
  type LimitObservation,
  type QueuedTask,
  type Shortage,
  type ShortageOptions,
} from './index.ts';

describe('learned limits', () => {
  const seen = (changes: Partial<LimitObservation> = {}): LimitObservation => ({
    atMs: 1_000,
    buckets: [],
    retryAtMs: null,
    wasRefused: false,
    ...changes,
  });
  const counter = (limit: number, remaining: number, windowMs: number | null = 60_000) => ({
    ...({ dimension: 'outputTokens', limit, remaining, windowMs, resetsAtMs: 9_000 } as const),
  });

  it('takes the lower of configured and learned', () => {
    const state = learnLimits(noLearnedLimits, seen({ buckets: [counter(8_000, 5)] }));
    expect(limitsAt(state, { outputTokens: 9_000, requests: 7 }, 2_000)).toEqual({
      requests: { limit: 7, blockedUntilMs: null },
      outputTokens: { limit: 8_000, blockedUntilMs: null },
    });
    expect(limitsAt(state, { outputTokens: 4_000 }, 2_000).outputTokens?.limit).toBe(4_000);
    expect(reportedUse(seen({ buckets: [counter(8_000, 5)] }))).toEqual([
      { dimension: 'outputTokens', used: 7_995 },
    ]);
  });

  it('closes what is used up until its reset, of any window, and opens it then', () => {
    const state = learnLimits(noLearnedLimits, seen({ buckets: [counter(50, 0, 86_400_000)] }));
    expect(limitsAt(state, {}, 8_999)).toEqual({ outputTokens: { limit: null, blockedUntilMs: 9_000 } });
    expect(limitsAt(state, {}, 9_000)).toEqual({});
    expect(reportedUse(seen({ buckets: [counter(50, 0, 86_400_000)] }))).toEqual([]);
  });

  it('closes everything after a refusal: for the time told, else a pause of its own', () => {
    const until = (changes: Partial<LimitObservation>) =>
      limitsAt(learnLimits(noLearnedLimits, seen({ wasRefused: true, ...changes })), {}, 1_000).requests
        ?.blockedUntilMs;
    expect(until({ retryAtMs: 5_000 })).toBe(5_000);
    expect(until({ buckets: [counter(50, 0)] })).toBe(9_000);
    expect(until({})).toBe(16_000);
    expect(until({ retryAtMs: Number.MAX_SAFE_INTEGER })).toBe(86_401_000);
  });

  it('never lets a call start before a reset that was told, whatever is told after it', () => {
    const observation = fc.record({
      atMs: fc.nat(100_000),
      retryAtMs: fc.option(fc.nat(200_000)),
      wasRefused: fc.boolean(),
      buckets: fc.array(
        fc.record({
          dimension: fc.constantFrom('requests', 'outputTokens'),
          windowMs: fc.option(fc.constantFrom(1_000, 60_000, 3_600_000)),
          limit: fc.option(fc.integer({ min: 1, max: 1_000 })),
          remaining: fc.option(fc.nat(3)),
          resetsAtMs: fc.option(fc.nat(200_000)),
        }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 8 }), fc.nat(200_000), (observations, nowMs) => {
        const state = observations.reduce(learnLimits, noLearnedLimits);
        const told = Math.max(
          0,
          ...observations.map(({ wasRefused, retryAtMs }) => (wasRefused ? (retryAtMs ?? 0) : 0)),
        );
        const ledger = createLedger(new MemoryBook());
        const allocation = allocateResources(
          request('a', { rates: limitsAt(state, {}, nowMs) }),
          ledger,
          nowMs,
        );
        if (nowMs < told) expect(allocation.status).toBe('shortage');
      }),
    );
  });

  it('counts nodes of one quota group together', () => {
    expect(rateBucketId({ nodeId: 'a', quotaGroup: 'g' }, 'requests')).toBe(
      rateBucketId({ nodeId: 'b', quotaGroup: 'g' }, 'requests'),
    );
    expect(rateBucketId({ nodeId: 'a', quotaGroup: null }, 'requests')).not.toBe(
      rateBucketId({ nodeId: 'b', quotaGroup: null }, 'requests'),
    );
  });
});

describe('queue', () => {
  const task = (
    taskId: string,
    sequence: number,
    priority: QueuedTask['priority'] = 'interactive',
    waitsFor: string[] = ['slots/n'],
  ): QueuedTask => ({ taskId, sequence, priority, waitsFor, untilMs: sequence * 100 });

  it('serves priorities in order and arrivals within one', () => {
    const waiting = [task('d', 1, 'batch'), task('c', 4), task('b', 3), task('a', 9, 'critical')];
    expect(queueOrder(waiting).map(({ taskId }) => taskId)).toEqual(['a', 'b', 'c', 'd']);
    expect([queuePosition(waiting, 'c'), queuePosition(waiting, 'x')]).toEqual([3, null]);
    expect(nextInQueue(waiting, () => true)?.taskId).toBe('a');
    expect(overdue(waiting, 400).map(({ taskId }) => taskId)).toEqual(['b', 'c', 'd']);
  });

  it('lets nobody past who takes what an earlier one waits for', () => {
    const waiting = [task('large', 1), task('small', 2), task('elsewhere', 3, 'interactive', ['slots/m'])];
    expect(nextInQueue(waiting, ({ taskId }) => taskId !== 'large')?.taskId).toBe('elsewhere');
    expect(nextInQueue(waiting, () => false)).toBeNull();
  });
});

describe('attemptResourceOptimization', () => {
  const none: ShortageOptions = {
    maxWaitMs: 30_000,
    lowerMaxTokens: 'Not capped.',
    otherAccount: 'There is none.',
    otherRoute: 'None is above the quality gate.',
    trimContext: 'Nothing to trim.',
    holdBack: 'Nothing lower is under way.',
    downgrade: 'Not allowed.',
  };
  const short = (ledger: Ledger, requestId = 'a'): Shortage => {
    ledger.hold(
      {
        ...{ requestId: 'other', priority: 'critical', ttlMs: 1e6, predictedNanoUsd: null },
        claims: [
          { bucketId: 'slots/n', dimension: 'slots', amount: 1, limit: 1, hard: true, blockedUntilMs: null },
        ],
      },
      0,
    );
    const shortage = allocateResources(request(requestId), ledger, 0);
    if (shortage.status !== 'shortage') throw new Error('expected a shortage');
    return shortage;
  };
  const alternative = (nodeId: string, qualityLoss: number, extraCostUsd = 0) => ({
    request: request('a', { nodeId }),
    extraCostUsd,
    qualityLoss,
    reason: 'Free.',
  });
  const solve = (
    options: Partial<ShortageOptions>,
    priority: AllocationRequest['priority'] = 'interactive',
  ) => {
    const ledger = createLedger(new MemoryBook());
    const shortage = short(ledger);
    return {
      ...attemptResourceOptimization({ shortage, options: { ...none, ...options }, priority }, ledger, 0),
      ledger,
    };
  };
  const chosen = (strategies: readonly { isChosen: boolean; strategy: string }[]) =>
    strategies.filter(({ isChosen }) => isChosen).map(({ strategy }) => strategy);

  it('looks at each strategy once, in order, with its reason', () => {
    const { strategies } = solve({});
    expect(strategies.map(({ strategy }) => strategy)).toEqual([...strategyOrder]);
    expect(strategies.every(({ reason }) => reason.length > 0)).toBe(true);
    expect(chosen(strategies)).toEqual(['wait']);
  });

  it('takes another account at once rather than wait', () => {
    const result = solve({ otherAccount: alternative('m', 0), otherRoute: alternative('o', 0.2) });
    expect(result).toMatchObject({ status: 'allocated', allocation: { allocated: { nodeId: 'm' } } });
    expect(chosen(result.strategies)).toEqual(['otherAccount']);
    expect(result.ledger.view(0).leases).toHaveLength(2);
  });

  it('waits when that is better than a worse or dearer answer; a batch waits longer', () => {
    const otherRoute = alternative('m', 0.05);
    expect(chosen(solve({ otherRoute }).strategies)).toEqual(['wait']);
    expect(chosen(solve({ otherRoute: alternative('m', 0.02) }).strategies)).toEqual(['otherRoute']);
    expect(chosen(solve({ otherRoute: alternative('m', 0.02) }, 'batch').strategies)).toEqual(['wait']);
    expect(chosen(solve({ otherRoute: alternative('m', 0, 1) }).strategies)).toEqual(['wait']);
  });

  it('recalculates once; when that is short as well it waits or turns the task away', () => {
    const result = solve({ otherAccount: alternative('n', 0), otherRoute: alternative('m', 0) });
    expect(result).toMatchObject({ status: 'queued', retryAfterMs: 4_000 });
    expect(result.strategies.find(({ strategy }) => strategy === 'otherAccount')).toMatchObject({
      isFeasible: false,
      reason: 'Tried, and short as well.',
    });
    const away = solve({ maxWaitMs: 100, otherAccount: alternative('n', 0) });
    expect(away).toMatchObject({ status: 'rejected', retryAfterMs: 4_000 });
    expect(chosen(away.strategies)).toEqual(['reject']);
  });

  it('always ends with exactly one choice and at most one more hold', () => {
    const option = fc.oneof(
      fc.constant('No.'),
      fc.record({ node: fc.constantFrom('n', 'm'), loss: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(
      fc.property(
        fc.record({
          lowerMaxTokens: option,
          otherAccount: option,
          otherRoute: option,
          trimContext: option,
          downgrade: option,
          maxWaitMs: fc.nat(60_000),
        }),
        ({ maxWaitMs, ...ways }) => {
          const options = Object.fromEntries(
            Object.entries(ways).map(([name, way]) => [
              name,
              typeof way === 'string' ? way : alternative(way.node, way.loss),
            ]),
          );
          const result = solve({ ...options, maxWaitMs });
          expect(result.strategies).toHaveLength(8);
          expect(chosen(result.strategies)).toHaveLength(1);
          expect(result.ledger.view(0).leases).toHaveLength(result.status === 'allocated' ? 2 : 1);
        },
      ),
    );
  });
});

function request(requestId: string, node: Partial<AllocationRequest['node']> = {}): AllocationRequest {
  const nodeId = node.nodeId ?? 'n';
  return {
    requestId,
    routeId: `${nodeId}/one`,
    node: { nodeId, quotaGroup: null, rates: {}, slots: 1, localMemoryBytes: null, ...node },
    needs: {
      ...{ requests: 1, slots: 1, inputTokens: 10, outputTokens: 1, maxTokens: null, localMemoryBytes: 0 },
      ...{ predictedNanoUsd: null, worstNanoUsd: null },
    },
    money: [],
    priority: 'interactive',
    expected: { firstTokenMs: 100, totalMs: 8_000, costUsd: null },
    deadlineMs: null,
  };
}
