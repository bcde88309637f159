/**
 * What a ledger has to answer, written a second time and naively: a list of leases, sums over it at every question, and
 * for rates the textbook's GCRA with a theoretical arrival time. It shares no line with the engine, whose rules keep
 * levels and running sums; property tests hold both engines against it.
 */
import type { Actual, Claim, Commitment, HoldRequest, LeaseRef } from '@task-router/daemon/engine';

interface SpecLease {
  readonly leaseId: string;
  readonly fence: number;
  state: 'held' | 'committed' | 'settled' | 'released' | 'expired';
  expiresAtMs: number;
  prefill: boolean;
  readonly parts: { readonly claim: Claim; charged: number }[];
}

const ceilings = { critical: 1, interactive: 0.9, background: 0.75, batch: 0.5 };
/** Charged when the call starts, and when it is over. */
const atStart = new Set(['requests', 'inputTokens']);
const atEnd = new Set(['outputTokens', 'tokens']);
const rates = new Set([...atStart, ...atEnd]);
/** Theoretical arrival times are kept times the limit, so that they are whole. */
const minute = 60_000;

export class LedgerSpecification {
  readonly #leases: SpecLease[] = [];
  readonly #spentMoney = new Map<string, number>();
  readonly #arrival = new Map<string, number>();
  readonly #known = new Map<string, Claim>();
  /** Money of settled leases; null: unknown. */
  readonly #spend: (number | null)[] = [];

  get spend() {
    const known = this.#spend.filter((money) => money !== null);
    return {
      calls: this.#spend.length,
      unknown: this.#spend.length - known.length,
      nanoUsd: known.reduce((sum, money) => sum + money, 0),
    };
  }

  hold({ requestId, priority, claims, ttlMs }: HoldRequest, nowMs: number): unknown {
    this.sweep(nowMs);
    const newest = this.#leases.findLast(({ leaseId }) => leaseId === requestId);
    if (newest && isLiving(newest)) return { status: 'held', fence: newest.fence, repeated: true };
    if (newest && newest.state !== 'expired') return { status: 'ended' };

    const short = claims.flatMap((claim, index) => {
      const before = claims
        .slice(0, index)
        .filter((each) => each.bucketId === claim.bucketId)
        .reduce((sum, each) => sum + each.amount, 0);
      const limit = claim.limit ?? Infinity;
      const heldBack = claim.dimension !== 'moneyNanoUsd' && claim.dimension !== 'localMemoryBytes';
      const ceiling = heldBack ? Math.ceil(limit * ceilings[priority]) : limit;
      const usable = Math.max(ceiling, Math.min(claim.amount, limit));
      const room = usable - this.#exactUse(claim, nowMs) - before;
      const blocked = (claim.blockedUntilMs ?? 0) > nowMs;
      return claim.amount <= room && !blocked ? [] : [{ claim, lacking: claim.amount - room, blocked }];
    });
    const refused = short.filter(({ claim }) => claim.hard);
    if (refused.length > 0) {
      return { status: 'shortage', buckets: refused.map(({ claim }) => claim.bucketId) };
    }
    const lease: SpecLease = {
      leaseId: requestId,
      fence: this.#leases.length + 1,
      state: 'held',
      expiresAtMs: nowMs + ttlMs,
      prefill: false,
      parts: claims.map((claim) => ({ claim, charged: claim.amount })),
    };
    for (const { claim } of lease.parts) {
      this.#known.set(claim.bucketId, claim);
      if (atStart.has(claim.dimension)) this.#advance(claim, claim.amount, nowMs);
    }
    this.#leases.push(lease);
    return { status: 'held', fence: lease.fence, repeated: false };
  }

