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
  /** Made with the first entry, as lists: most transitions touch one lease and few buckets. */
  #buckets: BucketState[] | null = null;
  #leases: Lease[] | null = null;
  #spend: SpendEntry | null = null;

  constructor(reader: LedgerReader, nowMs: number) {
    this.#reader = reader;
    this.nowMs = nowMs;
  }

  /** Drained up to now. */
  bucket(bucketId: string): BucketState | undefined {
    const written = this.#buckets?.find((bucket) => bucket.bucketId === bucketId);
    const bucket = written ?? this.#reader.bucket(bucketId);
    return bucket && drained(bucket, this.nowMs);
  }

  lease(ref: LeaseRef): Lease | undefined {
    const written = this.#written(ref.fence);
    return written?.leaseId === ref.leaseId ? written : this.#reader.lease(ref);
  }

  newestLease(leaseId: string): Lease | undefined {
    const newest = this.#reader.newestLease(leaseId);
    return newest && (this.#written(newest.fence) ?? newest);
  }

  dueLeases(): readonly Lease[] {
    return this.#reader.dueLeases(this.nowMs);
  }

  nextFence(): number {
    return this.#reader.nextFence();
  }

  putBucket(bucket: BucketState): void {
    if (this.#buckets === null) {
      this.#buckets = [bucket];
      return;
    }
    const written = this.#buckets.findIndex(({ bucketId }) => bucketId === bucket.bucketId);
    if (written < 0) this.#buckets.push(bucket);
    else this.#buckets[written] = bucket;
  }

  /** After an earlier one of the same fence, which it replaces. */
  putLease(lease: Lease): Lease {
    if (this.#leases === null) this.#leases = [lease];
    else this.#leases.push(lease);
    return lease;
  }

  putSpend(entry: SpendEntry): void {
    this.#spend = entry;
  }

  end<Result>(result: Result): Step<Result> {
    return {
      result,
      change: { buckets: this.#buckets ?? none, leases: this.#leases ?? none, spend: this.#spend },
    };
  }

  #written(fence: number): Lease | undefined {
    return this.#leases?.findLast((lease) => lease.fence === fence);
  }
}
