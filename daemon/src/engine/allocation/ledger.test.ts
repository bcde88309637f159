/** The ledger in memory against the naive specification, and ledgers that are broken on purpose, which must be found. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerProperty } from '../../../../test/support/ledger-histories.ts';
import {
  CorruptLedgerError,
  createLedger,
  MemoryBook,
  type Claim,
  type HoldRequest,
  type Ledger,
  type LedgerBook,
  type LedgerReader,
  type Step,
} from './index.ts';

describe('ledger in memory', () => {
  it('answers like the specification over 2,000 histories', () => {
    fc.assert(
      ledgerProperty(() => createLedger(new MemoryBook())),
      { numRuns: 2_000 },
    );
  }, 60_000);

  const broken: [string, () => Ledger][] = [
    [
      'takes dimension after dimension and keeps what it took',
      () => tornHold(createLedger(new MemoryBook())),
    ],
    ['checks against a book that is one step old', () => createLedger(new StaleBook())],
    ['settles twice', () => forgetfulSettle(createLedger(new MemoryBook()))],
    ['writes only the first bucket of a change', () => createLedger(new HalfBook())],
  ];
  it.each(broken)('is told apart from one that %s', (_, open) => {
    const { failed, counterexample } = fc.check(ledgerProperty(open), { numRuns: 2_000 });
    expect(failed).toBe(true);
    expect(counterexample).not.toBeNull();
  });
});

describe('ledger rules', () => {
  const slot: Claim = {
    bucketId: 'slots/n',
    dimension: 'slots',
    amount: 1,
    limit: 1,
    hard: true,
    blockedUntilMs: null,
  };
  const money: Claim = { ...slot, bucketId: 'money/day', dimension: 'moneyNanoUsd', amount: 60, limit: 100 };
  const ask = (requestId: string, claims: Claim[], changes: Partial<HoldRequest> = {}): HoldRequest => ({
    requestId,
    priority: 'interactive',
    claims,
    ttlMs: 2_000,
    predictedNanoUsd: 10,
    ...changes,
  });
  const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
  const open = () => createLedger(new MemoryBook());

  it('takes all dimensions or none', () => {
    const ledger = open();
    ledger.hold(ask('a', [slot, money]), 0);
    const second = ledger.hold(ask('b', [{ ...slot, limit: 9 }, money]), 0);
    expect(second).toMatchObject({
      status: 'shortage',
      shortfalls: [{ dimension: 'moneyNanoUsd', used: 60 }],
    });
    expect(ledger.view(0).buckets.map(({ used }) => used)).toEqual([60, 1]);
  });

  it('books a late settle as usage and gives nothing back twice', () => {
    const ledger = open();
    ledger.hold(ask('a', [slot, money]), 0);
    const ref = { leaseId: 'a', fence: 1 };
    ledger.commit(ref, { target, expiresAtMs: 5_000 }, 1);
    expect(ledger.sweep(5_000).map(({ state }) => state)).toEqual(['expired']);
    expect(ledger.hold(ask('b', [slot, money]), 5_001).status).toBe('held');
    const actual = { amounts: { moneyNanoUsd: 25 }, estimated: false };
    expect(ledger.settle(ref, actual, 6_000)).toEqual({ status: 'settled', late: true });
    expect(ledger.settle(ref, actual, 6_001)).toEqual({ status: 'repeated' });
    expect(ledger.view(6_001).buckets.map(({ used }) => used)).toEqual([85, 1]);
    expect(ledger.spend(0)).toMatchObject([{ provider: 'p', settledNanoUsd: 25, predictedNanoUsd: 10 }]);
  });

  it('fences an expired lease of a request that holds anew', () => {
    const ledger = open();
    ledger.hold(ask('a', [slot]), 0);
    expect(ledger.hold(ask('a', [slot]), 2_000)).toMatchObject({ status: 'held', lease: { fence: 2 } });
    expect(ledger.renew({ leaseId: 'a', fence: 1 }, 9_000, 2_001)).toBe('fenced');
    expect(ledger.release({ leaseId: 'a', fence: 1 }, 2_001)).toBe('fenced');
    expect(ledger.view(2_001).buckets[0]?.used).toBe(1);
  });

  it('keeps the upper part of a rate and of the slots for higher priorities', () => {
    const filled = (priority: HoldRequest['priority'], dimension: 'slots' | 'requests') => {
      const ledger = open();
      const claim = { ...slot, dimension, limit: 20, bucketId: dimension };
      let held = 0;
      while (ledger.hold(ask(`r${held}`, [claim], { priority }), 0).status === 'held') held += 1;
      return held;
    };
    const priorities = ['critical', 'interactive', 'background', 'batch'] as const;
    expect(priorities.map((priority) => filled(priority, 'slots'))).toEqual([20, 18, 15, 10]);
    expect(priorities.map((priority) => filled(priority, 'requests'))).toEqual([20, 18, 15, 10]);
    expect(open().hold(ask('a', [slot], { priority: 'batch' }), 0).status).toBe('held');
  });

  it('gives back at the first token what reading the prompt did not need', () => {
    const ledger = open();
    ledger.hold(ask('a', [money]), 0);
    const ref = { leaseId: 'a', fence: 1 };
    expect(ledger.releasePrefill(ref, { moneyNanoUsd: 20 }, 1)).toBe('done');
    expect(ledger.releasePrefill(ref, { moneyNanoUsd: 0 }, 2)).toBe('repeated');
    expect(ledger.view(2).buckets[0]).toMatchObject({ held: 20, used: 20 });
  });

  it('says exactly when a rate has room, to the millisecond', () => {
    const rate: Claim = { ...slot, bucketId: 'r', dimension: 'inputTokens', amount: 250, limit: 700 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(60_000), (amount, atMs) => {
        const ledger = open();
        const critical = { priority: 'critical', ttlMs: 1e6 } as const;
        for (const id of ['a', 'b']) ledger.hold(ask(id, [rate], critical), 0);
        const want = (id: string, nowMs: number) =>
          ledger.hold(ask(id, [{ ...rate, amount }], critical), nowMs);
        const first = want('c', atMs);
        if (first.status !== 'shortage') return;
        const waitMs = first.retryAfterMs ?? 0;
        expect(want('d', atMs + waitMs - 1).status).toBe('shortage');
        expect(want('e', atMs + waitMs).status).toBe('held');
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses what is no amount, and a book that can not be true', () => {
    const ledger = open();
    for (const amount of [-1, 0.5, Number.NaN, Infinity, Number.MAX_SAFE_INTEGER]) {
      expect(() => ledger.hold(ask('a', [{ ...money, amount }]), 0)).toThrow(RangeError);
    }
    const book = new MemoryBook();
    const corrupt = createLedger(book);
    corrupt.hold(ask('a', [slot]), 0);
    book.transact(() => ({
      result: null,
      change: { buckets: [{ ...book.buckets()[0]!, held: 0 }], leases: [], spend: null },
    }));
    expect(() => corrupt.release({ leaseId: 'a', fence: 1 }, 1)).toThrow(CorruptLedgerError);
    expect(corrupt.view(1).leases).toHaveLength(1);
  });

  it('forgets ended leases after a day, and buckets only when no window or task can need them', () => {
    const ledger = open();
    const day = 86_400_000;
    ledger.hold(ask('a', [money, { ...money, bucketId: 'money/user/task/t1' }]), 0);
    ledger.settle({ leaseId: 'a', fence: 1 }, { amounts: {}, estimated: true }, 1);
    ledger.sweep(2 * day);
    expect(ledger.settle({ leaseId: 'a', fence: 1 }, { amounts: {}, estimated: true }, 2 * day).status).toBe(
      'unknown',
    );
    expect(ledger.view(2 * day).buckets).toMatchObject([{ bucketId: 'money/day', used: 60 }]);
    ledger.sweep(41 * day);
    expect([ledger.view(41 * day).buckets, ledger.spend(0)]).toEqual([[], []]);
  });
});

function tornHold(ledger: Ledger): Ledger {
  return {
    ...ledger,
    hold(request, nowMs) {
      for (const claim of request.claims) {
        const one = { ...request, requestId: `${request.requestId} ${claim.bucketId}`, claims: [claim] };
        const result = ledger.hold(one, nowMs);
        if (result.status === 'shortage') return result;
      }
      return ledger.hold({ ...request, claims: [] }, nowMs);
    },
  };
}

function forgetfulSettle(ledger: Ledger): Ledger {
  return {
    ...ledger,
    settle(ref, actual, nowMs) {
      const answer = ledger.settle(ref, actual, nowMs);
      return answer.status === 'repeated' ? { status: 'settled', late: false } : answer;
    },
  };
}

/** Check, then count: two that check at once both see the old book. */
class StaleBook extends MemoryBook implements LedgerBook {
  #before: ReadonlyMap<string, ReturnType<LedgerReader['bucket']>> = new Map();

  override bucket(bucketId: string) {
    return this.#before.has(bucketId) ? this.#before.get(bucketId) : super.bucket(bucketId);
  }

  override transact<Result>(work: (reader: LedgerReader) => Step<Result>): Result {
    const before = new Map(this.buckets().map((bucket) => [bucket.bucketId, bucket]));
    const result = super.transact(work);
    this.#before = before;
    return result;
  }
}

class HalfBook extends MemoryBook implements LedgerBook {
  override transact<Result>(work: (reader: LedgerReader) => Step<Result>): Result {
    return super.transact((reader) => {
      const { result, change } = work(reader);
      return { result, change: { ...change, buckets: change.buckets.slice(0, 1) } };
    });
  }
}
