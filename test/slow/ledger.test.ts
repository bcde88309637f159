/**
 * The ledger at length: 10,000 histories of each book, and processes that are killed with 50 leases out.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLedger, MemoryBook } from '@task-router/daemon/engine';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../daemon/src/store/sqlite/database.ts';
import { openStore } from '../../daemon/src/store/open-store.ts';
import { pairsABatch } from '../support/ledger-victim-claims.ts';
import { openJournaledLedgers } from '../support/journaled-ledgers.ts';
import { ledgerProperty } from '../support/ledger-histories.ts';
import { startVictim } from '../support/victim.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-router-ledger-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('10,000 histories', () => {
  it('in memory', () => {
    fc.assert(
      ledgerProperty(() => createLedger(new MemoryBook())),
      { numRuns: 10_000 },
    );
  });

  it('with a journal in SQLite', async () => {
    const ledgers = await openJournaledLedgers(join(folder, 'history.db'), 2);
    try {
      fc.assert(ledgerProperty(ledgers.empty), { numRuns: 10_000 });
    } finally {
      ledgers.close();
    }
  });
});

describe('kill -9 with 50 leases out', () => {
  it('leaves a book that adds up, 100 times', async () => {
    const path = join(folder, 'history.db');
    (await openStore(path)).close();
    let settled = 0;
    for (let round = 1; round <= 100; round += 1) {
      const said = await killed(path, round);
      const store = await openStore(path);
      const { buckets, leases } = store.ledger.view(Date.now());
      const used = (id: string) => buckets.find(({ bucketId }) => bucketId === id)!;
      const [sums] = store.ledger.spend(0);
      // Nobody outlives its time: at the end of the last lease all is back, and not before.
      const last = Math.max(...leases.map(({ expiresAtMs }) => expiresAtMs));
      expect(store.ledger.sweep(last - 1).length).toBeLessThan(leases.length);
      store.ledger.sweep(last);
      const after = store.ledger.view(last);
      expect(after.leases).toEqual([]);
      expect(after.buckets.map(({ held }) => held)).toEqual(after.buckets.map(() => 0));
      store.close();

      // Everything that was told is there; at most what one batch had, of which nobody heard, comes on top.
      const amounts = await settledAmounts(path);
      for (const { fence, nanoUsd } of said) expect(amounts.get(fence)).toBe(nanoUsd);
      settled += said.length;
      const unheard = amounts.size - settled;
      expect(unheard).toBeGreaterThanOrEqual(0);
      expect(unheard).toBeLessThanOrEqual(round * pairsABatch);
      // The sum of living leases is what is held, and spend is what was settled.
      expect(used('slots/n').held).toBe(leases.length);
      expect(used('memory/n').held).toBe(7 * leases.length);
      const spent = [...amounts.values()].reduce((sum, nanoUsd) => sum + nanoUsd, 0);
      expect(sums?.settledNanoUsd ?? 0).toBe(spent);
      expect(used('money/user/day').used - used('money/user/day').held).toBe(spent);
      for (const { held, used: all } of buckets) expect(Math.min(held, all)).toBeGreaterThanOrEqual(0);
      expect(leases.length).toBeGreaterThanOrEqual(49);
    }
    expect(settled).toBeGreaterThan(100);
  }, 900_000);
});

/** What each settled lease has cost, by its fence, as the file has it. */
async function settledAmounts(path: string): Promise<ReadonlyMap<number, number>> {
  const database = await openDatabase(path);
  const rows = database
    .prepare<[], { fence: number; nanoUsd: number }>(
      'SELECT fence, settled_nano_usd AS nanoUsd FROM ledger_spend',
    )
    .all();
  database.close();
  return new Map(rows.map(({ fence, nanoUsd }) => [fence, nanoUsd]));
}

interface Said {
  readonly fence: number;
  readonly nanoUsd: number;
}

/** Starts a victim, waits until its 50 leases are out, lets it settle for a moment that differs, and kills it. */
async function killed(path: string, round: number): Promise<readonly Said[]> {
  const module = JSON.stringify(new URL('../support/ledger-victim.ts', import.meta.url).href);
  const victim = startVictim(
    `const { runVictim } = await import(${module});`,
    `await runVictim(${JSON.stringify(path)}, ${round});`,
  );
  let output = '';
  await new Promise<void>((resolve) => {
    victim.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      // So many lines differ from round to round that the kill meets every part of a transition.
      if (output.split('\n').length > 2 + (round % 13)) resolve();
    });
    victim.once('close', () => resolve());
  });
  victim.kill('SIGKILL');
  if (victim.exitCode === null && victim.signalCode === null) await once(victim, 'close');
  expect(victim.signalCode).toBe('SIGKILL');
  return [...output.matchAll(/^settled (\d+) (\d+)\n/gm)].map(([, fence, nanoUsd]) => ({
    fence: Number(fence),
    nanoUsd: Number(nanoUsd),
  }));
}
