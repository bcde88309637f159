/**
 * Arithmetic of one bucket, in whole numbers. Rates are GCRA in its leaky-bucket form (ITU-T I.371: the same decisions
 * as with a theoretical arrival time): the level drains by `limit` units a minute and may fill up to one minute's worth.
 * A level is kept rather than a time, because a limit that changes must not change what was used.
 *
 * What is known when a call starts (requests, input) goes into the level then. Output is known at the end: until then it
 * is held and does not drain, because nothing was written yet. If it drained, the credit of short answers would pile up
 * while the provider's own bucket stands empty, and be spent at once (docs/algorithms/allocation.md measures it).
 *
 * Slots, memory and money are sums: what is held, plus, for money, what was settled. Underflow is corruption.
 */
import { allocation } from '../config/allocation.ts';
import type { Priority } from '../model/task.ts';
import {
  CorruptLedgerError,
  type BucketView,
  type Claim,
  type Dimension,
  type RateDimension,
  type Shortfall,
} from './ledger.ts';
import type { BucketState } from './ledger-book.ts';

/** A level's scale: ms in a minute. */
const perUnit = 60_000;
/** Largest amount of a rate; a sum of several thousand of them is still exact. */
const maxRateAmount = 10_000_000;

export function isRate(dimension: Dimension): dimension is RateDimension {
  return dimension !== 'slots' && dimension !== 'localMemoryBytes' && dimension !== 'moneyNanoUsd';
}

/** Rates whose amount nobody knows before the call is over. */
function isKnownAtEnd(dimension: Dimension): boolean {
  return dimension === 'outputTokens' || dimension === 'tokens';
}

export function emptyBucket({ bucketId, dimension, limit }: Claim, nowMs: number): BucketState {
  return { bucketId, dimension, limit, held: 0, level: 0, atMs: nowMs };
}

/** The bucket at an instant. Time that goes backwards drains nothing. */
export function drained(bucket: BucketState, nowMs: number): BucketState {
  const elapsedMs = Math.floor(nowMs) - bucket.atMs;
  if (elapsedMs <= 0) return bucket;
  if (!isRate(bucket.dimension)) return { ...bucket, atMs: bucket.atMs + elapsedMs };
  // Beyond one full drain the product could leave the whole numbers.
  const drain = bucket.limit === null || elapsedMs > 1e9 ? bucket.level : bucket.limit * elapsedMs;
  return { ...bucket, level: Math.max(0, bucket.level - drain), atMs: bucket.atMs + elapsedMs };
}

/** The same bucket under a limit that may have changed; call it on a drained one. */
export function withLimit(bucket: BucketState, limit: number | null): BucketState {
  if (bucket.limit === limit) return bucket;
  return isRate(bucket.dimension) && limit === null ? { ...bucket, limit, level: 0 } : { ...bucket, limit };
}

/** Why the claim does not fit, or null. The bucket is drained and under the claim's limit. */
export function shortfall(
  bucket: BucketState,
  claim: Claim,
  { priority, nowMs }: { readonly priority: Priority; readonly nowMs: number },
): Shortfall | null {
  const { limit, amount, bucketId, dimension } = claim;
  const blockedMs = Math.max(0, Math.ceil((claim.blockedUntilMs ?? 0) - nowMs));
  if (limit === null && blockedMs === 0) return null;
  const cap = limit ?? amount;
  const usable = usableUnits({ dimension, limit: cap, amount }, priority);
  const used = usedUnits(bucket);
  const excess = excessOver(bucket, amount, usable);
  if (excess <= 0 && blockedMs === 0) return null;
  return {
    ...{ bucketId, dimension, limit: cap, usable, used, needed: amount },
    retryAfterMs: retryAfterMs({ bucket, excess, fits: amount <= cap, blockedMs }),
  };
}

/**
 * How far this priority may fill the bucket. Money and memory are not held back: a budget is the developer's own word,
 * and a model is loaded or not. A single claim above its ceiling may still have the bucket to itself.
 */
function usableUnits(
  { dimension, limit, amount }: { dimension: Dimension; limit: number; amount: number },
  priority: Priority,
): number {
  if (dimension === 'moneyNanoUsd' || dimension === 'localMemoryBytes') return limit;
  return Math.max(Math.ceil(limit * allocation.ceilings[priority]), Math.min(amount, limit));
}

