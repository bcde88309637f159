/**
 * The ledger's book in memory: what the daemon runs on (the store keeps a journal of its changes), and all there is when
 * no database can be opened, in simulations and in tests. Nothing here grows with the number of calls: spend is kept as
 * sums, and of the leases that ended well only the newest are remembered.
 */
import { allocation } from '../config/allocation.ts';
import { taskBucketPrefix } from './budgets.ts';
import type { Lease, LeaseRef, SpendSum } from './ledger.ts';
import type {
  BookContent,
  BucketState,
  ForgetBefore,
  LedgerBook,
  LedgerChange,
  LedgerReader,
  Step,
} from './ledger-book.ts';
import { spendOf, SpendSums } from './spend-sums.ts';

/** Ended leases beyond those to be kept that are let grow before they are forgotten. */
const forgetAtOnce = 500;

const noLeases: readonly Lease[] = [];

export class MemoryBook implements LedgerBook, LedgerReader {
  readonly #buckets = new Map<string, BucketState>();
  /**
   * Lowest fence first. No map: of one with entries that come and go by the thousand, V8 keeps every outgrown table until the
   * next full collection, once one of them has survived one, and with it all that lived when it was replaced.
   */
  readonly #living: Lease[] = [];
  /** Both in the order in which they ended. */
  readonly #ended = new Map<number, Lease>();
  readonly #expired = new Map<number, Lease>();
  readonly #newestFence = new Map<string, number>();
  readonly #spend = new SpendSums();
  #lastFence = 0;
  /** No living lease ends before this. */
  #nextDueMs = Infinity;

  constructor(content?: BookContent) {
    if (content === undefined) return;
    for (const bucket of content.buckets) this.#buckets.set(bucket.bucketId, bucket);
    for (const lease of [...content.leases].sort((a, b) => a.fence - b.fence)) this.#put(lease);
    for (const { atMs, sum } of content.spend) this.#spend.add(atMs, sum);
    this.#lastFence = Math.max(this.#lastFence, content.lastFence);
  }

  transact<Result>(work: (reader: LedgerReader) => Step<Result>): Result {
    const { result, change } = work(this);
    this.#apply(change);
    return result;
  }

  #apply({ buckets, leases, spend }: LedgerChange): void {
    for (const bucket of buckets) this.#buckets.set(bucket.bucketId, bucket);
    for (const lease of leases) this.#put(lease);
    if (spend) this.#spend.add(spend.atMs, spendOf(spend));
  }

  #put(lease: Lease): void {
    const { fence, leaseId, endedAtMs } = lease;
    if (fence > this.#lastFence) {
      this.#lastFence = fence;
      this.#newestFence.set(leaseId, fence);
    }
    if (endedAtMs === null) {
      const at = this.#placeOf(fence);
      this.#living.splice(at, this.#living[at]?.fence === fence ? 1 : 0, lease);
      this.#nextDueMs = Math.min(this.#nextDueMs, lease.expiresAtMs);
      return;
    }
    const at = this.#placeOf(fence);
    if (this.#living[at]?.fence === fence) this.#living.splice(at, 1);
    this.#expired.delete(fence);
    if (lease.state === 'expired') this.#expired.set(fence, lease);
    else this.#ended.set(fence, lease);
    // Several at a time: the way to the oldest of a map leads past every entry that was taken out of it.
    if (this.#ended.size > allocation.keepEndedCount + forgetAtOnce)
      this.#forgetEnded(this.#ended, forgetAtOnce, Infinity);
  }

  forget({ leasesMs, bucketsMs, taskBucketsMs }: ForgetBefore): void {
    this.#forgetEnded(this.#ended, Infinity, leasesMs);
    this.#forgetEnded(this.#expired, Infinity, leasesMs);
    for (const { bucketId, held, atMs } of this.#buckets.values()) {
      const beforeMs = bucketId.startsWith(taskBucketPrefix) ? taskBucketsMs : bucketsMs;
      if (held === 0 && atMs < beforeMs) this.#buckets.delete(bucketId);
    }
    this.#spend.forget(bucketsMs);
  }

  #forgetEnded(leases: Map<number, Lease>, most: number, beforeMs: number): void {
    let count = 0;
    for (const [fence, { endedAtMs, leaseId }] of leases) {
      if (count === most || (endedAtMs ?? 0) >= beforeMs) break;
      count += 1;
      leases.delete(fence);
      if (this.#newestFence.get(leaseId) === fence) this.#newestFence.delete(leaseId);
    }
  }

  /** Of the living lease with this fence, or where it would stand. */
  #placeOf(fence: number): number {
    let [from, to] = [0, this.#living.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#living[middle]?.fence ?? Infinity) < fence) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  bucket(bucketId: string): BucketState | undefined {
    return this.#buckets.get(bucketId);
  }

  lease({ leaseId, fence }: LeaseRef): Lease | undefined {
    const living = this.#living[this.#placeOf(fence)];
    const lease = living?.fence === fence ? living : (this.#ended.get(fence) ?? this.#expired.get(fence));
    return lease?.leaseId === leaseId ? lease : undefined;
  }

  newestLease(leaseId: string): Lease | undefined {
    const fence = this.#newestFence.get(leaseId);
    return fence === undefined ? undefined : this.lease({ leaseId, fence });
  }

  dueLeases(nowMs: number): readonly Lease[] {
    if (nowMs < this.#nextDueMs) return noLeases;
    const due = this.#living.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (due.length > 0) return due;
    this.#nextDueMs = Infinity;
    for (const { expiresAtMs } of this.#living) this.#nextDueMs = Math.min(this.#nextDueMs, expiresAtMs);
    return due;
  }

  nextFence(): number {
    return this.#lastFence + 1;
  }

  buckets(): readonly BucketState[] {
    return [...this.#buckets.values()].sort((a, b) => (a.bucketId < b.bucketId ? -1 : 1));
  }

  livingLeases(): readonly Lease[] {
    return [...this.#living];
  }

  spend(sinceMs: number): readonly SpendSum[] {
    return this.#spend.since(sinceMs);
  }
}
