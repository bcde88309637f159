/**
 * The ledger's contract: who holds which amount of what until when. One interface, so that memory, SQLite and later a
 * shared service can stand behind it; every method is one atomic transition over all dimensions.
 *
 * ```
 * hold ──▶ commit ──▶ releasePrefill ──▶ settle        release: nothing was used
 *            └─ renew while the stream lives           expiry: nobody came back; a late settle is booked as usage
 * ```
 *
 * Amounts are whole numbers (money in billionths of a US dollar), because sums of fractions drift and a book must
 * add up exactly. Time comes in with each call.
 */
import type { Priority } from '../model/task.ts';

/** Refilled continuously, per minute. `tokens` is input and output together, where a provider counts them so. */
export type RateDimension = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens';
/** Given back when the call ends; money given back is what was not spent. */
export type LevelDimension = 'slots' | 'localMemoryBytes' | 'moneyNanoUsd';
export type Dimension = RateDimension | LevelDimension;

/** What one call needs of one bucket. */
export interface Claim {
  /** Nodes of one `quotaGroup` name the same bucket; a budget's bucket carries its window (`money/user/day/2026-11-22`). */
  readonly bucketId: string;
  readonly dimension: Dimension;
  /** Whole units, at least 0. */
  readonly amount: number;
  /** Rates: per minute, which is also the burst. null: counted, never refused. */
  readonly limit: number | null;
  /** False: going over the limit is allowed and reported (a soft budget). */
  readonly hard: boolean;
  /** Rates: nothing may start before, because the provider said so. null: free. */
  readonly blockedUntilMs: number | null;
}

export interface HoldRequest {
  /** One attempt, one id: the same id again gives the same lease, and never a second one while the first lives. */
  readonly requestId: string;
  readonly priority: Priority;
  readonly claims: readonly Claim[];
  /** The lease ends by itself after this, unless renewed. */
  readonly ttlMs: number;
  /** What the call should cost (not its worst case), against which spend is compared; null: unknown price. */
  readonly predictedNanoUsd: number | null;
}

/** Names one lease. The fence tells a request's lease from an older, expired one of the same request. */
export interface LeaseRef {
  /** The request's id. */
  readonly leaseId: string;
  /** Grows with every lease of the ledger. */
  readonly fence: number;
}

/** Where the call goes: known at commit. */
export interface LeaseTarget {
  readonly routeId: string;
  readonly nodeId: string;
  readonly provider: string;
}

export interface Commitment {
  readonly target: LeaseTarget;
  /** The lease's end from now on, unless renewed: the call's timeout and a grace. Never earlier than it was. */
  readonly expiresAtMs: number;
}

export type LeaseState = 'held' | 'committed' | 'settled' | 'released' | 'expired';

export interface Lease extends LeaseRef {
  readonly state: LeaseState;
  readonly priority: Priority;
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
  /** null once it was settled, released or expired: then `endedAtMs` tells when. */
  readonly endedAtMs: number | null;
  readonly vector: readonly HeldAmount[];
  readonly predictedNanoUsd: number | null;
  readonly target: LeaseTarget | null;
  /** Whether the first token came. */
  readonly prefillReleased: boolean;
}

/** What a lease has in one bucket. */
export interface HeldAmount {
  readonly bucketId: string;
  readonly dimension: Dimension;
  /** As it was asked for. */
  readonly amount: number;
  /** What is in the bucket for this lease at present: lower after the first token, 0 once given back. */
  readonly charged: number;
}

/** Why a hold was refused, or which soft limit it went over. */
export interface Shortfall {
  readonly bucketId: string;
  readonly dimension: Dimension;
  readonly limit: number;
  /** The share of the limit that this priority may use, in units. */
  readonly usable: number;
  readonly used: number;
  readonly needed: number;
  /** Exact where what was used has to drain; null: when somebody gives back, or never (`needed` above `limit`). */
  readonly retryAfterMs: number | null;
}

export type HoldResult =
  | {
      readonly status: 'held';
      readonly lease: Lease;
      /** The same request held it already; nothing changed. */
      readonly repeated: boolean;
      readonly softExceeded: readonly Shortfall[];
    }
  | {
      readonly status: 'shortage';
      /** Every failing dimension, at least one; nothing was taken. */
      readonly shortfalls: readonly Shortfall[];
      /** When all of them should have room; null: not known, or never. */
      readonly retryAfterMs: number | null;
    }
  /** The request's lease was settled or released: it is over and can't be held again. */
  | { readonly status: 'ended' };

