/** The ledger's book in memory: for when no database can be opened, for simulations, and as the other engine of every test. */
import type { Lease, LeaseRef, SpendEntry } from './ledger.ts';
import type {
  BucketState,
  ForgetBefore,
  LedgerBook,
  LedgerChange,
  LedgerReader,
  Step,
} from './ledger-book.ts';

export class MemoryBook implements LedgerBook, LedgerReader {
  readonly #buckets = new Map<string, BucketState>();
  readonly #living = new Map<number, Lease>();
  /** In the order in which they ended. */
  readonly #ended = new Map<number, Lease>();
  readonly #newestFence = new Map<string, number>();
  readonly #spend: SpendEntry[] = [];
  #lastFence = 0;
  /** No living lease ends before this. */
  #nextDueMs = Infinity;

  transact<Result>(work: (reader: LedgerReader) => Step<Result>): Result {
    const { result, change } = work(this);
    this.#apply(change);
    return result;
  }

  #apply({ buckets, leases, spend }: LedgerChange): void {
    for (const bucket of buckets) this.#buckets.set(bucket.bucketId, bucket);
    for (const lease of leases) this.#put(lease);
    if (spend) this.#spend.push(spend);
  }

  #put(lease: Lease): void {
    if (lease.fence > this.#lastFence) {
      this.#lastFence = lease.fence;
      this.#newestFence.set(lease.leaseId, lease.fence);
    }
    if (lease.endedAtMs === null) {
      this.#living.set(lease.fence, lease);
      this.#nextDueMs = Math.min(this.#nextDueMs, lease.expiresAtMs);
    } else {
      this.#living.delete(lease.fence);
      this.#ended.set(lease.fence, lease);
    }
  }

  forget({ leasesMs, bucketsMs }: ForgetBefore): void {
    for (const [fence, { endedAtMs, leaseId }] of this.#ended) {
      if ((endedAtMs ?? 0) >= leasesMs) break;
      this.#ended.delete(fence);
      if (this.#newestFence.get(leaseId) === fence) this.#newestFence.delete(leaseId);
    }
    for (const { bucketId, held, atMs } of this.#buckets.values()) {
      if (held === 0 && atMs < bucketsMs) this.#buckets.delete(bucketId);
    }
    const kept = this.#spend.findIndex(({ atMs }) => atMs >= bucketsMs);
    this.#spend.splice(0, kept === -1 ? this.#spend.length : kept);
  }

  bucket(bucketId: string): BucketState | undefined {
    return this.#buckets.get(bucketId);
  }

  lease({ leaseId, fence }: LeaseRef): Lease | undefined {
    const lease = this.#living.get(fence) ?? this.#ended.get(fence);
    return lease?.leaseId === leaseId ? lease : undefined;
  }

  newestLease(leaseId: string): Lease | undefined {
    const fence = this.#newestFence.get(leaseId);
    return fence === undefined ? undefined : this.lease({ leaseId, fence });
  }

  dueLeases(nowMs: number): readonly Lease[] {
    if (nowMs < this.#nextDueMs) return [];
    const due = [...this.#living.values()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (due.length > 0) return due.sort((a, b) => a.fence - b.fence);
    this.#nextDueMs = Math.min(...[...this.#living.values()].map(({ expiresAtMs }) => expiresAtMs), Infinity);
    return due;
  }

  nextFence(): number {
    return this.#lastFence + 1;
  }

  buckets(): readonly BucketState[] {
    return [...this.#buckets.values()].sort((a, b) => (a.bucketId < b.bucketId ? -1 : 1));
  }

  livingLeases(): readonly Lease[] {
    return [...this.#living.values()].sort((a, b) => a.fence - b.fence);
  }

  spend(sinceMs: number): readonly SpendEntry[] {
    return this.#spend
      .filter(({ atMs }) => atMs >= sinceMs)
      .sort((a, b) => a.atMs - b.atMs || a.fence - b.fence);
  }
}
