/**
 * What the daemon costs: from nothing to an open connection, its memory when idle, and a round trip over its socket.
 * Started as a client starts it. `coldStartMs` is the very first start in a new home; the other figures are medians of
 * the starts after it. Measured are the sources and, where `npm run build` has made it, the bundle that ships; the
 * figures are the bundle's then, and `program` says which they are.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { daemonRequests, protocolVersions } from '@task-router/protocol';
import { DaemonClient, connectOrLaunch, resolvePaths } from '@task-router/protocol/node';
import type { Measured } from './report.ts';

export const name = 'daemon';

const root = join(import.meta.dirname, '..', '..');
const programs = [
  { program: 'bundle', entry: join(root, 'dist', 'daemon', 'main.cjs') },
  { program: 'source', entry: join(root, 'daemon', 'src', 'main.ts') },
];
const starts = 5;
const settleMs = 1_000;
const warmUpCalls = 500;
const measuredCalls = 3_000;

type Figures = {
  readonly startMs: number;
  readonly idleRssMb: number;
  readonly wsP50Us: number;
  readonly wsP99Us: number;
};

export async function run(): Promise<Measured> {
  const rows: (Figures & { program: string; coldStartMs: number })[] = [];
  for (const { program, entry } of programs.filter(({ entry }) => existsSync(entry))) {
    rows.push({ program, ...(await measureProgram(entry)) });
  }
  const [first] = rows;
  if (first === undefined) throw new Error('there is no daemon to start');
  return { ...first, rows };
}

async function measureProgram(entry: string): Promise<Figures & { coldStartMs: number }> {
  const home = mkdtempSync(join(tmpdir(), 'tr-bench-'));
  try {
    const { startMs: coldStartMs } = await measureStart(entry, home);
    const runs: Figures[] = [];
    for (let start = 0; start < starts; start += 1) runs.push(await measureStart(entry, home));
    const median = (pick: (figures: Figures) => number): number => round(quantile(runs.map(pick), 0.5));
    return {
      coldStartMs: round(coldStartMs),
      startMs: median((figures) => figures.startMs),
      idleRssMb: median((figures) => figures.idleRssMb),
      wsP50Us: median((figures) => figures.wsP50Us),
      wsP99Us: median((figures) => figures.wsP99Us),
    };
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function measureStart(entry: string, home: string): Promise<Figures> {
  const env = { ...process.env, TASK_ROUTER_HOME: home };
  const startedAtMs = performance.now();
  const socket = await connectOrLaunch({
    paths: resolvePaths(env),
    launch: { entry, execPath: process.execPath, env },
    timeoutMs: 20_000,
  });
  const startMs = performance.now() - startedAtMs;
  const client = await DaemonClient.open(socket, {
    hello: {
      protocolVersions: [...protocolVersions],
      clientId: 'bench-daemon',
      client: 'cli',
      clientVersion: 'bench',
      trusted: true,
    },
  });
  try {
    await delay(settleMs);
    const { daemon } = await client.request(daemonRequests.health, {});
    return { startMs, idleRssMb: daemon.rssMb, ...(await measureRoundTrips(client)) };
  } finally {
    await client.stopDaemon();
    await client.closed;
    // Its compile cache is written on the way out, which the next start is to find.
    await ended(client.welcome.pid);
  }
}

async function ended(pid: number): Promise<void> {
  for (let waits = 0; waits < 500 && isAlive(pid); waits += 1) await delay(10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** `router/snapshot` is answered by the server alone, so the wire is all that is measured. */
async function measureRoundTrips(client: DaemonClient): Promise<{ wsP50Us: number; wsP99Us: number }> {
  const times: number[] = [];
  for (let call = 0; call < warmUpCalls + measuredCalls; call += 1) {
    const startedAtMs = performance.now();
    await client.request(daemonRequests.snapshot, {});
    if (call >= warmUpCalls) times.push((performance.now() - startedAtMs) * 1_000);
  }
  return { wsP50Us: quantile(times, 0.5), wsP99Us: quantile(times, 0.99) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