/**
 * `done`: changed as asked. `repeated`: it was so already. `expired`: too late, nothing changed. `ended`: settled or
 * released before. `fenced`: a newer lease of the request took over. `unknown`: never seen, or forgotten.
 */
export type LeaseAnswer = 'done' | 'repeated' | 'expired' | 'ended' | 'fenced' | 'unknown';

/** What the call really used; a dimension that is left out counts as used as it stands in the lease. */
export interface Actual {
  readonly amounts: Partial<Record<Dimension, number>>;
  /** True where the provider reported no usage and the amounts are ours. */
  readonly estimated: boolean;
}

export type SettleAnswer =
  /** `late`: the lease was over (expired, released); the usage is booked, and nothing is given back. */
  | { readonly status: 'settled'; readonly late: boolean }
  /** Settled before: booked once, and only once. */
  | { readonly status: 'repeated' }
  | { readonly status: 'unknown' };

export interface BucketView {
  readonly bucketId: string;
  readonly dimension: Dimension;
  readonly limit: number | null;
  /** In leases that live. */
  readonly held: number;
  /** All that counts against the limit at this instant: what is held, and what was used and has not drained. */
  readonly used: number;
}

export interface LedgerView {
  readonly buckets: readonly BucketView[];
  /** Living leases, oldest first. */
  readonly leases: readonly Lease[];
}

/** One settled attempt. */
export interface SpendEntry extends LeaseRef {
  readonly atMs: number;
  readonly target: LeaseTarget | null;
  readonly predictedNanoUsd: number | null;
  /** null: unknown price. */
  readonly settledNanoUsd: number | null;
  readonly estimated: boolean;
}

/** Sums over settled attempts of one provider; each can be added to another. Money in billionths of a US dollar. */
export interface SpendSum {
  /** `unknown` where a call ended before its target was. */
  readonly provider: string;
  readonly calls: number;
  /** Of them without a known price. */
  readonly unknownCalls: number;
  readonly settledNanoUsd: number;
  /** Of that the part which is our own estimate. */
  readonly estimatedNanoUsd: number;
  /** Calls with a prediction and a known price: how many, what was predicted, what was settled. */
  readonly compared: number;
  readonly predictedNanoUsd: number;
  readonly comparedNanoUsd: number;
  /** Sum of (settled − predicted)². */
  readonly squaredDifference: number;
  /** Of those that are no estimate and were predicted above 0: how many, and the sum of (settled / predicted − 1)². */
  readonly ratios: number;
  readonly squaredError: number;
}

/** Throws `CorruptLedgerError` where the book contradicts itself; nothing of that transition is kept. */
export interface Ledger {
  /** All claims or none. O(claims + leases that just expired). */
  hold(request: HoldRequest, nowMs: number): HoldResult;
  /** The call goes out now: from here on it may cost something even if nobody comes back. */
  commit(ref: LeaseRef, commitment: Commitment, nowMs: number): LeaseAnswer;
  /** Lives until `expiresAtMs` now; never shortened. */
  renew(ref: LeaseRef, expiresAtMs: number, nowMs: number): LeaseAnswer;
  /**
   * The call needs more than was held (its answer grows past it): counted at once, whatever the limits, so that others
   * wait. Amounts are totals; never lowered.
   */
  grow(ref: LeaseRef, atLeast: Actual['amounts'], nowMs: number): LeaseAnswer;
  /** At the first token: gives back what reading the prompt did not need. Amounts are what stays charged; never more. */
  releasePrefill(ref: LeaseRef, remaining: Actual['amounts'], nowMs: number): LeaseAnswer;
  /** Books what was used and gives the rest back, exactly once. */
  settle(ref: LeaseRef, actual: Actual, nowMs: number): SettleAnswer;
  /** Gives everything back: no call was made, or none that counts. */
  release(ref: LeaseRef, nowMs: number): LeaseAnswer;
  /** Raises a rate to what the provider says is used; never lowers it. */
  observe(bucketId: string, atLeastUsed: number, nowMs: number): void;
  /** Ends leases past their time and forgets what ended long ago; answers the ones that ended now. */
  sweep(nowMs: number): readonly Lease[];
  view(nowMs: number): LedgerView;
  /** One bucket at this instant; undefined: nobody has used it. */
  bucket(bucketId: string, nowMs: number): BucketView | undefined;
  /** What was settled since, by provider in the order of the alphabet; from the quarter of an hour of `sinceMs` on. */
  spend(sinceMs: number): readonly SpendSum[];
}

/** A book that can't be true: more given back than was taken, or an amount that is no whole number. Never mended in silence. */
export class CorruptLedgerError extends Error {
  override readonly name = 'CorruptLedgerError';
}
