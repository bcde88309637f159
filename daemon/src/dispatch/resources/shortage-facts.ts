/** What a shortage means in time: for whom waiting helps, for how long, and what the line has to watch. Pure. */
import type { AllocationRequest, BucketView, Claim, Shortage, Shortfall } from '../../engine/index.ts';
import type { NamedBudget } from './budget-book.ts';
import type { Ahead, Look } from './waiting-line.ts';

export type ShortLook = Extract<Look, { isHeld: false }>;

/** A guess at when others give back is no reason to turn a task away, so it stays below any wait. */
const mostGuessedMs = 25_000;

/** Somebody ahead waits for these claims: a shortage that no hold was asked for. */
export function shortageBehind(
  request: AllocationRequest,
  claims: readonly Claim[],
  { count, freeAtMs }: Ahead,
  nowMs: number,
): Shortage {
  const shortfalls = claims.map(({ bucketId, dimension, limit, amount: needed }) => {
    const full = limit ?? needed;
    return { bucketId, dimension, limit: full, usable: full, used: full, needed, retryAfterMs: null };
  });
  const [bottleneck] = shortfalls;
  if (bottleneck === undefined) throw new Error('A shortage names what is short.');
  const firstMs = freeAtMs === null ? turnMs(bottleneck, request) : Math.max(0, freeAtMs - nowMs);
  const waitMs = firstMs + count * turnMs(bottleneck, request);
  const isExact = freeAtMs !== null && isRate(bottleneck);
  const retryAfterMs = Math.ceil(isExact ? waitMs : Math.min(waitMs, mostGuessedMs));
  return { status: 'shortage', bottleneck, shortfalls, retryAfterMs };
}

/** A hard budget does not let a call of unknown price pass, and waiting changes nothing. */
export function shortageOfPrice({ limitNanoUsd, name }: NamedBudget): Shortage {
  const bottleneck: Shortfall = {
    ...{ bucketId: name, dimension: 'moneyNanoUsd', retryAfterMs: null },
    ...{ limit: limitNanoUsd, usable: limitNanoUsd, used: 0, needed: limitNanoUsd },
  };
  return { status: 'shortage', bottleneck, shortfalls: [bottleneck], retryAfterMs: null };
}

/**
 * Calls that run hold the worst they can cost, and most of it comes back. Where it would be enough, waiting helps, and
 * neither a person nor an error is needed.
 */
export function withHeldMoney(
  shortage: Shortage,
  { expected }: AllocationRequest,
  buckets: readonly BucketView[],
): Shortage {
  if (shortage.retryAfterMs !== null) return shortage;
  const waits = shortage.shortfalls.map((short) => {
    if (short.retryAfterMs !== null) return short.retryAfterMs;
    if (!isMoney(short)) return short.needed > short.limit ? null : expected.totalMs;
    return comesBack(short, buckets) ? expected.totalMs : null;
  });
  if (waits.includes(null)) return shortage;
  const longest = Math.max(...waits.map((wait) => wait ?? 0));
  return { ...shortage, retryAfterMs: Math.ceil(Math.min(longest, mostGuessedMs)) };
}

function comesBack({ bucketId, needed, limit }: Shortfall, buckets: readonly BucketView[]): boolean {
  const bucket = buckets.find((each) => each.bucketId === bucketId);
  return bucket !== undefined && bucket.held > 0 && bucket.used - bucket.held + needed <= limit;
}

/** How long a place in line takes, as far as one can say; null: nobody knows. */
export function expectedWaitMs(
  { retryAfterMs, bottleneck }: Shortage,
  request: AllocationRequest,
  position: number,
): number | null {
  if (retryAfterMs === null) return null;
  return Math.round(retryAfterMs + (position - 1) * turnMs(bottleneck, request));
}

export function lookOf({ shortfalls, retryAfterMs }: Shortage, nowMs: number): ShortLook {
  // Only limits that refill know their time; what others hold is given back when it is.
  const isTimed = shortfalls.every((short) => short.retryAfterMs !== null);
  return {
    isHeld: false,
    short: shortfalls.map(({ bucketId }) => bucketId),
    retryAtMs: isTimed && retryAfterMs !== null ? nowMs + retryAfterMs : null,
  };
}

export function isMoney({ dimension }: Shortfall): boolean {
  return dimension === 'moneyNanoUsd';
}

export function isRate({ dimension }: Shortfall): boolean {
  return dimension !== 'moneyNanoUsd' && dimension !== 'slots' && dimension !== 'localMemoryBytes';
}

/** Time until the next one's turn, when many take turns. */
function turnMs(short: Shortfall, { expected }: AllocationRequest): number {
  const { limit, needed, dimension } = short;
  if (isRate(short)) return (needed * 60_000) / Math.max(1, limit);
  return dimension === 'slots' ? expected.totalMs / Math.max(1, limit) : expected.totalMs;
}