/** In the level's own scale, so that the time it takes to drain is exact. */
function excessOver(bucket: BucketState, amount: number, usable: number): number {
  if (!isRate(bucket.dimension)) return bucket.held + bucket.level + amount - usable;
  const held = isKnownAtEnd(bucket.dimension) ? bucket.held : 0;
  return bucket.level + (held + amount - usable) * perUnit;
}

function retryAfterMs(at: {
  readonly bucket: BucketState;
  readonly excess: number;
  readonly fits: boolean;
  readonly blockedMs: number;
}): number | null {
  const { bucket, excess, fits, blockedMs } = at;
  if (excess <= 0) return blockedMs;
  // Only what has been used drains; for what others hold, one of them has to end.
  if (!fits || !isRate(bucket.dimension) || !bucket.limit || excess > bucket.level) return null;
  return Math.max(blockedMs, Math.ceil(excess / bucket.limit));
}

/** Takes the amount, whether or not it fits: `shortfall` was asked before. */
export function charge(bucket: BucketState, amount: number): BucketState {
  const { dimension, limit } = bucket;
  const counted = isRate(dimension) && !isKnownAtEnd(dimension) && limit !== null;
  return checked({
    ...bucket,
    held: bucket.held + amount,
    level: counted ? bucket.level + amount * perUnit : bucket.level,
  });
}

/** A lease gives up what it holds, of which `used` was used. Without refund a rate counts all of it as used. */
export function giveBack(
  bucket: BucketState,
  { charged, used, refund }: { readonly charged: number; readonly used: number; readonly refund: boolean },
): BucketState {
  const freed = checked({ ...bucket, held: bucket.held - charged });
  const inLevel = isKnownAtEnd(bucket.dimension) ? 0 : charged;
  return book(freed, (refund ? used : Math.max(used, charged)) - inLevel, used);
}

/** Usage of a lease that holds nothing any more. */
export function bookLate(bucket: BucketState, extra: number, used: number): BucketState {
  return book(bucket, Math.max(0, extra), used);
}

function book(bucket: BucketState, rateChange: number, used: number): BucketState {
  if (bucket.dimension === 'moneyNanoUsd') return checked({ ...bucket, level: bucket.level + used });
  if (!isRate(bucket.dimension) || bucket.limit === null) return bucket;
  // What drained meanwhile is gone: a bucket is never emptier than empty.
  return checked({ ...bucket, level: Math.max(0, bucket.level + rateChange * perUnit) });
}

/** Raises a rate to what its provider reports. */
export function raised(bucket: BucketState, atLeastUsed: number): BucketState {
  return isRate(bucket.dimension) && bucket.limit !== null
    ? checked({ ...bucket, level: Math.max(bucket.level, atLeastUsed * perUnit) })
    : bucket;
}

export function bucketView(bucket: BucketState): BucketView {
  const { bucketId, dimension, limit, held } = bucket;
  return { bucketId, dimension, limit, held, used: usedUnits(bucket) };
}

/** Rounded up for rates: a fraction of a unit is in use. */
function usedUnits(bucket: BucketState): number {
  if (!isRate(bucket.dimension)) return bucket.held + bucket.level;
  return Math.ceil(bucket.level / perUnit) + (isKnownAtEnd(bucket.dimension) ? bucket.held : 0);
}

/** Throws RangeError on an amount that no claim and no usage can have. */
export function checkAmount(dimension: Dimension, amount: number): number {
  const most = isRate(dimension) ? maxRateAmount : Number.MAX_SAFE_INTEGER / 1_000;
  if (!Number.isSafeInteger(amount) || amount < 0 || amount > most) {
    throw new RangeError(`${amount} is no amount of ${dimension}`);
  }
  return amount;
}

function checked(bucket: BucketState): BucketState {
  if (bucket.held >= 0 && Number.isSafeInteger(bucket.held) && Number.isSafeInteger(bucket.level))
    return bucket;
  throw new CorruptLedgerError(
    `The ledger does not add up: ${bucket.bucketId} would hold ${bucket.held} (level ${bucket.level}).`,
  );
}
