/**
 * What the ledger adds to a call, as the daemon has it: hold, commit and settle over seven claims, with the wait until
 * the hold and its commitment are in the file, and again until the settlement is. 64 callers at once share the journal;
 * a caller alone is measured beside them, and as a baseline one single-row UPDATE committed by itself.
 *
 * `cpuUs` is the processor time of all of it a call, writing included, `mainCpuUs` that of the main thread alone. The
 * waits are what a caller sees: with 64 others it has their work in its turn of the event loop, too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claim } from '@task-router/daemon/engine';
import { openDatabase } from '../../daemon/src/store/sqlite/database.ts';
import { openStore } from '../../daemon/src/store/open-store.ts';
import type { Store } from '../../daemon/src/store/store.ts';
import type { Measured } from './report.ts';

export const name = 'ledger';

const callers = 64;
const calls = 20_000;
const callsAlone = 4_000;

export async function run(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'task-router-bench-'));
  try {
    const store = await openStore(join(folder, 'history.db'));
    await together(store, callers, 2_000);
    const many = await together(store, callers, calls);
    const alone = await together(store, 1, callsAlone);
    store.close();
    const updates = await baseline(join(folder, 'baseline.db'));
    return {
      claims: claims.length,
      callers,
      cpuUs: many.cpuUs,
      mainCpuUs: many.mainCpuUs,
      callsPerSecond: many.perSecond,
      transitionsP50Us: quantile(many.transitions, 0.5),
      transitionsP99Us: quantile(many.transitions, 0.99),
      p50Us: quantile(alone.waits, 0.5),
      p95Us: quantile(alone.waits, 0.95),
      p99Us: quantile(alone.waits, 0.99),
      p99UsBar: 1_000,
      togetherP50Us: quantile(many.waits, 0.5),
      togetherP99Us: quantile(many.waits, 0.99),
      baselineP50Us: quantile(updates, 0.5),
      baselineP99Us: quantile(updates, 0.99),
      calls,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In microseconds, sorted: `transitions`: hold, commit and settle; `waits`: what a call waited in all, those included. */
async function together(store: Store, atOnce: number, total: number) {
  const transitions: number[] = [];
  const waits: number[] = [];
  let started = 0;
  const caller = async () => {
    while (started < total) {
      started += 1;
      const requestId = `r${atOnce} ${total} ${started}`;
      const startedAt = performance.now();
      const { status, ...held } = hold(store, requestId);
      if (status !== 'held' || !('lease' in held)) throw new Error(status);
      store.ledger.commit(held.lease, { target, expiresAtMs: 60_000 }, 0);
      const heldAt = performance.now();
      await store.committed();
      const sentAt = performance.now();
      store.ledger.settle(held.lease, { amounts: { moneyNanoUsd: 7 }, estimated: false }, 0);
      const settledAt = performance.now();
      await store.committed();
      waits.push((performance.now() - startedAt) * 1_000);
      transitions.push((heldAt - startedAt + settledAt - sentAt) * 1_000);
    }
  };
  const startedAt = performance.now();
  const [cpu, mainCpu] = [process.cpuUsage(), process.threadCpuUsage()];
  await Promise.all(Array.from({ length: atOnce }, caller));
  const perSecond = Math.round((total / (performance.now() - startedAt)) * 1_000);
  const mainUs = process.threadCpuUsage(mainCpu);
  // It is answered when everything is in the history file.
  store.history.bytes();
  const allUs = process.cpuUsage(cpu);
  for (const values of [transitions, waits]) values.sort((a, b) => a - b);
  return { transitions, waits, perSecond, cpuUs: perCall(allUs, total), mainCpuUs: perCall(mainUs, total) };
}

function perCall({ user, system }: NodeJS.CpuUsage, count: number): number {
  return Number(((user + system) / count).toFixed(1));
}

function hold({ ledger }: Store, requestId: string) {
  const request = { requestId, priority: 'critical', predictedNanoUsd: 10 } as const;
  return ledger.hold({ ...request, ttlMs: 60_000, claims }, 0);
}

async function baseline(path: string): Promise<number[]> {
  const database = await openDatabase(path, { exclusive: true });
  database.exec('CREATE TABLE baseline (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)');
  database.exec('INSERT INTO baseline VALUES (1, 0)');
  const update = database.prepare('UPDATE baseline SET n = n + 1 WHERE id = 1');
  const taken = Array.from({ length: 8_000 }, () => {
    const startedAt = performance.now();
    update.run();
    return (performance.now() - startedAt) * 1_000;
  });
  database.close();
  return taken.sort((a, b) => a - b);
}

const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
const hard = { hard: true, blockedUntilMs: null } as const;
const claims: readonly Claim[] = [
  { ...hard, bucketId: 'rate/group/g/requests', dimension: 'requests', amount: 1, limit: 1_000_000 },
  { ...hard, bucketId: 'rate/group/g/inputTokens', dimension: 'inputTokens', amount: 90, limit: 9_000_000 },
  { ...hard, bucketId: 'rate/group/g/outputTokens', dimension: 'outputTokens', amount: 9, limit: 9_000_000 },
  { ...hard, bucketId: 'slots/n', dimension: 'slots', amount: 1, limit: 200 },
  { ...hard, bucketId: 'money/user/day/x', dimension: 'moneyNanoUsd', amount: 10, limit: 1e12 },
  { ...hard, bucketId: 'money/user/month/x', dimension: 'moneyNanoUsd', amount: 10, limit: 1e12 },
  { ...hard, bucketId: 'money/workspace/w/day/x', dimension: 'moneyNanoUsd', amount: 10, limit: 1e12 },
];

/** Of sorted values, by the nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return Number((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1));
}
