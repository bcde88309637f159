/**
 * The ledger's rules: each transition is a function from the book as it is read to an answer and a change. It never
 * leaves a part of itself behind, because the change is applied whole. Every transition first ends the leases whose
 * time is over, so nothing depends on how often a sweeper runs.
 *
 * After the capacity ledger of llm-d (hold, lease, two releases, zero-sum) with expiry and fences.
 */
import * as bucketRules from './bucket.ts';
import { Draft } from './draft.ts';
import {
  CorruptLedgerError,
  type Actual,
  type Claim,
  type Commitment,
  type HeldAmount,
  type HoldRequest,
  type HoldResult,
  type Lease,
  type LeaseAnswer,
  type LeaseRef,
  type SettleAnswer,
  type Shortfall,
} from './ledger.ts';
import type { BucketState, LedgerReader, Step } from './ledger-book.ts';

export function hold(reader: LedgerReader, request: HoldRequest, nowMs: number): Step<HoldResult> {
  const draft = begin(reader, nowMs);
  const earlier = draft.newestLease(request.requestId);
  if (earlier && isLiving(earlier)) {
    return draft.end({ status: 'held', lease: earlier, repeated: true, softExceeded: [] });
  }
  if (earlier && earlier.state !== 'expired') return draft.end({ status: 'ended' });

  const taken = take(draft, request);
  if (taken.refused.length > 0) {
    // The claims' buckets go back to how they were; leases that had expired stay ended.
    return begin(reader, nowMs).end({
      status: 'shortage',
      shortfalls: taken.refused,
      retryAfterMs: longestWait(taken.refused),
    });
  }
  const lease = draft.putLease({
    leaseId: request.requestId,
    fence: draft.nextFence(),
    state: 'held',
    priority: request.priority,
    heldAtMs: nowMs,
    expiresAtMs: nowMs + request.ttlMs,
    endedAtMs: null,
    vector: request.claims.map(({ bucketId, dimension, amount }) => ({
      bucketId,
      dimension,
      amount,
      charged: amount,
    })),
    predictedNanoUsd: request.predictedNanoUsd,
    target: null,
    prefillReleased: false,
  });
  return draft.end({ status: 'held', lease, repeated: false, softExceeded: taken.softExceeded });
}

interface Taken {
  readonly refused: readonly Shortfall[];
  readonly softExceeded: readonly Shortfall[];
}

/** Charges every claim in the draft, and tells which did not fit: then it is not to be ended. */
function take(draft: Draft, { claims, priority }: HoldRequest): Taken {
  const refused: Shortfall[] = [];
  const softExceeded: Shortfall[] = [];
  for (const claim of claims) {
    const bucket = bucketFor(draft.bucket(claim.bucketId), claim, draft.nowMs);
    const short = bucketRules.shortfall(bucket, claim, { priority, nowMs: draft.nowMs });
    if (short) (claim.hard ? refused : softExceeded).push(short);
    draft.putBucket(bucketRules.charge(bucket, claim.amount));
  }
  return { refused, softExceeded };
}

function bucketFor(bucket: BucketState | undefined, claim: Claim, nowMs: number): BucketState {
  bucketRules.checkAmount(claim.dimension, claim.amount);
  if (claim.limit !== null) bucketRules.checkAmount(claim.dimension, claim.limit);
  if (!bucket) return bucketRules.emptyBucket(claim, Math.floor(nowMs));
  if (bucket.dimension !== claim.dimension) {
    throw new CorruptLedgerError(`${claim.bucketId} counts ${bucket.dimension}, not ${claim.dimension}.`);
  }
  return bucketRules.withLimit(bucket, claim.limit);
}

/** When all have room; null when one of them does not know. */
function longestWait(shortfalls: readonly Shortfall[]): number | null {
  return shortfalls.reduce<number | null>(
    (longest, { retryAfterMs }) =>
      longest === null || retryAfterMs === null ? null : Math.max(longest, retryAfterMs),
    0,
  );
}

