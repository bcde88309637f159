/**
 * What lies between the ledger's rules and where its book is kept. Rules (`transitions.ts`) read through `LedgerReader`
 * and answer with a `LedgerChange`; a book applies that change whole or not at all. So the rules exist once, and an
 * engine is only storage: memory here, memory with a journal in the store, a shared service later.
 */
import type { Dimension, Lease, LeaseRef, SpendEntry, SpendSum } from './ledger.ts';

export interface BucketState {
  readonly bucketId: string;
  readonly dimension: Dimension;
  /** As the newest claim had it; rates drain by it. */
  readonly limit: number | null;
  /** Sum of `charged` over living leases, in units. */
  readonly held: number;
  /**
   * Rates: everything used and not drained, in 1/60,000 units, so that a drain of `limit` a millisecond stays whole.
   * Money: what was settled, in units. Otherwise 0.
   */
  readonly level: number;
  /** The instant up to which a rate has drained. */
  readonly atMs: number;
}

export interface LedgerReader {
  bucket(bucketId: string): BucketState | undefined;
  lease(ref: LeaseRef): Lease | undefined;
  /** The lease with the highest fence of a request. */
  newestLease(leaseId: string): Lease | undefined;
  /** Living leases that end at or before the instant, lowest fence first. */
  dueLeases(nowMs: number): readonly Lease[];
  /** The fence that the next lease gets. */
  nextFence(): number;
}

/** Whole new states of everything a transition touched, in order: of a lease that is there twice the last one is left. */
export interface LedgerChange {
  readonly buckets: readonly BucketState[];
  readonly leases: readonly Lease[];
  readonly spend: SpendEntry | null;
}

export interface Step<Result> {
  readonly result: Result;
  readonly change: LedgerChange;
}

/** What a book begins with: as a journal gives it back. */
export interface BookContent {
  readonly buckets: readonly BucketState[];
  readonly leases: readonly Lease[];
  readonly spend: readonly { readonly atMs: number; readonly sum: SpendSum }[];
  /** The highest that was ever given. */
  readonly lastFence: number;
}

export interface LedgerBook {
  /** Reads and applies in one atomic, isolated and, where the book is durable, durable transaction. */
  transact<Result>(work: (reader: LedgerReader) => Step<Result>): Result;
  /** Drops what nobody will ask for again; nothing that is in use. */
  forget(before: ForgetBefore): void;
  buckets(): readonly BucketState[];
  livingLeases(): readonly Lease[];
  bucket(bucketId: string): BucketState | undefined;
  spend(sinceMs: number): readonly SpendSum[];
}

export interface ForgetBefore {
  /** Leases that ended before this, and all but the newest thousands of those that were settled or released. */
  readonly leasesMs: number;
  /** Buckets of single tasks' budgets (`taskBucketPrefix`) that nobody touched since. */
  readonly taskBucketsMs: number;
  /** Other buckets that nobody touched since, and what was spent before this. */
  readonly bucketsMs: number;
}
