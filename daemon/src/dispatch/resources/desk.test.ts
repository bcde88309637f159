/** What the desk does for the leases of calls that run. */
import { configSchema } from '@task-router/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Allocated } from '../../engine/index.ts';
import { allocateResources } from '../../engine/index.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import type { RouteHandle } from '../decide/facts.ts';
import { ResourceDesk } from './desk.ts';

const second = 1_000;
const needs = {
  ...{ requests: 1, slots: 1, inputTokens: 10, outputTokens: 10, maxTokens: null, localMemoryBytes: 0 },
  ...{ predictedNanoUsd: 0, worstNanoUsd: 0 },
};
const node = { nodeId: 'n', quotaGroup: null, rates: {}, slots: 1, localMemoryBytes: null };
const target = { routeId: 'n/m', nodeId: 'n', provider: 'openai-compatible' };
// The desk reads nothing else of it.
const handle = { facts: { nodeId: 'n', routeId: 'n/m' } } as RouteHandle;

describe('ResourceDesk', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const stage = () => {
    const store = new MemoryStore('test');
    const config = configSchema.parse({});
    const desk = new ResourceDesk({
      ...{ store, clock: { nowMs: () => Date.now() }, slotsOf: () => 1, onChange: () => undefined },
      seenFirstTokenMs: () => null,
      config: {
        current: () => config,
        problems: () => [],
        reloadIfChanged: () => false,
        onDidChange: () => () => undefined,
      },
    });
    const expected = { firstTokenMs: 1, totalMs: 600 * second, costUsd: null };
    const allocation = allocateResources(
      {
        ...{ requestId: 'a', routeId: 'n/m', node, needs, money: [], priority: 'interactive', expected },
        deadlineMs: null,
      },
      desk.ledger,
      Date.now(),
    ) as Allocated;
    const lease = desk.open(allocation, handle);
    const pass = (seconds: number) => vi.advanceTimersByTime(seconds * second);
    const living = () => desk.ledger.view(Date.now()).leases.length;
    return { desk, lease, pass, living };
  };

  it('keeps the lease of a call alive as long as the call runs, and lets go of everything with it', () => {
    const { desk, lease, pass, living } = stage();
    expect(lease.commit(target)).toBe(true);
    pass(300);
    expect([living(), desk.inFlight('n')]).toEqual([1, 1]);
    lease.settle({ amounts: {}, estimated: false });
    expect([living(), desk.inFlight('n')]).toEqual([0, 0]);
    pass(2);
    expect(vi.getTimerCount()).toBe(0);
    desk.dispose();
  });

  it('lets a lease run out that was never committed', () => {
    const { desk, lease, pass, living } = stage();
    pass(10);
    expect([living(), lease.commit(target)]).toEqual([0, false]);
    desk.dispose();
  });
});