  commit(ref: LeaseRef, { expiresAtMs }: Commitment, nowMs: number): string {
    return this.#onLiving(ref, nowMs, (lease) => {
      if (lease.state === 'committed') return 'repeated';
      lease.state = 'committed';
      lease.expiresAtMs = Math.max(lease.expiresAtMs, expiresAtMs);
      return 'done';
    });
  }

  renew(ref: LeaseRef, expiresAtMs: number, nowMs: number): string {
    return this.#onLiving(ref, nowMs, (lease) => {
      if (expiresAtMs <= lease.expiresAtMs) return 'repeated';
      lease.expiresAtMs = expiresAtMs;
      return 'done';
    });
  }

  grow(ref: LeaseRef, atLeast: Actual['amounts'], nowMs: number): string {
    return this.#onLiving(ref, nowMs, (lease) => {
      let grew = false;
      for (const part of lease.parts) {
        const more = (atLeast[part.claim.dimension] ?? 0) - part.charged;
        if (more <= 0) continue;
        if (atStart.has(part.claim.dimension)) this.#advance(part.claim, more, nowMs);
        part.charged += more;
        grew = true;
      }
      return grew ? 'done' : 'repeated';
    });
  }

  releasePrefill(ref: LeaseRef, remaining: Actual['amounts'], nowMs: number): string {
    return this.#onLiving(ref, nowMs, (lease) => {
      if (lease.prefill) return 'repeated';
      lease.prefill = true;
      for (const part of lease.parts) {
        const left = Math.min(part.charged, remaining[part.claim.dimension] ?? Infinity);
        if (atStart.has(part.claim.dimension)) this.#advance(part.claim, left - part.charged, nowMs);
        part.charged = left;
      }
      return 'done';
    });
  }

  release(ref: LeaseRef, nowMs: number): string {
    return this.#onLiving(ref, nowMs, (lease) => {
      for (const { claim, charged } of lease.parts) {
        if (atStart.has(claim.dimension)) this.#advance(claim, -charged, nowMs);
      }
      lease.state = 'released';
      return 'done';
    });
  }

  settle(ref: LeaseRef, { amounts }: Actual, nowMs: number): unknown {
    this.sweep(nowMs);
    const lease = this.#find(ref);
    if (!lease) return { status: 'unknown' };
    if (lease.state === 'settled') return { status: 'repeated' };
    const late = !isLiving(lease);
    let money: number | null = amounts.moneyNanoUsd ?? null;
    for (const { claim, charged } of lease.parts) {
      const used = amounts[claim.dimension] ?? (late ? claim.amount : charged);
      const inBucket = late && lease.state === 'released' ? 0 : charged;
      const counted = late ? inBucket : atStart.has(claim.dimension) ? charged : 0;
      this.#advance(claim, late ? Math.max(0, used - counted) : used - counted, nowMs);
      if (claim.dimension === 'moneyNanoUsd') {
        money ??= used;
        this.#spentMoney.set(claim.bucketId, (this.#spentMoney.get(claim.bucketId) ?? 0) + used);
      }
    }
    lease.state = 'settled';
    this.#spend.push(money);
    return { status: 'settled', late };
  }

  observe(bucketId: string, atLeastUsed: number, nowMs: number): void {
    this.sweep(nowMs);
    const claim = this.#known.get(bucketId);
    if (!claim || !rates.has(claim.dimension) || claim.limit === null) return;
    const least = nowMs * claim.limit + atLeastUsed * minute;
    this.#arrival.set(bucketId, Math.max(this.#arrival.get(bucketId) ?? 0, least));
  }

  sweep(nowMs: number): string[] {
    const due = this.#leases.filter((lease) => isLiving(lease) && lease.expiresAtMs <= nowMs);
    for (const lease of due) {
      for (const part of lease.parts) {
        // A call that never went out used nothing; of one that did nobody knows.
        const { dimension } = part.claim;
        if (lease.state === 'held' && atStart.has(dimension)) this.#advance(part.claim, -part.charged, nowMs);
        if (lease.state === 'committed' && atEnd.has(dimension))
          this.#advance(part.claim, part.charged, nowMs);
        if (lease.state === 'held' || !rates.has(part.claim.dimension)) part.charged = 0;
      }
      lease.state = 'expired';
    }
    return due.map(({ leaseId }) => leaseId);
  }

  view(nowMs: number): unknown {
    return {
      buckets: [...this.#known.values()]
        .map((claim) => ({
          bucketId: claim.bucketId,
          held: this.#held(claim.bucketId),
          used: Math.ceil(this.#exactUse(claim, nowMs)),
        }))
        .sort((a, b) => (a.bucketId < b.bucketId ? -1 : 1)),
      leases: this.#leases
        .filter(isLiving)
        .map(({ leaseId, fence, state, expiresAtMs }) => ({ leaseId, fence, state, expiresAtMs })),
    };
  }

  #held(bucketId: string): number {
    return this.#leases
      .filter(isLiving)
      .flatMap(({ parts }) => parts)
      .filter(({ claim }) => claim.bucketId === bucketId)
      .reduce((sum, { charged }) => sum + charged, 0);
  }

  #exactUse({ bucketId, dimension, limit }: Claim, nowMs: number): number {
    if (!rates.has(dimension)) return this.#held(bucketId) + (this.#spentMoney.get(bucketId) ?? 0);
    if (limit === null) return 0;
    const level = Math.max(0, (this.#arrival.get(bucketId) ?? 0) - nowMs * limit) / minute;
    return level + (atEnd.has(dimension) ? this.#held(bucketId) : 0);
  }

  /** GCRA: the arrival time moves on from the later of itself and now; a refund moves it back. */
  #advance({ bucketId, dimension, limit }: Claim, amount: number, nowMs: number): void {
    if (!rates.has(dimension) || limit === null) return;
    const from = Math.max(this.#arrival.get(bucketId) ?? 0, nowMs * limit);
    this.#arrival.set(bucketId, from + amount * minute);
  }

  #find({ leaseId, fence }: LeaseRef): SpecLease | undefined {
    return this.#leases.find((lease) => lease.leaseId === leaseId && lease.fence === fence);
  }

  #onLiving(ref: LeaseRef, nowMs: number, work: (lease: SpecLease) => string): string {
    this.sweep(nowMs);
    const lease = this.#find(ref);
    if (!lease) return 'unknown';
    if (isLiving(lease)) return work(lease);
    const newest = this.#leases.findLast(({ leaseId }) => leaseId === ref.leaseId);
    if (newest !== lease) return 'fenced';
    return lease.state === 'expired' ? 'expired' : 'ended';
  }
}

function isLiving({ state }: SpecLease): boolean {
  return state === 'held' || state === 'committed';
}
