/**
 * The drill with real calls: the demo fleet and a daemon in a home of their own, each failure caused for real, one task of
 * each kind routed through it. Nothing outside this process is touched, and it costs nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrillFailure, TaskKind } from '@task-router/protocol';
import { daemonRequests, drillFailures, taskKinds, toRouterError } from '@task-router/protocol';
import { resolvePaths } from '@task-router/protocol/node';
import type { DemoFleet, FaultInput } from '../../demo/index.ts';
import { startDemoFleet } from '../../demo/index.ts';
import { writeDemoAnnouncement } from '../../dispatch/nodes/demo-announcement.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';

export interface LiveCell {
  readonly kind: TaskKind;
  readonly failure: DrillFailure;
  /** Who answered; null: nobody. */
  readonly route: string | null;
  readonly attempts: number;
  readonly reason: string;
}

/** Stands for the server on the developer's own machine, which is still there without a network. */
const localServer = 'demo-flaky';

export async function runLiveDrill(signal: AbortSignal): Promise<LiveCell[]> {
  const cells: LiveCell[] = [];
  for (const failure of drillFailures) {
    if (signal.aborted) break;
    cells.push(...(await withFleet(failure, signal)));
  }
  return cells;
}

/** A fresh fleet and a fresh memory for each failure, so that none is blamed for another. */
async function withFleet(failure: DrillFailure, signal: AbortSignal): Promise<LiveCell[]> {
  const home = mkdtempSync(join(tmpdir(), 'task-router-drill-'));
  const paths = resolvePaths({ TASK_ROUTER_HOME: home });
  const discovery = { localServers: false, environmentKeys: false };
  writeFileSync(paths.configFile, JSON.stringify({ discovery }));
  const fleet = await startDemoFleet({ speed: 0, faults: { [localServer]: [] } });
  try {
    const session = await openSession(paths, {});
    try {
      writeDemoAnnouncement(paths.demoFile, {
        servers: fleet.servers.map(({ id, provider, baseUrl, models }) => ({
          id,
          provider,
          baseUrl,
          models: models.map((model) => model.id),
        })),
      });
      return await drillKinds(session, fleet, { failure, signal });
    } finally {
      await session.close();
    }
  } finally {
    await fleet.dispose();
    rmSync(home, { recursive: true, force: true });
  }
}

async function drillKinds(
  session: Session,
  fleet: DemoFleet,
  { failure, signal }: { readonly failure: DrillFailure; readonly signal: AbortSignal },
): Promise<LiveCell[]> {
  const usual = (await routeOne(session, { kind: 'chat', failure: 'none', signal })).route;
  for (const server of fleet.servers) {
    const fault = faultOf(failure, { isUsual: usual?.startsWith(`${server.id}/`) === true, id: server.id });
    if (fault !== null) server.setFaults({ repeat: [fault] });
  }
  const cells: LiveCell[] = [];
  for (const kind of taskKinds) cells.push(await routeOne(session, { kind, failure, signal }));
  return cells;
}

function faultOf(
  failure: DrillFailure,
  { isUsual, id }: { readonly isUsual: boolean; readonly id: string },
): FaultInput | null {
  switch (failure) {
    case 'none':
    case 'budgetZero':
      return null;
    case 'providerDown':
      return isUsual ? { kind: 'status', status: 503 } : null;
    case 'offline':
      return id === localServer ? null : { kind: 'refuse' };
    case 'quotaOut':
      return isUsual ? { kind: 'quota-exhausted' } : null;
    case 'localUnloaded':
      return id === localServer ? { kind: 'slow', firstChunkMs: 500, chunkMs: 0 } : null;
  }
}

async function routeOne(
  { client }: Session,
  {
    kind,
    failure,
    signal,
  }: { readonly kind: TaskKind; readonly failure: DrillFailure; readonly signal: AbortSignal },
): Promise<LiveCell> {
  const constraints = failure === 'budgetZero' ? { maxCostUsd: 0 } : {};
  const task = { kind, prompt: `A drill: a task of the kind ${kind}.`, constraints };
  try {
    const { outcome } = await client.request(
      daemonRequests.route,
      { type: 'run', task, onDisconnect: 'cancel' },
      signal,
    );
    return { kind, failure, route: outcome.route, attempts: outcome.attempts, reason: outcome.status };
  } catch (thrown) {
    return { kind, failure, route: null, attempts: 0, reason: toRouterError(thrown).message };
  }
}