export function commit(
  reader: LedgerReader,
  { ref, commitment }: { readonly ref: LeaseRef; readonly commitment: Commitment },
  nowMs: number,
): Step<LeaseAnswer> {
  return onLiving(reader, ref, nowMs, (draft, lease) => {
    if (lease.state === 'committed') return 'repeated';
    const expiresAtMs = Math.max(lease.expiresAtMs, commitment.expiresAtMs);
    draft.putLease({ ...lease, state: 'committed', target: commitment.target, expiresAtMs });
    return 'done';
  });
}

export function renew(
  reader: LedgerReader,
  { ref, expiresAtMs }: { readonly ref: LeaseRef; readonly expiresAtMs: number },
  nowMs: number,
): Step<LeaseAnswer> {
  return onLiving(reader, ref, nowMs, (draft, lease) => {
    if (expiresAtMs <= lease.expiresAtMs) return 'repeated';
    draft.putLease({ ...lease, expiresAtMs });
    return 'done';
  });
}

export function grow(
  reader: LedgerReader,
  { ref, atLeast }: { readonly ref: LeaseRef; readonly atLeast: Actual['amounts'] },
  nowMs: number,
): Step<LeaseAnswer> {
  return onLiving(reader, ref, nowMs, (draft, lease) => {
    const vector = lease.vector.map((held) => {
      const charged = Math.max(held.charged, amountOf(atLeast, held) ?? 0);
      if (charged > held.charged) {
        draft.putBucket(bucketRules.charge(bucketOf(draft, held), charged - held.charged));
      }
      return { ...held, charged };
    });
    if (vector.every(({ charged }, index) => charged === lease.vector[index]?.charged)) return 'repeated';
    draft.putLease({ ...lease, vector });
    return 'done';
  });
}

export function releasePrefill(
  reader: LedgerReader,
  { ref, remaining }: { readonly ref: LeaseRef; readonly remaining: Actual['amounts'] },
  nowMs: number,
): Step<LeaseAnswer> {
  return onLiving(reader, ref, nowMs, (draft, lease) => {
    if (lease.prefillReleased) return 'repeated';
    const vector = lease.vector.map((held) => {
      const left = amountOf(remaining, held);
      if (left === undefined || left >= held.charged) return held;
      giveBack(draft, { ...held, charged: held.charged - left }, { used: 0, refund: true });
      return { ...held, charged: left };
    });
    draft.putLease({ ...lease, vector, prefillReleased: true });
    return 'done';
  });
}

export function release(reader: LedgerReader, ref: LeaseRef, nowMs: number): Step<LeaseAnswer> {
  return onLiving(reader, ref, nowMs, (draft, lease) => {
    for (const held of lease.vector) giveBack(draft, held, { used: 0, refund: true });
    draft.putLease({ ...lease, ...over(nowMs), state: 'released', vector: lease.vector.map(nothingCharged) });
    return 'done';
  });
}

export function settle(
  reader: LedgerReader,
  { ref, actual }: { readonly ref: LeaseRef; readonly actual: Actual },
  nowMs: number,
): Step<SettleAnswer> {
  const draft = begin(reader, nowMs);
  const lease = draft.lease(ref);
  if (!lease) return draft.end({ status: 'unknown' });
  if (lease.state === 'settled') return draft.end({ status: 'repeated' });

  const late = !isLiving(lease);
  for (const held of lease.vector) {
    const used = amountOf(actual.amounts, held) ?? (late ? held.amount : held.charged);
    if (late) draft.putBucket(bucketRules.bookLate(bucketOf(draft, held), used - held.charged, used));
    else giveBack(draft, held, { used, refund: true });
  }
  draft.putLease({
    ...lease,
    state: 'settled',
    endedAtMs: lease.endedAtMs ?? nowMs,
    // Nobody asks any more what it held, and thousands of them are remembered.
    vector: nothing,
  });
  const { leaseId, fence, target, predictedNanoUsd } = lease;
  draft.putSpend({
    leaseId,
    fence,
    atMs: nowMs,
    target,
    predictedNanoUsd,
    estimated: actual.estimated,
    settledNanoUsd: settledNanoUsd(lease, actual, late),
  });
  return draft.end({ status: 'settled', late });
}

