import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocateResources,
  createLedger,
  MemoryBook,
  type AllocationRequest,
  type NodeResources,
} from './index.ts';

const node = (changes: Partial<NodeResources> = {}): NodeResources => ({
  nodeId: 'a',
  quotaGroup: null,
  rates: {},
  slots: 4,
  localMemoryBytes: null,
  ...changes,
});
const request = (changes: Partial<AllocationRequest> = {}): AllocationRequest => ({
  requestId: 'attempt-1',
  routeId: 'a/one',
  node: node(),
  needs: {
    requests: 1,
    slots: 1,
    inputTokens: 1_000,
    outputTokens: 500,
    maxTokens: null,
    localMemoryBytes: 0,
    predictedNanoUsd: 2_000_000,
    worstNanoUsd: 5_000_000,
  },
  money: [],
  priority: 'interactive',
  expected: { firstTokenMs: 1_000, totalMs: 8_000, costUsd: 0.01 },
  deadlineMs: null,
  ...changes,
});

function allocated(changes: Partial<AllocationRequest> = {}) {
  const allocation = allocateResources(request(changes), createLedger(new MemoryBook()), 0);
  if (allocation.status !== 'allocated') throw new Error('expected a free slot');
  return allocation;
}

describe('allocateResources', () => {
  it('allocates what the call needs, with its lease, constraints, priority and timeouts', () => {
    const limited = node({ rates: { outputTokens: { limit: 10_000, blockedUntilMs: null } } });
    expect(allocated({ deadlineMs: 120_000, node: limited })).toEqual({
      status: 'allocated',
      leaseId: 'attempt-1',
      fence: 1,
      expiresAtMs: 2_000,
      commitForMs: 64_000,
      allocated: { routeId: 'a/one', nodeId: 'a', slots: 1, outputTokens: 500 },
      constraints: { slots: 4, deadlineMs: 120_000, maxTokens: null },
      priority: 'interactive',
      timeoutMs: 54_000,
      firstTokenTimeoutMs: 9_000,
      stallTimeoutMs: 15_000,
      estimate: {
        inputTokens: 1_000,
        outputTokens: 500,
        predictedNanoUsd: 2_000_000,
        worstNanoUsd: 5_000_000,
      },
      softExceeded: [],
    });
  });

  it('has room while a slot is free, and always where no limit is known', () => {
    const fill = (slots: number | null, calls: number) => {
      const ledger = createLedger(new MemoryBook());
      const ask = (index: number) =>
        allocateResources(request({ requestId: `r${index}`, node: node({ slots }) }), ledger, 0).status;
      return Array.from({ length: calls }, (_, index) => ask(index)).filter(
        (status) => status === 'allocated',
      ).length;
    };
    expect([fill(4, 9), fill(1, 9), fill(null, 9), fill(0, 9)]).toEqual([4, 1, 9, 0]);
  });

  it('says when a slot should be free: the more calls under way, the sooner', () => {
    const wait = (inFlight: number, totalMs: number) => {
      const ledger = createLedger(new MemoryBook());
      const expected = { firstTokenMs: 1, totalMs, costUsd: null };
      const ask = (requestId: string) =>
        allocateResources(request({ requestId, expected, node: node({ slots: inFlight }) }), ledger, 0);
      for (let index = 0; index < inFlight; index += 1) ask(`r${index}`);
      const allocation = ask('last');
      return allocation.status === 'shortage' ? allocation.retryAfterMs : null;
    };
    expect(wait(1, 8_000)).toBe(4_000);
    expect(wait(3, 8_000)).toBe(2_000);
    expect(wait(1, 10)).toBe(250);
    expect(wait(1, 10_000_000)).toBe(30_000);
  });

  it('names the dimension that is shortest as the bottleneck, and takes nothing', () => {
    const ledger = createLedger(new MemoryBook());
    const rate = (limit: number) => ({ limit, blockedUntilMs: null });
    const short = node({ rates: { inputTokens: rate(900), outputTokens: rate(100), requests: rate(60) } });
    const allocation = allocateResources(request({ node: short }), ledger, 0);
    if (allocation.status !== 'shortage') throw new Error('expected a shortage');
    expect(allocation.bottleneck.dimension).toBe('outputTokens');
    expect(allocation.shortfalls.map(({ dimension }) => dimension)).toEqual(['inputTokens', 'outputTokens']);
    expect(allocation.retryAfterMs).toBeNull();
    expect(ledger.view(0)).toEqual({ buckets: [], leases: [] });
  });

  it('gives the same lease for the same id, and refuses one that is over', () => {
    const ledger = createLedger(new MemoryBook());
    const first = allocateResources(request(), ledger, 0);
    expect(allocateResources(request(), ledger, 1)).toEqual(first);
    ledger.release({ leaseId: 'attempt-1', fence: 1 }, 2);
    expect(() => allocateResources(request(), ledger, 3)).toThrow('attempt-1');
  });

  it('tells the exact time for a rate, and no call starts before a reported reset', () => {
    const ledger = createLedger(new MemoryBook());
    const at = (nowMs: number, blockedUntilMs: number | null) =>
      allocateResources(
        request({
          requestId: `r${nowMs}`,
          priority: 'critical',
          node: node({ rates: { requests: { limit: 1, blockedUntilMs } } }),
        }),
        ledger,
        nowMs,
      );
    expect(at(0, null).status).toBe('allocated');
    const target = { routeId: 'a/one', nodeId: 'a', provider: 'p' };
    ledger.commit({ leaseId: 'r0', fence: 1 }, { target, expiresAtMs: 120_000 }, 0);
    expect(at(15_000, null)).toMatchObject({ status: 'shortage', retryAfterMs: 45_000 });
    expect(at(60_000, 90_000)).toMatchObject({ status: 'shortage', retryAfterMs: 30_000 });
    expect(at(90_000, 90_000).status).toBe('allocated');
  });
});

