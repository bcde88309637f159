/** The ledger with its journal in SQLite: the same histories as in memory, and what a restart finds. */
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/server-home.ts';
import { openJournaledLedgers } from '../../../test/support/journaled-ledgers.ts';
import { ledgerProperty } from '../../../test/support/ledger-histories.ts';
import { openStore } from './open-store.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe('ledger with a journal', () => {
  it.each([1, 3, 7])(
    'answers like the specification, and a restart finds the same book (%i changes a batch)',
    async (stepsABatch) => {
      const ledgers = await openJournaledLedgers(join(folder, 'history.db'), stepsABatch);
      try {
        fc.assert(ledgerProperty(ledgers.empty), { numRuns: 300 });
      } finally {
        ledgers.close();
      }
    },
  );

  it('clears the file of what nobody asks for any more, and of nothing else', async () => {
    const path = join(folder, 'history.db');
    const day = 86_400_000;
    const store = await openStore(path);
    const money = {
      dimension: 'moneyNanoUsd',
      amount: 5,
      limit: 9,
      hard: true,
      blockedUntilMs: null,
    } as const;
    const buckets = ['money/user/month/x', 'money/user/task/t1'];
    const claims = buckets.map((bucketId) => ({ ...money, bucketId }));
    const request = { requestId: 'a', priority: 'critical', claims, ttlMs: 9, predictedNanoUsd: 5 } as const;
    expect(store.ledger.hold(request, 0).status).toBe('held');
    store.ledger.settle({ leaseId: 'a', fence: 1 }, { amounts: {}, estimated: true }, 1);
    await store.committed();
    store.ledger.sweep(2 * day);
    store.close();
    const after = await openStore(path);
    expect(after.ledger.view(2 * day).buckets).toMatchObject([{ bucketId: buckets[0], used: 5 }]);
    expect(after.ledger.spend(0)).toMatchObject([{ calls: 1, settledNanoUsd: 5 }]);
    after.ledger.sweep(45 * day);
    after.close();
    const later = await openStore(path);
    expect([later.ledger.view(45 * day).buckets, later.ledger.spend(0)]).toEqual([[], []]);
    later.close();
  });

  it('finds after a restart what was held, and lets it go at its time', async () => {
    const path = join(folder, 'history.db');
    const before = await openStore(path);
    const claim = { dimension: 'slots', amount: 1, limit: 1, hard: true, blockedUntilMs: null } as const;
    const ask = (requestId: string) =>
      ({
        requestId,
        priority: 'interactive',
        claims: [{ ...claim, bucketId: 'slots/n' }],
        ttlMs: 5_000,
        predictedNanoUsd: null,
      }) as const;
    before.ledger.hold(ask('a'), 0);
    before.close();

    const after = await openStore(path);
    expect(after.ledger.hold(ask('b'), 4_999).status).toBe('shortage');
    expect(after.ledger.hold(ask('b'), 5_000)).toMatchObject({ status: 'held', lease: { fence: 2 } });
    const late = after.ledger.settle({ leaseId: 'a', fence: 1 }, { amounts: {}, estimated: true }, 5_001);
    expect(late).toEqual({ status: 'settled', late: true });
    after.close();
  });
});
