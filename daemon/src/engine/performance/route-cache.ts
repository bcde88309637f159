/**
 * `cacheRoute`: the route cache, with the specification's capacity, hits, misses, usage counts and last use. It holds
 * prepared candidates (what many tasks share), never the final pick, which depends on load and health of the moment.
 *
 * Eviction takes the least used entry, of equals the least recently used one, in constant time: entries wait in one
 * queue per usage count, and a JavaScript `Set` is such a queue. The lowest count in use is 0 after every insertion,
 * and only an insertion makes an eviction necessary, so one pointer is enough. Known weakness of least-used eviction:
 * yesterday's favourites leave late; the time to live bounds that, and S3-FIFO replaces it with the issue on the cache.
 *
 * A bump of the epoch makes every entry stale at once; none is served across it. The engine imports no package, and of
 * those looked at (lru-cache, quick-lru, node-lfu-cache) none joins usage counts with epochs.
 */
import { cache as defaults } from '../config.ts';
import type { PreparedCandidates } from '../model.ts';

export interface CachedRoute<Value> {
  readonly value: Value;
  readonly epoch: number;
  readonly timestamp: number;
  usageCount: number;
  lastUsed: number;
}

export interface RouteCache<Value = PreparedCandidates> {
  readonly capacity: number;
  readonly ttlMs: number;
  readonly entries: Map<string, CachedRoute<Value>>;
  /** Keys by usage count, each queue with the least recently used first. */
  readonly queues: Map<number, Set<string>>;
  lowestCount: number;
  epoch: number;
  hits: number;
  misses: number;
  evictions: number;
  /** Entries dropped because their epoch or their time had passed. */
  invalidations: number;
}

export type RouteCacheStats = Pick<
  RouteCache,
  'capacity' | 'hits' | 'misses' | 'evictions' | 'invalidations' | 'epoch'
> & { readonly entries: number };

export function createRouteCache<Value = PreparedCandidates>(
  options: { readonly capacity?: number; readonly ttlMs?: number } = {},
): RouteCache<Value> {
  const capacity = options.capacity ?? defaults.capacity;
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`capacity must be a whole number of at least 1, not ${capacity}`);
  }
  return {
    capacity,
    ttlMs: options.ttlMs ?? defaults.ttlMs,
    entries: new Map(),
    queues: new Map(),
    lowestCount: 0,
    epoch: 0,
    hits: 0,
    misses: 0,
    evictions: 0,
    invalidations: 0,
  };
}

/** Keeps a value made under the cache's present epoch. Replaces an entry of the same key. */
export function cacheRoute<Value>(key: string, value: Value, cache: RouteCache<Value>, nowMs: number): void {
  remove(key, cache);
  if (cache.entries.size >= cache.capacity) evictLeastUsed(cache);
  cache.entries.set(key, { value, epoch: cache.epoch, timestamp: nowMs, usageCount: 0, lastUsed: nowMs });
  enqueue(key, 0, cache);
  cache.lowestCount = 0;
}

/** The value kept under `key`; null when there is none, or it is from another epoch or too old. */
export function lookupRoute<Value>(key: string, cache: RouteCache<Value>, nowMs: number): Value | null {
  const entry = cache.entries.get(key);
  if (entry === undefined) {
    cache.misses += 1;
    return null;
  }
  // An age below zero means that the clock stepped back: then the age is unknown.
  const ageMs = nowMs - entry.timestamp;
  if (entry.epoch !== cache.epoch || ageMs > cache.ttlMs || ageMs < 0) {
    remove(key, cache);
    cache.invalidations += 1;
    cache.misses += 1;
    return null;
  }
  dequeue(key, entry.usageCount, cache);
  entry.usageCount += 1;
  entry.lastUsed = nowMs;
  enqueue(key, entry.usageCount, cache);
  cache.hits += 1;
  return entry.value;
}

/** Makes all entries stale, in constant time: after a change of health, price, policy or catalogue. */
export function bumpEpoch(cache: { epoch: number }): void {
  cache.epoch += 1;
}

export function routeCacheStats<Value>(cache: RouteCache<Value>): RouteCacheStats {
  const { capacity, hits, misses, evictions, invalidations, epoch } = cache;
  return { capacity, hits, misses, evictions, invalidations, epoch, entries: cache.entries.size };
}

function evictLeastUsed<Value>(cache: RouteCache<Value>): void {
  const [key] = cache.queues.get(cache.lowestCount) ?? [];
  if (key === undefined) return;
  remove(key, cache);
  cache.evictions += 1;
}

function remove<Value>(key: string, cache: RouteCache<Value>): void {
  const entry = cache.entries.get(key);
  if (entry === undefined) return;
  cache.entries.delete(key);
  dequeue(key, entry.usageCount, cache);
}

function enqueue<Value>(key: string, count: number, cache: RouteCache<Value>): void {
  const queue = cache.queues.get(count);
  if (queue === undefined) cache.queues.set(count, new Set([key]));
  else queue.add(key);
}

/** Keeps `lowestCount` right where it can: a key that leaves the lowest queue as its last one moves up by one. */
function dequeue<Value>(key: string, count: number, cache: RouteCache<Value>): void {
  const queue = cache.queues.get(count);
  queue?.delete(key);
  if (queue?.size !== 0) return;
  cache.queues.delete(count);
  if (count === cache.lowestCount) cache.lowestCount = count + 1;
}