describe('timeouts', () => {
  it('follow the prediction between their bounds', () => {
    const first = (firstTokenMs: number) =>
      allocated({ expected: { firstTokenMs, totalMs: firstTokenMs, costUsd: null } }).firstTokenTimeoutMs;
    expect([first(100), first(2_000), first(60_000)]).toEqual([8_000, 18_000, 60_000]);
    const total = (totalMs: number) =>
      allocated({ expected: { firstTokenMs: 100, totalMs, costUsd: null } }).timeoutMs;
    expect([total(1_000), total(10_000), total(1_000_000)]).toEqual([30_000, 67_500, 600_000]);
  });

  it('give a server that may have to load its model the longest first token', () => {
    const { firstTokenTimeoutMs, timeoutMs } = allocated({ mayLoadModel: true });
    expect(firstTokenTimeoutMs).toBe(60_000);
    expect(timeoutMs).toBeGreaterThanOrEqual(2 * firstTokenTimeoutMs);
  });

  it('give a load that was announced its own time, whatever the prompt takes', () => {
    const first = (coldStartMs: number, mayLoadModel = true) =>
      allocated({
        expected: { firstTokenMs: 1_000 + coldStartMs, totalMs: 8_000 + coldStartMs, costUsd: null },
        mayLoadModel,
        coldStartMs,
      }).firstTokenTimeoutMs;
    // In memory: as any other; a load of 4 s, of 30 s (104 s were seen), of a quarter of an hour.
    expect([first(0, false), first(4_000), first(30_000), first(900_000)]).toEqual([
      ...[9_000, 60_000, 99_000, 300_000],
    ]);
  });

  it('leave a server on this machine that has just begun soon, and are patient with a long prompt', () => {
    const first = (local: Required<AllocationRequest>['local'], mayLoadModel = true) =>
      allocated({
        expected: { firstTokenMs: 300, totalMs: 2_000, costUsd: null },
        ...{ local, mayLoadModel },
      }).firstTokenTimeoutMs;
    const seen = { inputTokens: 200, seenFirstTokenMs: 400, callsAhead: 0 };
    expect([
      first(null),
      first({ ...seen, seenFirstTokenMs: null }),
      // In memory, never seen: a processor may read it.
      first({ ...seen, seenFirstTokenMs: null, inputTokens: 1_000 }, false),
      first(seen),
      first({ ...seen, seenFirstTokenMs: 5_000 }),
      first({ ...seen, inputTokens: 4_000 }),
      first({ ...seen, callsAhead: 6 }),
      first({ ...seen, inputTokens: 1e9 }),
    ]).toEqual([60_000, 60_000, 15_000, 8_000, 15_000, 12_000, 13_200, 60_000]);
  });

  it('wait longer between the tokens of a slow writer', () => {
    const expected = { firstTokenMs: 1_000, totalMs: 60_000, costUsd: null };
    const stall = (tokensPerSecond: number | null) => allocated({ tokensPerSecond, expected }).stallTimeoutMs;
    expect([stall(null), stall(100), stall(2), stall(0.1), stall(0)]).toEqual([
      ...[15_000, 15_000, 30_000, 60_000, 15_000],
    ]);
  });

  it('never outlast the deadline, nor each other', () => {
    const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        ms,
        ms,
        fc.option(fc.integer({ min: -1_000, max: 3_600_000 })),
        fc.boolean(),
        (a, b, deadlineMs, local) => {
          const timeouts = allocated({
            expected: { firstTokenMs: a, totalMs: a + b, costUsd: null },
            deadlineMs,
            mayLoadModel: local,
          });
          const { timeoutMs, firstTokenTimeoutMs, stallTimeoutMs } = timeouts;
          expect(timeoutMs).toBeGreaterThanOrEqual(1);
          if (deadlineMs !== null) expect(timeoutMs).toBeLessThanOrEqual(Math.max(1, deadlineMs));
          expect(Math.max(firstTokenTimeoutMs, stallTimeoutMs)).toBeLessThanOrEqual(timeoutMs);
          expect(Math.min(firstTokenTimeoutMs, stallTimeoutMs)).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
