/** Load distribution through the real daemon: conversations stay where they are warm, loads show, decisions replay. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision } from '@task-router/protocol';
import { daemonRequests, protocolVersions } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import type { Paths } from '@task-router/protocol/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDaemon } from '../../daemon/src/compose.ts';
import type { RunningDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';

let home: string;
let paths: Paths;
let daemon: RunningDaemon | null = null;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'task-router-balancing-'));
  paths = resolvePaths({ TASK_ROUTER_HOME: home });
});
afterEach(async () => {
  await stop();
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(home, { recursive: true, force: true });
});

/** Two servers of the same model: nothing but load and caches tells them apart. */
async function twins(): Promise<void> {
  const servers = await Promise.all(
    ['one', 'two'].map((id) => startDemoServer({ ...demoProfiles['demo-fast'], id }, { speed: 0 })),
  );
  for (const server of servers) closers.push(() => server.stop());
  mkdirSync(home, { recursive: true });
  writeFileSync(
    paths.configFile,
    JSON.stringify({
      discovery: { localServers: false, environmentKeys: false },
      nodes: servers.map(({ baseUrl }, at) => ({
        ...{ id: `node-${at}`, provider: 'openai-compatible', baseUrl },
        models: [{ id: 'demo-mini', prices: { inputPerMTok: 3, outputPerMTok: 15 } }],
      })),
    }),
  );
}

async function start(): Promise<DaemonClient> {
  daemon = await startDaemon({ paths, idleMinutes: 0 });
  const client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: {
      ...{ protocolVersions: [...protocolVersions], clientId: 'window-0001', client: 'editor' },
      ...{ clientVersion: '1', trusted: true, editorModels: false },
    },
  });
  closers.push(() => client.close());
  return client;
}

async function stop(): Promise<void> {
  await daemon?.stop();
  daemon = null;
}

const long = 'The same long context stands before every question of this conversation. '.repeat(300);

async function route(client: DaemonClient, conversationId?: string): Promise<Decision> {
  const { decisionId } = await client.request(daemonRequests.route, {
    type: 'run',
    task: {
      prompt: `${long}\nWhat does it say?`,
      kind: 'explain',
      ...(conversationId !== undefined && { conversationId }),
    },
    onDisconnect: 'continue',
  });
  const { decision, replay } = await client.request(daemonRequests.explain, { decisionId, verify: true });
  expect(replay).toEqual({ identical: true, difference: null });
  return decision;
}

describe('load distribution in the daemon', () => {
  it('keeps a conversation where it is warm, also over a restart, and says what moving would take', async () => {
    await twins();
    const client = await start();
    const first = await route(client, 'talk-1');
    expect(first.balance?.conversation).toBeNull();
    expect(first.balance?.nodes.map(({ node }) => node)).toEqual(['node-0', 'node-1']);

    for (let turn = 0; turn < 3; turn += 1) {
      const again = await route(client, 'talk-1');
      expect(again.route).toBe(first.route);
      expect(again.balance?.conversation).toMatchObject({ kind: 'stayed', warmRoute: first.route });
      expect(again.balance?.conversation?.sentence).toContain(`Stayed on ${first.route!}`);
      expect(again.balance?.conversation?.switchCost?.seconds).toBeGreaterThan(0);
    }
    await stop();
    const later = await route(await start(), 'talk-1');
    expect(later.balance?.conversation).toMatchObject({ kind: 'stayed', warmRoute: first.route });
    expect(later.route).toBe(first.route);
  });

  it('moves a conversation whose route has gone, and tells why', async () => {
    await twins();
    const client = await start();
    const first = await route(client, 'talk-2');
    const { decisionId } = await client.request(daemonRequests.route, {
      type: 'run',
      task: { prompt: `${long}\nAnd now?`, kind: 'explain', conversationId: 'talk-2' },
      exclude: [first.route!],
      onDisconnect: 'continue',
    });
    const { decision } = await client.request(daemonRequests.explain, { decisionId, verify: true });
    expect(decision.balance?.conversation).toMatchObject({ kind: 'moved', warmRoute: first.route });
    expect(decision.balance?.conversation?.sentence).toContain('that route is not eligible now');
  });

  it('leaves tasks alone that belong to no conversation', async () => {
    await twins();
    const client = await start();
    await route(client);
    expect((await route(client)).balance?.conversation).toBeNull();
  });

  it('learns the speed of a route: the next prediction is near what it took', async () => {
    await twins();
    const client = await start();
    const before = await route(client);
    for (let call = 0; call < 8; call += 1) await route(client);
    const after = await route(client);
    const expected = (decision: Decision) =>
      decision.candidates.find(({ route: id }) => id === decision.route)!.expected!.totalMs;
    // Scripted servers without delays are faster than any model that the catalogue knows.
    expect(expected(after)).toBeLessThan(expected(before));
  });
});
