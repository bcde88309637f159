/**
 * One transition in the making: reads what it has written itself before what the book has, and collects the change.
 * It lives for one call, so the functions that use it stay pure.
 */
import { drained } from './bucket.ts';
import type { Lease, LeaseRef, SpendEntry } from './ledger.ts';
import type { BucketState, LedgerReader, Step } from './ledger-book.ts';

export class Draft {
  readonly nowMs: number;
  readonly #reader: LedgerReader;
  readonly #buckets = new Map<string, BucketState>();
  readonly #leases = new Map<number, Lease>();
  #spend: SpendEntry | null = null;

  constructor(reader: LedgerReader, nowMs: number) {
    this.#reader = reader;
    this.nowMs = nowMs;
  }

  /** Drained up to now. */
  bucket(bucketId: string): BucketState | undefined {
    const bucket = this.#buckets.get(bucketId) ?? this.#reader.bucket(bucketId);
    return bucket && drained(bucket, this.nowMs);
  }

  lease(ref: LeaseRef): Lease | undefined {
    const written = this.#leases.get(ref.fence);
    return written?.leaseId === ref.leaseId ? written : this.#reader.lease(ref);
  }

  newestLease(leaseId: string): Lease | undefined {
    const newest = this.#reader.newestLease(leaseId);
    return newest && (this.#leases.get(newest.fence) ?? newest);
  }

  dueLeases(): readonly Lease[] {
    return this.#reader.dueLeases(this.nowMs);
  }

  nextFence(): number {
    return this.#reader.nextFence();
  }

  putBucket(bucket: BucketState): void {
    this.#buckets.set(bucket.bucketId, bucket);
  }

  putLease(lease: Lease): Lease {
    this.#leases.set(lease.fence, lease);
    return lease;
  }

  putSpend(entry: SpendEntry): void {
    this.#spend = entry;
  }

  end<Result>(result: Result): Step<Result> {
    return {
      result,
      change: {
        buckets: [...this.#buckets.values()],
        leases: [...this.#leases.values()],
        spend: this.#spend,
      },
    };
  }
}
