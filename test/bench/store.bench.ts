/**
 * The history database, on this machine's disk: what a whole task costs in it (decision, lease, two saves of its attempt,
 * settlement, outcome; committed once before its call and once before its outcome is told) with 64 tasks at once and with
 * one alone, the bytes a task takes, a read of the last 30 days with a million outcomes, and how long the write-ahead log
 * gets while another program reads and never ends. That reader holds one endless read transaction during the whole load,
 * which is worse for the log than ten minutes of a reader: with more time the load would be lighter, never longer.
 *
 * `cpuUsPerTask` is the processor time of all threads, until everything is in the history file, `mainCpuUsPerTask` that of the
 * main thread alone; the `Small` figures are of decisions among three routes, the others
 * among a dozen. `direct30DayReadMs` is the same read without the daily roll-up, the reason for it.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../daemon/src/store/sqlite/database.ts';
import { migrate } from '../../daemon/src/store/sqlite/migrator.ts';
import { openStore } from '../../daemon/src/store/open-store.ts';
import { SqliteStore } from '../../daemon/src/store/sqlite/sqlite-store.ts';
import type { DecisionRecord } from '../../daemon/src/store/records.ts';
import type { Store } from '../../daemon/src/store/store.ts';
import { victimClaims } from '../support/ledger-victim-claims.ts';
import { buildLayer, buildRoute, buildTask } from '../support/engine-facts.ts';
import { attemptRecord, decisionRecord, outcomeRecord } from '../support/stored-records.ts';
import { selectPrimaryRoute, type SelectionInput } from '@task-router/daemon/engine';
import type { Measured } from './report.ts';

export const name = 'store';

const tasks = 3_000;
const loadTasks = 12_000;
const atOnce = 64;
const outcomes = 1_000_000;
const days = 90;
const dayMs = 86_400_000;
const routes = 12;
const reads = 21;
const walBarMb = 64;

export async function run(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'task-router-store-bench-'));
  try {
    const writing = await measureWriting(folder);
    const reading = await measureReading(join(folder, 'reading.db'));
    const peakWalMb = await peakWal(join(folder, 'wal.db'));
    return {
      ...writing,
      ...reading,
      outcomes,
      read30DaysMsBar: 50,
      peakWalUnderReaderMb: peakWalMb,
      peakWalMbBar: walBarMb,
      passes: reading.read30DaysMs < 50 && peakWalMb <= walBarMb,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureWriting(folder: string) {
  const path = join(folder, 'writing.db');
  const store = await openStore(path);
  await load(store, { callers: atOnce, count: 2_000, decision: template(routes) });
  const large = await load(store, { callers: atOnce, count: loadTasks, decision: template(routes) });
  const small = await load(store, { callers: atOnce, count: loadTasks, decision: template(3) });
  const alone = await load(store, { callers: 1, count: tasks, decision: template(routes) });
  store.close();
  return {
    tasksAtOnce: atOnce,
    outcomesPerSecond: large.perSecond,
    cpuUsPerTask: large.cpuUs,
    cpuUsPerTaskSmall: small.cpuUs,
    mainCpuUsPerTask: large.mainCpuUs,
    mainCpuUsPerTaskSmall: small.mainCpuUs,
    mainCpuUsPerTaskAlone: alone.mainCpuUs,
    cpuUsPerTaskBar: 60,
    commitP50Us: quantileUs(large.waits, 0.5),
    commitP99Us: quantileUs(large.waits, 0.99),
    commitAloneP50Us: quantileUs(alone.waits, 0.5),
    commitAloneP99Us: quantileUs(alone.waits, 0.99),
    bytesPerTask: await bytesPerTask(join(folder, 'bytes.db')),
    routesPerDecision: routes,
  };
}

/** Whole tasks, so many at once; `waits`: for each commit, in microseconds, sorted. */
async function load(
  store: Store,
  { callers, count, decision }: { callers: number; count: number; decision: DecisionRecord },
) {
  const waits: number[] = [];
  const committed = async () => {
    const startedAt = performance.now();
    await store.committed();
    waits.push((performance.now() - startedAt) * 1_000);
  };
  let started = 0;
  const caller = async () => {
    while (started < count) {
      started += 1;
      const id = `${callers} ${decision.input.routes.length} ${count} ${started}`;
      await runTask(store, { id, decision, committed });
    }
  };
  const startedAt = performance.now();
  const [cpu, mainCpu] = [process.cpuUsage(), process.threadCpuUsage()];
  await Promise.all(Array.from({ length: callers }, caller));
  const perSecond = Math.round((count / (performance.now() - startedAt)) * 1_000);
  const mainUs = process.threadCpuUsage(mainCpu);
  // It is answered when everything is in the history file.
  store.history.bytes();
  const allUs = process.cpuUsage(cpu);
  waits.sort((a, b) => a - b);
  return { waits, perSecond, cpuUs: perTask(allUs, count), mainCpuUs: perTask(mainUs, count) };
}

function perTask({ user, system }: NodeJS.CpuUsage, count: number): number {
  return Number(((user + system) / count).toFixed(1));
}

