import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bumpEpoch,
  cacheRoute,
  createRouteCache,
  lookupRoute,
  routeCacheStats,
  type RouteCache,
} from './index.ts';

const cacheOf = (capacity: number, ttlMs = 1_000) => createRouteCache<string>({ capacity, ttlMs });
const keys = (cache: RouteCache<string>) => [...cache.entries.keys()].sort();

describe('route cache', () => {
  it('serves what was kept, and counts hits and misses', () => {
    const cache = cacheOf(10);
    expect(lookupRoute('a', cache, 0)).toBeNull();
    cacheRoute('a', 'A', cache, 5);
    expect(lookupRoute('a', cache, 7)).toBe('A');
    expect(lookupRoute('a', cache, 9)).toBe('A');
    expect(cache.entries.get('a')).toEqual({
      value: 'A',
      epoch: 0,
      timestamp: 5,
      usageCount: 2,
      lastUsed: 9,
    });
    expect(routeCacheStats(cache)).toEqual({
      capacity: 10,
      entries: 1,
      hits: 2,
      misses: 1,
      evictions: 0,
      invalidations: 0,
      epoch: 0,
    });
  });

  it('evicts the least used entry, of equals the least recently used', () => {
    const cache = cacheOf(3);
    for (const key of ['a', 'b', 'c']) cacheRoute(key, key, cache, 0);
    lookupRoute('a', cache, 1);
    lookupRoute('b', cache, 2);
    cacheRoute('d', 'd', cache, 3);
    expect(keys(cache)).toEqual(['a', 'b', 'd']);
    lookupRoute('d', cache, 4);
    // All were used once; `a` longest ago.
    cacheRoute('e', 'e', cache, 5);
    expect(keys(cache)).toEqual(['b', 'd', 'e']);
    expect(cache.evictions).toBe(2);
  });

  it('replaces an entry of the same key without evicting another', () => {
    const cache = cacheOf(2);
    cacheRoute('a', 'old', cache, 0);
    cacheRoute('b', 'b', cache, 0);
    cacheRoute('a', 'new', cache, 1);
    expect([lookupRoute('a', cache, 1), lookupRoute('b', cache, 1), cache.evictions]).toEqual([
      'new',
      'b',
      0,
    ]);
  });

  it('serves nothing across an epoch', () => {
    const cache = cacheOf(10);
    cacheRoute('a', 'A', cache, 0);
    bumpEpoch(cache);
    expect(lookupRoute('a', cache, 1)).toBeNull();
    expect(routeCacheStats(cache)).toMatchObject({ invalidations: 1, entries: 0, misses: 1, epoch: 1 });
    cacheRoute('a', 'B', cache, 2);
    expect(lookupRoute('a', cache, 2)).toBe('B');
  });

  it('serves nothing that is too old, or that comes from the future', () => {
    const cache = cacheOf(10, 1_000);
    cacheRoute('a', 'A', cache, 5_000);
    expect(lookupRoute('a', cache, 6_000)).toBe('A');
    expect(lookupRoute('a', cache, 6_001)).toBeNull();
    cacheRoute('b', 'B', cache, 5_000);
    expect(lookupRoute('b', cache, 4_000)).toBeNull();
  });

  it('takes no capacity that is none', () => {
    for (const capacity of [0, -1, 1.5, Number.NaN]) expect(() => cacheOf(capacity)).toThrow(RangeError);
    expect(createRouteCache().capacity).toBe(2_000);
  });

  it('agrees with a slow and obvious cache over any history', () => {
    const step = fc.record({
      type: fc.constantFrom('put', 'get', 'get', 'get', 'bump'),
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      waitMs: fc.constantFrom(0, 1, 5, 600),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120 }), (capacity, steps) => {
        const cache = cacheOf(capacity, 1_000);
        const model = new SlowCache(capacity, 1_000);
        let nowMs = 0;
        for (const [index, { type, key, waitMs }] of steps.entries()) {
          nowMs += waitMs;
          if (type === 'bump') {
            bumpEpoch(cache);
            model.epoch += 1;
          } else if (type === 'put') {
            cacheRoute(key, `${key}${index}`, cache, nowMs);
            model.put(key, `${key}${index}`, nowMs);
          } else {
            expect(lookupRoute(key, cache, nowMs)).toBe(model.get(key, nowMs));
          }
          expect(keys(cache)).toEqual(model.keys());
          expect(cache.entries.size).toBeLessThanOrEqual(capacity);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('0 entries cross an epoch in a million operations, and memory stays bounded', () => {
    const cache = createRouteCache<number>({ capacity: 100, ttlMs: Infinity });
    let [state, crossed] = [12_345, 0];
    for (let operation = 0; operation < 1_000_000; operation += 1) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const key = `k${(state >>> 8) % 300}`;
      if (state % 500 === 0) bumpEpoch(cache);
      else if (state % 3 === 0) cacheRoute(key, cache.epoch, cache, operation);
      else {
        const madeIn = lookupRoute(key, cache, operation);
        if (madeIn !== null && madeIn !== cache.epoch) crossed += 1;
      }
    }
    expect(crossed).toBe(0);
    expect(cache.hits).toBeGreaterThan(50_000);
    expect(cache.entries.size).toBeLessThanOrEqual(100);
    const queued = [...cache.queues.values()].reduce((sum, queue) => sum + queue.size, 0);
    expect(queued).toBe(cache.entries.size);
  });
});

/** Least used, then least recently used, by looking at everything. */
class SlowCache {
  readonly #capacity: number;
  readonly #ttlMs: number;
  #entries: { key: string; value: string; epoch: number; atMs: number; uses: number; touched: number }[] = [];
  #clock = 0;
  epoch = 0;

  constructor(capacity: number, ttlMs: number) {
    this.#capacity = capacity;
    this.#ttlMs = ttlMs;
  }

  put(key: string, value: string, atMs: number): void {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    if (this.#entries.length >= this.#capacity) {
      this.#entries.sort((a, b) => a.uses - b.uses || a.touched - b.touched);
      this.#entries.shift();
    }
    this.#entries.push({ key, value, epoch: this.epoch, atMs, uses: 0, touched: (this.#clock += 1) });
  }

  get(key: string, nowMs: number): string | null {
    const entry = this.#entries.find((each) => each.key === key);
    if (!entry) return null;
    if (entry.epoch !== this.epoch || nowMs - entry.atMs > this.#ttlMs) {
      this.#entries = this.#entries.filter((each) => each !== entry);
      return null;
    }
    entry.uses += 1;
    entry.touched = this.#clock += 1;
    return entry.value;
  }

  keys(): string[] {
    return this.#entries.map(({ key }) => key).sort();
  }
}
