/**
 * `cacheRoute`: the route cache, with the specification's capacity, hits, misses, usage counts and last use. It holds
 * prepared candidates (what many tasks share), never the final pick, which depends on load and health of the moment.
 *
 * Eviction is S3-FIFO (`eviction.ts`) and not the specification's least used: yesterday's favourites never leave a
 * least-used cache, which costs it a third of its hits when the mix shifts.
 *
 * An entry is fresh for `ttlMs`, then stale for `staleMs`: still served, while the first one to ask (`claimRefresh`)
 * makes it anew. A bump of the epoch makes every entry unusable at once, fresh or stale; none is served across it.
 */
import { cache as defaults } from '../config/performance.ts';
import type { PreparedCandidates } from '../model/selection.ts';
import { admit, createQueues, drop, touch, type EvictionQueues } from './eviction.ts';

export interface CachedRoute<Value> {
  readonly value: Value;
  readonly epoch: number;
  readonly timestamp: number;
  readonly ttlMs: number;
  /** Roughly what the entry holds, as text. */
  readonly bytes: number;
  usageCount: number;
  lastUsed: number;
  /** Somebody is making the value anew. */
  refreshing: boolean;
}

export interface RouteCache<Value = PreparedCandidates> {
  readonly capacity: number;
  readonly options: Required<RouteCacheOptions<Value>>;
  readonly entries: Map<string, CachedRoute<Value>>;
  readonly queues: EvictionQueues;
  epoch: number;
  hits: number;
  misses: number;
  evictions: number;
  /** Hits on entries past their time, while they were made anew. */
  staleServed: number;
  /** Entries dropped because their epoch or their time had passed. */
  invalidations: number;
  bytes: number;
}

export interface RouteCacheOptions<Value> {
  /** Entries, a whole number of at least 1. */
  readonly capacity?: number;
  /** How long an entry is fresh, in ms; a function where it depends on what was found. */
  readonly ttlMs?: number | ((value: Value) => number);
  /** How long it may be served after that while it is made anew, in ms. */
  readonly staleMs?: number;
  /** What an entry takes, in bytes; by default what key and value take as JSON. */
  readonly bytesOf?: (key: string, value: Value) => number;
}

export type RouteCacheStats = Pick<
  RouteCache,
  'capacity' | 'hits' | 'misses' | 'evictions' | 'staleServed' | 'invalidations' | 'bytes' | 'epoch'
> & {
  readonly entries: number;
  /** Uses of the entries that are there now. */
  readonly usageCount: number;
  readonly lastUsedAtMs: number | null;
};

/** Throws `RangeError` for a capacity that is none. */
export function createRouteCache<Value = PreparedCandidates>(
  options: RouteCacheOptions<Value> = {},
): RouteCache<Value> {
  const capacity = options.capacity ?? defaults.capacity;
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`capacity must be a whole number of at least 1, not ${capacity}`);
  }
  return {
    capacity,
    options: { ttlMs: defaults.ttlMs, staleMs: defaults.staleMs, bytesOf: jsonBytes, ...options, capacity },
    entries: new Map(),
    queues: createQueues(capacity, defaults.smallShare),
    epoch: 0,
    hits: 0,
    misses: 0,
    evictions: 0,
    staleServed: 0,
    invalidations: 0,
    bytes: 0,
  };
}

/** Keeps a value made under the cache's present epoch. Replaces an entry of the same key. Amortised constant time. */
export function cacheRoute<Value>(key: string, value: Value, cache: RouteCache<Value>, nowMs: number): void {
  const before = cache.entries.get(key);
  const { ttlMs, bytesOf } = cache.options;
  const entry: CachedRoute<Value> = {
    value,
    epoch: cache.epoch,
    timestamp: nowMs,
    ttlMs: typeof ttlMs === 'function' ? ttlMs(value) : ttlMs,
    bytes: bytesOf(key, value),
    usageCount: before?.usageCount ?? 0,
    lastUsed: before?.lastUsed ?? nowMs,
    refreshing: false,
  };
  cache.bytes += entry.bytes - (before?.bytes ?? 0);
  cache.entries.set(key, entry);
  if (before !== undefined) return;
  for (const victim of admit(key, cache.queues, (each) => cache.entries.get(each)?.epoch !== cache.epoch)) {
    forget(victim, cache);
    cache.evictions += 1;
  }
}

/** The value kept under `key`; null when there is none, or it is from another epoch or too old. Constant time. */
export function lookupRoute<Value>(key: string, cache: RouteCache<Value>, nowMs: number): Value | null {
  const entry = cache.entries.get(key);
  if (entry === undefined) {
    cache.misses += 1;
    return null;
  }
  // An age below zero means that the clock stepped back: then the age is unknown.
  const ageMs = nowMs - entry.timestamp;
  if (entry.epoch !== cache.epoch || ageMs > entry.ttlMs + cache.options.staleMs || ageMs < 0) {
    drop(key, cache.queues);
    forget(key, cache);
    cache.invalidations += 1;
    cache.misses += 1;
    return null;
  }
  touch(key, cache.queues);
  entry.usageCount += 1;
  entry.lastUsed = nowMs;
  cache.hits += 1;
  if (ageMs > entry.ttlMs) cache.staleServed += 1;
  return entry.value;
}

/** Whether the entry is stale and nobody makes it anew yet: whoever is told yes does. Single flight. */
export function claimRefresh<Value>(key: string, cache: RouteCache<Value>, nowMs: number): boolean {
  const entry = cache.entries.get(key);
  if (entry === undefined || entry.refreshing || nowMs - entry.timestamp <= entry.ttlMs) return false;
  entry.refreshing = true;
  return true;
}

/** Makes all entries unusable, in constant time: after a change of health, price, policy or catalogue. */
export function bumpEpoch(cache: { epoch: number }): void {
  cache.epoch += 1;
}

/** The specification's figures and ours. Linear in the entries. */
export function routeCacheStats<Value>(cache: RouteCache<Value>): RouteCacheStats {
  const { capacity, hits, misses, evictions, staleServed, invalidations, bytes, epoch, entries } = cache;
  let [usageCount, lastUsedAtMs] = [0, null as number | null];
  for (const entry of entries.values()) {
    usageCount += entry.usageCount;
    if (entry.usageCount > 0) lastUsedAtMs = Math.max(lastUsedAtMs ?? entry.lastUsed, entry.lastUsed);
  }
  const counts = { capacity, hits, misses, evictions, staleServed, invalidations, bytes, epoch };
  return { ...counts, entries: entries.size, usageCount, lastUsedAtMs };
}

function forget<Value>(key: string, cache: RouteCache<Value>): void {
  cache.bytes -= cache.entries.get(key)?.bytes ?? 0;
  cache.entries.delete(key);
}

function jsonBytes(key: string, value: unknown): number {
  // `undefined` has no JSON.
  const json = JSON.stringify(value) as string | undefined;
  return key.length + (json?.length ?? 0);
}