interface BenchTask {
  readonly id: string;
  readonly decision: DecisionRecord;
  readonly committed: () => Promise<void>;
}

async function runTask(store: Store, { id, decision, committed }: BenchTask): Promise<void> {
  const request = { requestId: id, priority: 'critical', predictedNanoUsd: 10, ttlMs: 60_000 } as const;
  const held = store.ledger.hold({ ...request, claims: victimClaims }, 0);
  if (held.status !== 'held') throw new Error(held.status);
  store.saveDecision({ ...decision, decisionId: id, createdAtMs: 0 });
  store.ledger.commit(held.lease, { target, expiresAtMs: 60_000 }, 0);
  store.saveAttempt(attemptRecord(`${id}-a`, id, null));
  await committed();
  store.saveAttempt(attemptRecord(`${id}-a`, id, 0.01));
  store.ledger.settle(held.lease, { amounts: { moneyNanoUsd: 7 }, estimated: false }, 0);
  store.saveOutcome(outcomeRecord(id));
  await committed();
}

async function bytesPerTask(path: string): Promise<number> {
  const store = await openStore(path);
  await load(store, { callers: atOnce, count: tasks, decision: template(routes) });
  store.close();
  return Math.round(statSync(path).size / tasks);
}

const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };

/** A decision among so many routes, as large as a real one. */
function template(count: number): DecisionRecord {
  const input: SelectionInput = {
    task: buildTask({}),
    routes: Array.from({ length: count }, (_, index) =>
      buildRoute({ routeId: `node-${index % 4}/model-${index}` }),
    ),
    policy: [buildLayer('user', { objective: 'balanced' })],
    seed: 1,
  };
  return { ...decisionRecord('template'), input, selection: selectPrimaryRoute(input) };
}

/** Outcomes spread over 90 days and a dozen routes; decisions are as short as they can be, which no read looks at. */
async function measureReading(path: string) {
  const database = await openDatabase(path, { exclusive: true });
  migrate(database);
  database.pragma('synchronous = OFF');
  const decision = database.prepare(
    "INSERT INTO decisions VALUES (@id, 't', @atMs, 'explain', NULL, @routeId, '{}')",
  );
  const outcome = database.prepare(
    "INSERT INTO outcomes VALUES (@id, @atMs, 'succeeded', @routeId, 1, 'stop', 0, 5, 1000, 100, 200, NULL, NULL, 0.01, NULL)",
  );
  const insert = database.transaction((from: number, to: number) => {
    for (let index = from; index < to; index += 1) {
      const row = {
        id: `d${index}`,
        atMs: Math.floor((index / outcomes) * days * dayMs),
        routeId: `node-${index % 4}/model-${index % routes}`,
      };
      decision.run(row);
      outcome.run(row);
    }
  });
  for (let from = 0; from < outcomes; from += 50_000) insert(from, Math.min(outcomes, from + 50_000));
  const store = new SqliteStore(database);
  const sinceMs = (days - 30) * dayMs;
  const direct = database.prepare(`
    SELECT route_id, count(*), sum(status = 'succeeded'), sum(cost_usd), sum(total_ms) FROM outcomes
    WHERE ended_at_ms >= ${sinceMs} GROUP BY route_id`);
  const tasksSeen = store.history.totals(sinceMs).reduce((sum, route) => sum + route.tasks, 0);
  if (Math.abs(tasksSeen - outcomes / 3) > outcomes / 50) throw new Error(`the read saw ${tasksSeen} tasks`);
  const read30DaysMs = medianMs(reads, () => store.history.totals(sinceMs));
  const direct30DayReadMs = medianMs(3, () => direct.all());
  const newest50Ms = medianMs(reads, () => store.listDecisions({ limit: 50 }));
  store.close();
  return { read30DaysMs, direct30DayReadMs, newest50Ms };
}

/** Megabytes of the log at its longest, while a reader that came first never ends and tasks keep coming. */
async function peakWal(path: string): Promise<number> {
  const first = await openStore(path);
  await load(first, { callers: 1, count: 1, decision: template(routes) });
  first.close();
  const reader = await openDatabase(path);
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM decisions').get();
  const store = await openStore(path);
  let peak = 0;
  const committed = async () => {
    await store.committed();
    peak = Math.max(peak, statSync(`${path}-wal`).size);
  };
  for (let index = 0; index < tasks; index += 1)
    await runTask(store, { id: `d${index}`, decision: template(routes), committed });
  reader.exec('COMMIT');
  reader.close();
  store.close();
  const after = await openStore(path);
  if (after.countDecisions() !== tasks + 1) throw new Error(`${after.countDecisions()} tasks are left`);
  after.close();
  return Number((peak / 1024 / 1024).toFixed(1));
}

function medianMs(times: number, work: () => unknown): number {
  const taken = Array.from({ length: times }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  }).sort((a, b) => a - b);
  return Number(quantile(taken, 0.5).toFixed(3));
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function quantileUs(sorted: readonly number[], share: number): number {
  return Math.round(quantile(sorted, share));
}
