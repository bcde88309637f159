/**
 * The ledger at length: 10,000 histories of each engine, processes that are killed with 50 leases out, and a book whose
 * transaction is broken on purpose between two processes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLedger, MemoryBook } from '@task-router/daemon/engine';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../daemon/src/store/open-store.ts';
import { ledgerProperty } from '../support/ledger-histories.ts';
import { openEmptyLedgers } from '../support/sqlite-ledgers.ts';

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

  it('in SQLite', async () => {
    const ledgers = await openEmptyLedgers(join(folder, 'history.db'));
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
      // Everything that was told is there; at most the one step that nobody heard of comes on top.
      const entries = store.ledger.spend(0);
      const amounts = new Map(entries.map((entry) => [entry.fence, entry.settledNanoUsd]));
      for (const { fence, nanoUsd } of said) expect(amounts.get(fence)).toBe(nanoUsd);
      settled += said.length;
      const unheard = entries.length - settled;
      expect(unheard).toBeGreaterThanOrEqual(0);
      expect(unheard).toBeLessThanOrEqual(round);
      // The sum of living leases is what is held, and spend is what was settled.
      expect(used('slots/n').held).toBe(leases.length);
      expect(used('memory/n').held).toBe(7 * leases.length);
      const spent = entries.reduce((sum, { settledNanoUsd }) => sum + (settledNanoUsd ?? 0), 0);
      expect(used('money/user/day').used - used('money/user/day').held).toBe(spent);
      for (const { held, used: all } of buckets) expect(Math.min(held, all)).toBeGreaterThanOrEqual(0);
      expect(leases.length).toBeGreaterThanOrEqual(49);

      // Nobody outlives its time: at the end of the last lease all is back, and not before.
      const last = Math.max(...leases.map(({ expiresAtMs }) => expiresAtMs));
      expect(store.ledger.sweep(last - 1).length).toBeLessThan(leases.length);
      store.ledger.sweep(last);
      const after = store.ledger.view(last);
      expect(after.leases).toEqual([]);
      expect(after.buckets.map(({ held }) => held)).toEqual(after.buckets.map(() => 0));
      store.close();
    }
    expect(settled).toBeGreaterThan(100);
  }, 900_000);
});

interface Said {
  readonly fence: number;
  readonly nanoUsd: number;
}

/** Starts a victim, waits until its 50 leases are out, lets it settle for a moment that differs, and kills it. */
async function killed(path: string, round: number): Promise<readonly Said[]> {
  const module = JSON.stringify(new URL('../support/ledger-victim.ts', import.meta.url).href);
  const script = `const { runVictim } = await import(${module}); await runVictim(${JSON.stringify(path)}, ${round});`;
  const victim = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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
