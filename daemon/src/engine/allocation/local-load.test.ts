/** What a server has to do before it can begin: loads, what they throw out, and calls of others. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foreignQueueMs, loadDelay } from './local-load.ts';
import type { LoadRequest, LoadableModel } from './local-load.ts';

const model = (changes: Partial<LoadableModel> = {}): LoadableModel => ({
  state: 'cold',
  windowTokens: null,
  bytes: 4e9,
  coldStartMs: 8_000,
  ...changes,
});
const request = (changes: Partial<LoadRequest> = {}): LoadRequest => ({
  model: model(),
  neededTokens: 3_000,
  windowOnRequest: true,
  others: [],
  capacityBytes: 8e9,
  ...changes,
});
const loaded = (changes: Partial<LoadableModel> = {}) =>
  model({ state: 'loaded', windowTokens: 4_096, ...changes });

describe('the delay of a call', () => {
  it('is a load for a model that is not there, and nothing for one that is, or of which nothing is known', () => {
    expect(loadDelay(request())).toEqual({ state: 'cold', coldStartMs: 8_000, evictionMs: 0 });
    expect(loadDelay(request({ model: loaded() }))).toEqual({
      state: 'loaded',
      coldStartMs: 0,
      evictionMs: 0,
    });
    expect(loadDelay(request({ model: model({ state: 'unknown' }) }))).toMatchObject({
      state: 'unknown',
      coldStartMs: 0,
    });
  });

  it('is a load, too, where the task needs a larger window and the server makes one', () => {
    const large = { model: loaded(), neededTokens: 9_000 };
    expect(loadDelay(request(large))).toMatchObject({ state: 'cold', coldStartMs: 8_000 });
    expect(loadDelay(request({ ...large, windowOnRequest: false })).state).toBe('loaded');
  });

  it('counts what has to be loaded again: the cheapest models that make room', () => {
    const others = [loaded({ coldStartMs: 9_000, bytes: 3e9 }), loaded({ coldStartMs: 1_000, bytes: 2e9 })];
    const evicted = (capacityBytes: number | null) =>
      loadDelay(request({ others, capacityBytes })).evictionMs;
    expect([evicted(9e9), evicted(8e9), evicted(6e9), evicted(null)]).toEqual([0, 1_000, 10_000, 0]);
    const unsized = request({ model: model({ bytes: null }), others, capacityBytes: 1 });
    expect(loadDelay(unsized).evictionMs).toBe(0);
  });

  it('is finite and never negative', () => {
    const any = fc.record({
      state: fc.constantFrom('loaded' as const, 'cold' as const, 'unknown' as const),
      windowTokens: fc.option(fc.integer({ min: 1, max: 1e6 })),
      bytes: fc.option(fc.double({ min: 0, max: 1e15, noNaN: true })),
      coldStartMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    });
    fc.assert(
      fc.property(
        any,
        fc.array(any, { maxLength: 9 }),
        fc.option(fc.double({ min: 0, noNaN: true })),
        (own, others, capacityBytes) => {
          const delay = loadDelay(request({ model: own, others, capacityBytes }));
          for (const ms of [delay.coldStartMs, delay.evictionMs]) {
            expect(ms).toBeGreaterThanOrEqual(0);
            expect(ms).toBeLessThanOrEqual(300_000);
          }
        },
      ),
    );
  });
});

describe('the wait for calls of others', () => {
  it('begins when no slot is left, and is shared by the slots', () => {
    const wait = (ours: number, foreign: number, slots: number | null) =>
      foreignQueueMs({ ours, foreign, slots }, 6_000);
    expect([
      wait(0, 1, 2),
      wait(0, 2, 2),
      wait(1, 2, 2),
      wait(0, 1, 1),
      wait(5, 5, null),
      wait(0, 3, 0),
    ]).toEqual([...[0, 3_000, 6_000, 6_000, 0, 0]]);
  });
});
