/** The ledger in SQLite: the same histories as in memory, other processes on the same file, and what a restart finds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hammer, type HammerReport } from '../../../test/support/ledger-hammer.ts';
import { ledgerProperty } from '../../../test/support/ledger-histories.ts';
import { openEmptyLedgers } from '../../../test/support/sqlite-ledgers.ts';
import { openStore } from './open-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-router-ledger-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('ledger in SQLite', () => {
  it('answers like the specification over many histories', async () => {
    const ledgers = await openEmptyLedgers(join(folder, 'history.db'));
    try {
      fc.assert(ledgerProperty(ledgers.empty), { numRuns: 500 });
    } finally {
      ledgers.close();
    }
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

  it('holds every cap while another process takes from the same file', async () => {
    const path = join(folder, 'history.db');
    (await openStore(path)).close();
    const script = `const { hammer } = await import(${JSON.stringify(new URL('../../../test/support/ledger-hammer.ts', import.meta.url).href)});
      process.stdout.write(JSON.stringify(await hammer(${JSON.stringify(path)}, { name: 'other', seed: 2, rounds: 1_500 })));`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    other.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [mine] = await Promise.all([
      hammer(path, { name: 'mine', seed: 1, rounds: 1_500 }),
      once(other, 'close'),
    ]);
    const both = [mine, JSON.parse(said) as HammerReport];
    for (const report of both) {
      expect(report.failures).toEqual([]);
      expect(report.held).toBeGreaterThan(100);
      expect(report.refused).toBeGreaterThan(10);
    }
    const store = await openStore(path);
    const { buckets, leases } = store.ledger.view(Date.now());
    expect(leases).toEqual([]);
    expect(buckets.map(({ held }) => held)).toEqual(buckets.map(() => 0));
    const spent = both.reduce((sum, { settledNanoUsd }) => sum + settledNanoUsd, 0);
    expect(buckets.find(({ dimension }) => dimension === 'moneyNanoUsd')?.used).toBe(spent);
    const entries = store.ledger.spend(0);
    expect(entries.reduce((sum, { settledNanoUsd }) => sum + (settledNanoUsd ?? 0), 0)).toBe(spent);
    store.close();
  });
});
