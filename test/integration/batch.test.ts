/** Batches through the real daemon: planned, answered side by side, resumed, and never stopped by one failure. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchRow } from '@task-router/protocol';
import {
  RouterError,
  daemonRequests,
  protocolVersions,
  readBatch,
  readBatchResults,
} from '@task-router/protocol';
import type { BatchPorts, BatchProgress } from '@task-router/protocol/node';
import { DaemonClient, connectToDaemon, resolvePaths, runBatch } from '@task-router/protocol/node';
import type { Paths } from '@task-router/protocol/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';

let home: string;
let paths: Paths;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'task-router-batch-'));
  paths = resolvePaths({ TASK_ROUTER_HOME: home });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(home, { recursive: true, force: true });
});

async function connect(): Promise<{ ports: BatchPorts; servers: DemoServer[] }> {
  const servers = await Promise.all(
    ['one', 'two'].map((id) => startDemoServer({ ...demoProfiles['demo-fast'], id }, { speed: 0 })),
  );
  for (const server of servers) closers.push(() => server.stop());
  mkdirSync(home, { recursive: true });
  const nodes = servers.map(({ baseUrl }, at) => ({
    ...{ id: `node-${at}`, provider: 'openai-compatible', baseUrl },
    ...{ models: [{ id: 'demo-mini' }], limits: { concurrency: 2 } },
  }));
  const discovery = { localServers: false, environmentKeys: false };
  writeFileSync(paths.configFile, JSON.stringify({ discovery, nodes }));
  const daemon = await startDaemon({ paths, idleMinutes: 0 });
  closers.push(async () => daemon?.stop());
  const client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: {
      ...{ protocolVersions: [...protocolVersions], clientId: 'batch-0001', client: 'cli' },
      ...{ clientVersion: '1', trusted: true, editorModels: false },
    },
  });
  closers.push(() => client.close());
  const ports: BatchPorts = {
    plan: (params, signal) => client.request(daemonRequests.planBatch, params, signal),
    route: async (params, signal) => {
      const { decisionId, outcome } = await client.request(daemonRequests.route, params, signal);
      return { decisionId, outcome, text: 'answer' };
    },
  };
  return { ports, servers };
}

function rowsOf(count: number): readonly BatchRow[] {
  const text = Array.from({ length: count }, (_, at) =>
    JSON.stringify({ prompt: `explain number ${at}` }),
  ).join('\n');
  const read = readBatch(text);
  if ('problems' in read) throw new Error('expected rows');
  return read.rows;
}

interface Changes {
  readonly rows?: readonly BatchRow[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BatchProgress) => void;
  readonly contextOf?: (row: BatchRow) => object;
}

const run = (ports: BatchPorts, changes: Changes = {}) =>
  runBatch(
    {
      ...{ rows: rowsOf(8), contextOf: () => ({}), outputFile: join(home, 'results.jsonl') },
      ...{ allowFoundAccounts: false, signal: new AbortController().signal, onProgress: () => undefined },
      ...changes,
    },
    ports,
  );

const results = () => readBatchResults(readFileSync(join(home, 'results.jsonl'), 'utf8'));

describe('a batch', () => {
  it('is spread over equal nodes evenly, and every task has its result', async () => {
    const { ports } = await connect();
    const seen: BatchProgress[] = [];
    const summary = await run(ports, { onProgress: (progress) => seen.push(progress) });
    expect(summary).toEqual({ succeeded: 8, failed: 0, resumed: 0, left: 0 });
    const [planned] = seen;
    if (planned?.type !== 'planned') throw new Error('expected the plan first');
    expect(planned.plan).toMatchObject({ status: 'reachedTarget', routes: [{ slots: 2 }, { slots: 2 }] });
    const counts = Map.groupBy(planned.plan.assignment, ({ route }) => route);
    expect([...counts.values()].map((each) => each.length)).toEqual([4, 4]);
    expect([...results().values()].every(({ status }) => status === 'succeeded')).toBe(true);
    expect(seen.filter(({ type }) => type === 'ended').map((each) => 'done' in each && each.done)).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    const { decisionId } = results().get('1')!;
    expect(decisionId).not.toBeNull();
  });

  it('goes on elsewhere when the planned node dies, and past a task that can not run', async () => {
    const { ports, servers } = await connect();
    let isDown = false;
    const summary = await run(ports, {
      contextOf: ({ id }) => {
        if (id === '3') throw new RouterError('task.fileNotFound', 'There is no file x.');
        return {};
      },
      onProgress: ({ type }) => {
        if (type !== 'planned' || isDown) return;
        isDown = true;
        void servers[0]!.stop();
      },
    });
    expect(summary).toMatchObject({ failed: 1, left: 0, succeeded: 7 });
    expect(results().get('3')).toMatchObject({ status: 'failed', error: { code: 'task.fileNotFound' } });
  });

  it('that was cancelled goes on where it stopped, also behind a line that broke off', async () => {
    const { ports } = await connect();
    const cancel = new AbortController();
    const first = await run(ports, {
      signal: cancel.signal,
      onProgress: (progress) => {
        if (progress.type === 'ended' && progress.done === 3) cancel.abort();
      },
    });
    expect(first.left).toBeGreaterThan(0);
    expect(first.failed).toBe(0);
    appendFileSync(join(home, 'results.jsonl'), '{"id":"8","status":"succ');
    const asked: string[] = [];
    const second = await run(
      {
        plan: ports.plan,
        route: (params, signal) => {
          asked.push(params.task.prompt);
          return ports.route(params, signal);
        },
      },
      {},
    );
    expect(second).toEqual({ succeeded: first.left, failed: 0, resumed: 8 - first.left, left: 0 });
    expect(asked.length).toBe(first.left);
    expect(results().size).toBe(8);
    expect(await run(ports)).toEqual({ succeeded: 0, failed: 0, resumed: 8, left: 0 });
  });

  it('does a task again whose row has changed', async () => {
    const { ports } = await connect();
    await run(ports, { rows: rowsOf(2) });
    const [one, two] = rowsOf(2);
    const changed = [one!, { ...two!, prompt: 'something else' }];
    expect(await run(ports, { rows: changed })).toEqual({ succeeded: 1, failed: 0, resumed: 1, left: 0 });
  });
});