const nothing: readonly HeldAmount[] = [];

/** What every money bucket of the lease was booked with; without one, what the caller knows; else unknown. */
function settledNanoUsd(lease: Lease, { amounts }: Actual, late: boolean): number | null {
  const money = lease.vector.find(({ dimension }) => dimension === 'moneyNanoUsd');
  return amounts.moneyNanoUsd ?? (money ? (late ? money.amount : money.charged) : null);
}

export function observe(
  reader: LedgerReader,
  { bucketId, atLeastUsed }: { readonly bucketId: string; readonly atLeastUsed: number },
  nowMs: number,
): Step<undefined> {
  const draft = begin(reader, nowMs);
  const bucket = draft.bucket(bucketId);
  if (bucket)
    draft.putBucket(bucketRules.raised(bucket, bucketRules.checkAmount(bucket.dimension, atLeastUsed)));
  return draft.end(undefined);
}

/** Ends what is due; the answer has the ended leases as they were left. */
export function sweep(reader: LedgerReader, nowMs: number): Step<readonly Lease[]> {
  const draft = new Draft(reader, nowMs);
  return draft.end(expireDue(draft));
}

function begin(reader: LedgerReader, nowMs: number): Draft {
  const draft = new Draft(reader, nowMs);
  expireDue(draft);
  return draft;
}

function expireDue(draft: Draft): readonly Lease[] {
  return draft.dueLeases().map((lease) => {
    // A call that went out may have used its rates whoever knows of it; slots, memory and money come back.
    const refund = lease.state === 'held';
    const vector = lease.vector.map((held) => {
      giveBack(draft, held, { used: 0, refund });
      return refund || !bucketRules.isRate(held.dimension) ? nothingCharged(held) : held;
    });
    return draft.putLease({ ...lease, state: 'expired', endedAtMs: draft.nowMs, vector });
  });
}

/** Runs on a lease that lives; otherwise tells why it does not. */
function onLiving(
  reader: LedgerReader,
  ref: LeaseRef,
  nowMs: number,
  work: (draft: Draft, lease: Lease) => 'done' | 'repeated',
): Step<LeaseAnswer> {
  const draft = begin(reader, nowMs);
  const lease = draft.lease(ref);
  if (!lease) return draft.end('unknown');
  if (isLiving(lease)) return draft.end(work(draft, lease));
  const newest = draft.newestLease(ref.leaseId);
  if (newest && newest.fence !== ref.fence) return draft.end('fenced');
  return draft.end(lease.state === 'expired' ? 'expired' : 'ended');
}

function giveBack(draft: Draft, held: HeldAmount, how: { used: number; refund: boolean }): void {
  draft.putBucket(bucketRules.giveBack(bucketOf(draft, held), { charged: held.charged, ...how }));
}

function bucketOf(draft: Draft, { bucketId }: HeldAmount): BucketState {
  const bucket = draft.bucket(bucketId);
  if (!bucket) throw new CorruptLedgerError(`A lease holds of ${bucketId}, which the ledger does not have.`);
  return bucket;
}

function amountOf(amounts: Actual['amounts'], { dimension }: HeldAmount): number | undefined {
  const amount = amounts[dimension];
  return amount === undefined ? undefined : bucketRules.checkAmount(dimension, amount);
}

function nothingCharged(held: HeldAmount): HeldAmount {
  return { ...held, charged: 0 };
}

function over(nowMs: number): { readonly endedAtMs: number } {
  return { endedAtMs: nowMs };
}

function isLiving({ state }: Lease): boolean {
  return state === 'held' || state === 'committed';
}
