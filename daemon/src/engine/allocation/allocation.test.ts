import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateResources, createSlotLedger, type AllocationRequest } from './index.ts';

const request = (changes: Partial<AllocationRequest> = {}): AllocationRequest => ({
  routeId: 'a/one',
  nodeId: 'a',
  priority: 'interactive',
  expected: { firstTokenMs: 1_000, totalMs: 8_000, costUsd: 0.01 },
  deadlineMs: null,
  ...changes,
});
const free = { inFlight: 0, slots: 4 };

function allocated(changes: Partial<AllocationRequest> = {}) {
  const allocation = allocateResources(request(changes), free);
  if (allocation.status !== 'allocated') throw new Error('expected a free slot');
  return allocation;
}

describe('allocateResources', () => {
  it('allocates a slot with its constraints, priority and timeouts', () => {
    expect(allocateResources(request({ deadlineMs: 120_000 }), free)).toEqual({
      status: 'allocated',
      allocated: { routeId: 'a/one', nodeId: 'a', slots: 1 },
      constraints: { slots: 4, deadlineMs: 120_000 },
      priority: 'interactive',
      timeoutMs: 54_000,
      firstTokenTimeoutMs: 9_000,
      stallTimeoutMs: 15_000,
    });
  });

  it('has room while a slot is free, and always where no limit is known', () => {
    const status = (inFlight: number, slots: number | null) =>
      allocateResources(request(), { inFlight, slots }).status;
    expect([status(3, 4), status(4, 4), status(5, 4), status(1_000, null), status(0, 0)]).toEqual([
      ...['allocated', 'shortage', 'shortage', 'allocated', 'shortage'],
    ]);
  });

  it('says when a slot should be free: the more calls under way, the sooner', () => {
    const wait = (inFlight: number, totalMs: number) => {
      const expected = { firstTokenMs: 1, totalMs, costUsd: null };
      const allocation = allocateResources(request({ expected }), { inFlight, slots: 1 });
      return allocation.status === 'shortage' ? allocation.retryAfterMs : null;
    };
    expect(wait(1, 8_000)).toBe(4_000);
    expect(wait(3, 8_000)).toBe(2_000);
    expect(wait(1, 10)).toBe(250);
    expect(wait(1, 10_000_000)).toBe(30_000);
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

describe('createSlotLedger', () => {
  const lease = (leaseId: string, routeId = 'a/one') => ({
    leaseId,
    nodeId: routeId.split('/')[0]!,
    routeId,
  });

  it('counts by node and by route', () => {
    const ledger = createSlotLedger();
    ledger.acquire(lease('1'));
    ledger.acquire(lease('2', 'a/two'));
    ledger.acquire(lease('3', 'b/one'));
    expect([ledger.inFlight('a'), ledger.inFlight('b'), ledger.inFlight('c')]).toEqual([2, 1, 0]);
    expect([ledger.inFlightOn('a/one'), ledger.inFlightOn('a/two'), ledger.total()]).toEqual([1, 1, 3]);
  });

  it('releases exactly once', () => {
    const ledger = createSlotLedger();
    expect(ledger.acquire(lease('1'))).toBe(true);
    expect(ledger.acquire(lease('1'))).toBe(false);
    expect(ledger.inFlight('a')).toBe(1);
    expect([ledger.release('1'), ledger.release('1'), ledger.release('never')]).toEqual([true, false, false]);
    expect([ledger.inFlight('a'), ledger.total()]).toEqual([0, 0]);
  });

  it('counts down what it counted up, even when the caller changes its object', () => {
    const ledger = createSlotLedger();
    const mutable = { ...lease('1') };
    ledger.acquire(mutable);
    mutable.nodeId = 'b';
    ledger.release('1');
    expect([ledger.inFlight('a'), ledger.inFlight('b')]).toEqual([0, 0]);
  });

  it('agrees with a plain list of leases over any history, and ends empty', () => {
    const step = fc.record({
      take: fc.boolean(),
      leaseId: fc.constantFrom('1', '2', '3', '4', '5'),
      routeId: fc.constantFrom('a/one', 'a/two', 'b/one'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ledger = createSlotLedger();
        const model = new Map<string, string>();
        for (const { take, leaseId, routeId } of steps) {
          if (take) {
            expect(ledger.acquire(lease(leaseId, routeId))).toBe(!model.has(leaseId));
            if (!model.has(leaseId)) model.set(leaseId, routeId);
          } else {
            expect(ledger.release(leaseId)).toBe(model.delete(leaseId));
          }
          for (const node of ['a', 'b']) {
            const held = [...model.values()].filter((id) => id.startsWith(`${node}/`)).length;
            expect(ledger.inFlight(node)).toBe(held);
          }
          expect(ledger.total()).toBe(model.size);
        }
        for (const leaseId of model.keys()) ledger.release(leaseId);
        expect([ledger.total(), ledger.inFlight('a'), ledger.inFlightOn('b/one')]).toEqual([0, 0, 0]);
      }),
      { numRuns: 2_000 },
    );
  });
});
