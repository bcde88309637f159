/** The ledger with its journal in SQLite: the same histories as in memory, and what a restart finds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournaledLedgers } from '../../../test/support/journaled-ledgers.ts';
import { ledgerProperty } from '../../../test/support/ledger-histories.ts';
import { openStore } from './open-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-router-ledger-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
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
