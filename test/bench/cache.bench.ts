/**
 * The route cache: its hit ratio beside LRU, LFU, SIEVE and W-TinyLFU on route keys whose popularity shifts (200,000
 * accesses, 5,000 keys by Zipf 0.9, reshuffled every 20,000, every tenth key asked for once only), at capacities of 1, 5
 * and 10 % of the distinct keys; what a lookup takes; and how many of a million random operations were served across
 * an epoch. Hit ratios are exact for their seed; times are wall-clock, the median of interleaved rounds.
 */
import {
  bumpEpoch,
  cacheRoute,
  createRandom,
  createRouteCache,
  lookupRoute,
} from '@task-router/daemon/engine';
import { peers, type Peer } from './cache/peers.ts';
import type { Measured, Row } from './report.ts';

export const name = 'cache';

const seed = 20_261_124;
const accesses = 200_000;
const keyCount = 5_000;
const shiftEvery = 20_000;
const oneOffShare = 0.1;
const zipfExponent = 0.9;
const shares = [0.01, 0.05, 0.1];
const rounds = 7;

export function run(): Promise<Measured> {
  const keys = accessedKeys();
  const distinct = new Set(keys).size;
  const rows = shares.map((share) => hitRatios(keys, Math.round(distinct * share), share));
  const { getP50Us, getP99Us, putP50Us, putP99Us } = times(keys, Math.round(distinct * 0.05));
  const crossedEpoch = crossings(1_000_000);
  return Promise.resolve({
    accesses,
    distinctKeys: distinct,
    getP50Us,
    getP99Us,
    getP99UsBar: 5,
    putP50Us,
    putP99Us,
    epochOperations: 1_000_000,
    crossedEpoch,
    leastLeadOverLru: Math.min(...rows.map((row) => row.s3Fifo - row.lru)),
    leastLeadOverLfu: Math.min(...rows.map((row) => row.s3Fifo - row.lfu)),
    passes:
      crossedEpoch === 0 &&
      getP99Us < 5 &&
      rows.every((row) => row.s3Fifo >= row.lru && row.s3Fifo >= row.lfu + 0.05),
    rows,
    seed,
  });
}

type Ratios = Row & { readonly s3Fifo: number; readonly lru: number; readonly lfu: number };

function hitRatios(keys: readonly string[], capacity: number, share: number): Ratios {
  const ratio = (peer: Peer | undefined) => digits(keys.filter((key) => peer?.has(key)).length / keys.length);
  const own = createRouteCache<boolean>({ capacity, ttlMs: Infinity, bytesOf: () => 1 });
  const s3Fifo = ratio({
    has(key) {
      if (lookupRoute(key, own, 0) !== null) return true;
      cacheRoute(key, true, own, 0);
      return false;
    },
  });
  const [lru, lfu] = [ratio(peers['lru']?.(capacity)), ratio(peers['lfu']?.(capacity))];
  const [sieve, wTinyLfu] = [ratio(peers['sieve']?.(capacity)), ratio(peers['wTinyLfu']?.(capacity))];
  return { capacity: share, entries: capacity, s3Fifo, lru, lfu, sieve, wTinyLfu };
}

/** Each access by itself; the timer's own cost is part of the figure. */
function times(keys: readonly string[], capacity: number) {
  const results = Array.from({ length: rounds + 1 }, () => {
    const cache = createRouteCache<boolean>({ capacity, ttlMs: Infinity, bytesOf: () => 1 });
    const [gets, puts]: number[][] = [[], []];
    for (const key of keys) {
      const startedAt = performance.now();
      const found = lookupRoute(key, cache, 0);
      gets?.push((performance.now() - startedAt) * 1_000);
      if (found !== null) continue;
      const putAt = performance.now();
      cacheRoute(key, true, cache, 0);
      puts?.push((performance.now() - putAt) * 1_000);
    }
    return {
      getP50Us: quantile(gets ?? [], 0.5),
      getP99Us: quantile(gets ?? [], 0.99),
      putP50Us: quantile(puts ?? [], 0.5),
      putP99Us: quantile(puts ?? [], 0.99),
    };
    // The first round compiles.
  }).slice(1);
  const middle = (figure: keyof (typeof results)[number]) =>
    digits(
      quantile(
        results.map((result) => result[figure]),
        0.5,
      ),
    );
  return {
    getP50Us: middle('getP50Us'),
    getP99Us: middle('getP99Us'),
    putP50Us: middle('putP50Us'),
    putP99Us: middle('putP99Us'),
  };
}

/** Values served in another epoch than they were made in. */
function crossings(operations: number): number {
  const random = createRandom(seed);
  const cache = createRouteCache<number>({ capacity: 200, ttlMs: 1_000, staleMs: 500, bytesOf: () => 1 });
  let crossed = 0;
  for (let nowMs = 0; nowMs < operations; nowMs += 1) {
    const draw = random.next();
    const key = `k${Math.floor(600 * random.next())}`;
    if (draw < 0.002) bumpEpoch(cache);
    else if (draw < 0.3) cacheRoute(key, cache.epoch, cache, nowMs);
    else crossed += (lookupRoute(key, cache, nowMs) ?? cache.epoch) === cache.epoch ? 0 : 1;
  }
  if (cache.hits < operations / 100) throw new Error('hardly anything was served: that would be too easy');
  return crossed;
}

function accessedKeys(): string[] {
  const random = createRandom(seed);
  const weights = Array.from({ length: keyCount }, (_, rank) => (rank + 1) ** -zipfExponent);
  const sums: number[] = [];
  weights.reduce((sum, weight) => (sums.push(sum + weight), sum + weight), 0);
  const total = sums.at(-1) ?? 1;
  let names: string[] = [];
  return Array.from({ length: accesses }, (_, index) => {
    if (index % shiftEvery === 0) names = shuffled(keyCount, random.next);
    if (random.next() < oneOffShare) return `once-${index}`;
    return names[rankOf(sums, random.next() * total)] ?? '';
  });
}

function rankOf(sums: readonly number[], at: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function shuffled(count: number, next: () => number): string[] {
  return Array.from({ length: count }, (_, index) => ({ name: `key-${index}`, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name: key }) => key);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
