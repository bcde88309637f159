import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bumpEpoch,
  cacheRoute,
  claimRefresh,
  createRouteCache,
  lookupRoute,
  routeCacheStats,
  type RouteCache,
} from './index.ts';

const cacheOf = (capacity: number, ttlMs = 1_000) =>
  createRouteCache<string>({ capacity, ttlMs, staleMs: 0 });
const keys = (cache: RouteCache<string>) => [...cache.entries.keys()].sort();

describe('route cache', () => {
  it('serves what was kept, and counts hits and misses', () => {
    const cache = cacheOf(10);
    expect(lookupRoute('a', cache, 0)).toBeNull();
    cacheRoute('a', 'A', cache, 5);
    expect(lookupRoute('a', cache, 7)).toBe('A');
    expect(lookupRoute('a', cache, 9)).toBe('A');
    expect(cache.entries.get('a')).toMatchObject({
      value: 'A',
      epoch: 0,
      timestamp: 5,
      usageCount: 2,
      lastUsed: 9,
    });
    expect(routeCacheStats(cache)).toEqual({
      ...{ capacity: 10, entries: 1, bytes: 4, hits: 2, misses: 1, evictions: 0 },
      ...{ staleServed: 0, invalidations: 0, epoch: 0, usageCount: 2, lastUsedAtMs: 9 },
    });
  });

  it('lets one-off keys pass through without pushing out what is in use', () => {
    const cache = cacheOf(10);
    for (const key of ['a', 'b', 'c']) cacheRoute(key, key, cache, 0);
    for (const key of ['a', 'b', 'c', 'a', 'b', 'c']) lookupRoute(key, cache, 1);
    for (let index = 0; index < 100; index += 1) cacheRoute(`once-${index}`, '', cache, 2);
    expect(['a', 'b', 'c'].map((key) => lookupRoute(key, cache, 3))).toEqual(['a', 'b', 'c']);
    expect(cache.evictions).toBe(93);
  });

  it('lets yesterday’s favourites go when the mix shifts', () => {
    const cache = cacheOf(10);
    const day = (name: string) => {
      for (let round = 0; round < 20; round += 1) {
        for (let index = 0; index < 8; index += 1) {
          const key = `${name}${index}`;
          if (lookupRoute(key, cache, 0) === null) cacheRoute(key, key, cache, 0);
        }
      }
    };
    day('mon');
    day('tue');
    expect(keys(cache).filter((key) => key.startsWith('tue'))).toHaveLength(8);
  });

  it('serves a stale entry while the first one to ask makes it anew', () => {
    const cache = createRouteCache<string>({ ttlMs: 100, staleMs: 50 });
    cacheRoute('a', 'old', cache, 0);
    expect([lookupRoute('a', cache, 100), claimRefresh('a', cache, 100)]).toEqual(['old', false]);
    expect([lookupRoute('a', cache, 101), claimRefresh('a', cache, 101)]).toEqual(['old', true]);
    expect([lookupRoute('a', cache, 120), claimRefresh('a', cache, 120)]).toEqual(['old', false]);
    cacheRoute('a', 'new', cache, 121);
    expect([lookupRoute('a', cache, 122), cache.staleServed, cache.hits]).toEqual(['new', 2, 4]);
    expect(lookupRoute('a', cache, 121 + 151)).toBeNull();
  });

  it('serves nothing across an epoch, not even stale', () => {
    const cache = createRouteCache<string>({ ttlMs: 100, staleMs: 50 });
    cacheRoute('a', 'old', cache, 0);
    bumpEpoch(cache);
    expect(lookupRoute('a', cache, 120)).toBeNull();
  });

  it('keeps a value as long as it deserves, and knows what it takes', () => {
    const cache = createRouteCache<string>({
      ttlMs: (value) => (value === 'bad' ? 2 : 100),
      staleMs: 0,
      bytesOf: (_, value) => 10 * value.length,
    });
    cacheRoute('a', 'bad', cache, 0);
    cacheRoute('b', 'good', cache, 0);
    expect(routeCacheStats(cache).bytes).toBe(70);
    expect([lookupRoute('a', cache, 3), lookupRoute('b', cache, 3)]).toEqual([null, 'good']);
    expect(routeCacheStats(cache).bytes).toBe(40);
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

  it('agrees with a slow and obvious S3-FIFO over any history', () => {
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
      { numRuns: 3_000 },
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
    expect(cache.queues.small.size + cache.queues.main.size).toBe(cache.entries.size);
    expect(cache.queues.ghosts.size).toBeLessThanOrEqual(100);
  });
});

interface SlowEntry {
  readonly key: string;
  value: string;
  epoch: number;
  atMs: number;
  uses: number;
}

/** S3-FIFO as the paper writes it, on plain arrays: newest first, `pop` takes the oldest. */
class SlowCache {
  readonly #capacity: number;
  readonly #ttlMs: number;
  readonly #smallCapacity: number;
  #small: SlowEntry[] = [];
  #main: SlowEntry[] = [];
  #ghosts: string[] = [];
  epoch = 0;

  constructor(capacity: number, ttlMs: number) {
    this.#capacity = capacity;
    this.#ttlMs = ttlMs;
    this.#smallCapacity = Math.max(1, Math.round(capacity * 0.1));
  }

  put(key: string, value: string, atMs: number): void {
    const known = this.#all().find((entry) => entry.key === key);
    if (known) {
      Object.assign(known, { value, atMs, epoch: this.epoch });
      return;
    }
    while (this.#all().length >= this.#capacity) this.#evict();
    const entry = { key, value, atMs, epoch: this.epoch, uses: 0 };
    if (this.#ghosts.includes(key)) {
      this.#ghosts = this.#ghosts.filter((ghost) => ghost !== key);
      this.#main.unshift(entry);
    } else this.#small.unshift(entry);
  }

  get(key: string, nowMs: number): string | null {
    const entry = this.#all().find((each) => each.key === key);
    if (!entry) return null;
    if (entry.epoch !== this.epoch || nowMs - entry.atMs > this.#ttlMs) {
      this.#small = this.#small.filter((each) => each !== entry);
      this.#main = this.#main.filter((each) => each !== entry);
      return null;
    }
    entry.uses = Math.min(3, entry.uses + 1);
    return entry.value;
  }

  keys(): string[] {
    return this.#all()
      .map(({ key }) => key)
      .sort();
  }

  #all(): SlowEntry[] {
    return [...this.#small, ...this.#main];
  }

  #evict(): void {
    if (this.#small.length >= this.#smallCapacity || this.#main.length === 0) {
      const entry = this.#small.pop()!;
      if (entry.epoch !== this.epoch) return;
      if (entry.uses >= 2) this.#main.unshift({ ...entry, uses: 0 });
      else this.#ghosts = [entry.key, ...this.#ghosts].slice(0, this.#capacity - this.#smallCapacity);
      return;
    }
    const entry = this.#main.pop()!;
    if (entry.epoch === this.epoch && entry.uses > 0) this.#main.unshift({ ...entry, uses: entry.uses - 1 });
  }
}
