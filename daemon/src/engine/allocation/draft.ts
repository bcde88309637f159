/**
 * One transition in the making: reads what it has written itself before what the book has, and collects the change.
 * It lives for one call, so the functions that use it stay pure.
 */
import { drained } from './bucket.ts';
import type { Lease, LeaseRef, SpendEntry } from './ledger.ts';
import type { BucketState, LedgerReader, Step } from './ledger-book.ts';

const none: readonly never[] = [];

export class Draft {
  readonly nowMs: number;
  readonly #reader: LedgerReader;
  /** Made with the first entry: most transitions touch one lease and few buckets. */
  #buckets: Map<string, BucketState> | null = null;
  #leases: Map<number, Lease> | null = null;
  #spend: SpendEntry | null = null;

  constructor(reader: LedgerReader, nowMs: number) {
    this.#reader = reader;
    this.nowMs = nowMs;
  }

  /** Drained up to now. */
  bucket(bucketId: string): BucketState | undefined {
    const bucket = this.#buckets?.get(bucketId) ?? this.#reader.bucket(bucketId);
    return bucket && drained(bucket, this.nowMs);
  }

  lease(ref: LeaseRef): Lease | undefined {
    const written = this.#leases?.get(ref.fence);
    return written?.leaseId === ref.leaseId ? written : this.#reader.lease(ref);
  }

  newestLease(leaseId: string): Lease | undefined {
    const newest = this.#reader.newestLease(leaseId);
    return newest && (this.#leases?.get(newest.fence) ?? newest);
  }

  dueLeases(): readonly Lease[] {
    return this.#reader.dueLeases(this.nowMs);
  }

  nextFence(): number {
    return this.#reader.nextFence();
  }

  putBucket(bucket: BucketState): void {
    (this.#buckets ??= new Map()).set(bucket.bucketId, bucket);
  }

  putLease(lease: Lease): Lease {
    (this.#leases ??= new Map()).set(lease.fence, lease);
    return lease;
  }

  putSpend(entry: SpendEntry): void {
    this.#spend = entry;
  }

  end<Result>(result: Result): Step<Result> {
    return {
      result,
      change: {
        buckets: this.#buckets === null ? none : [...this.#buckets.values()],
        leases: this.#leases === null ? none : [...this.#leases.values()],
        spend: this.#spend,
      },
    };
  }
}
