/**
 * What the ledger adds to a call: hold plus settle in SQLite, seven claims each, while a second process reads the same
 * file and another writes to it, both every few milliseconds. In the same bursts a baseline: one UPDATE committed the
 * same way. Any SQLITE_BUSY anywhere ends the bench.
 *
 * Pairs come in short bursts with a pause, as calls do: back to back, the p99 on a machine with more work than cores is
 * its scheduler's time slice. What is left of that shows in `stalledShare`, pairs that took more than 5 ms.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Claim } from '@task-router/daemon/engine';
import { openDatabase, type Database } from '../../daemon/src/store/database.ts';
import { migrate } from '../../daemon/src/store/migrator.ts';
import { SqliteStore } from '../../daemon/src/store/sqlite-store.ts';
import type { Measured } from './report.ts';

export const name = 'ledger';

const bursts = 800;
const pairsABurst = 10;

export async function run(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'task-router-bench-'));
  const path = join(folder, 'history.db');
  const database = await openDatabase(path);
  migrate(database);
  database.exec(
    'CREATE TABLE baseline (id INTEGER PRIMARY KEY, n INTEGER NOT NULL); INSERT INTO baseline VALUES (1, 0)',
  );
  const children = [await companion(path, 'reader'), await companion(path, 'writer')];
  try {
    const measured = await measure(database);
    const answers = await Promise.all(children.map(stop));
    return { ...measured, readerReads: answers[0]!, writerWrites: answers[1]!, busyErrors: 0 };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(database: Database) {
  const { ledger } = new SqliteStore(database);
  const update = database.prepare('UPDATE baseline SET n = n + 1 WHERE id = 1');
  let count = 0;
  const pair = () => {
    count += 1;
    const nowMs = count * 10;
    const request = { requestId: `r${count}`, priority: 'critical', predictedNanoUsd: 10 } as const;
    const held = ledger.hold({ ...request, ttlMs: 60_000, claims }, nowMs);
    if (held.status !== 'held') throw new Error(held.status);
    ledger.settle(held.lease, { amounts: { moneyNanoUsd: 7 }, estimated: false }, nowMs);
  };
  timesUs(pair, 500);
  const pairs: number[] = [];
  const updates: number[] = [];
  for (let burst = 0; burst < bursts; burst += 1) {
    pairs.push(...timesUs(pair, pairsABurst));
    updates.push(...timesUs(() => update.run(), pairsABurst));
    await pause(1);
  }
  pairs.sort((a, b) => a - b);
  updates.sort((a, b) => a - b);
  return {
    claims: claims.length,
    p50Us: quantile(pairs, 0.5),
    p95Us: quantile(pairs, 0.95),
    p99Us: quantile(pairs, 0.99),
    p99UsBar: 1_000,
    pairsPerSecond: Math.round(1e6 / quantile(pairs, 0.5)),
    stalledShare: Number((pairs.filter((us) => us > 5_000).length / pairs.length).toPrecision(2)),
    baselineP50Us: quantile(updates, 0.5),
    baselineP99Us: quantile(updates, 0.99),
    ratioP50: Number((quantile(pairs, 0.5) / quantile(updates, 0.5)).toFixed(2)),
    pairs: pairs.length,
  };
}

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

function timesUs(work: () => unknown, calls: number): number[] {
  return Array.from({ length: calls }, () => {
    const startedMs = performance.now();
    work();
    return (performance.now() - startedMs) * 1_000;
  });
}

/** Of sorted values, by the nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return Number((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1));
}

/** A process of its own on the file, told to stop by a line, answering how much it did; it dies of any error. */
async function companion(path: string, kind: 'reader' | 'writer'): Promise<ChildProcess> {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `const { openDatabase } = await import(${url('../../daemon/src/store/database.ts')});
    const { createLedger } = await import(${url('../../daemon/src/engine/index.ts')});
    const { SqliteBook } = await import(${url('../../daemon/src/store/sqlite-book.ts')});
    const database = await openDatabase(${JSON.stringify(path)});
    const ledger = createLedger(new SqliteBook(database));
    const consent = database.prepare("INSERT INTO consents VALUES (?, 1, 0) ON CONFLICT (node_id) DO UPDATE SET at_ms = at_ms + 1");
    const write = database.transaction(() => consent.run('n'));
    let stopped = false, done = 0;
    process.stdin.on('data', () => { stopped = true; });
    process.stdout.write('ready');
    const work = () => {
      if (stopped) { process.stdout.write(String(done), () => process.exit(0)); return; }
      ${kind === 'reader' ? 'ledger.view(0); ledger.spend(1e15); setTimeout(work, 2);' : 'write.immediate(); setTimeout(work, 5);'}
      done += 1;
    };
    work();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function stop(child: ChildProcess): Promise<number> {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  if (child.exitCode !== null)
    throw new Error(`a companion ended with ${child.exitCode}: SQLITE_BUSY or worse`);
  child.stdin?.write('stop');
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`a companion ended with ${child.exitCode}`);
  return Number(said);
}
