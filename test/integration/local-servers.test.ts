/** Local servers as resources, through the whole daemon: loads, windows, memory, and prompts that were cut. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeView, ResultOf, RouterEvent } from '@task-router/protocol';
import { daemonRequests } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import type { Paths } from '@task-router/protocol/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDaemon } from '../../daemon/src/compose.ts';
import type { RunningDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { hello } from '../support/hello.ts';

let home: string;
let paths: Paths;
let daemon: RunningDaemon | null;
let client: DaemonClient;
let events: RouterEvent[];
const servers: DemoServer[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'task-router-local-'));
  paths = resolvePaths({ TASK_ROUTER_HOME: home });
});
afterEach(async () => {
  await stopDaemon();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  rmSync(home, { recursive: true, force: true });
});

/** An Ollama with one model of two gigabytes that takes 300 ms to load. */
async function ollama(id = 'box'): Promise<DemoServer> {
  const models = [
    {
      id: `${id}-7b:latest`,
      label: id,
      contextWindow: 32_768,
      maxOutputTokens: 4_096,
      bytes: 2e9,
      loadMs: 300,
    },
  ];
  const { faults: _, ...steady } = demoProfiles['demo-flaky'];
  const server = await startDemoServer({ ...steady, id, models, firstChunkMs: 1, chunkMs: 0 });
  servers.push(server);
  return server;
}

async function compatible(): Promise<DemoServer> {
  const server = await startDemoServer(demoProfiles['demo-fast'], { speed: 0 });
  servers.push(server);
  return server;
}

async function start(...nodes: readonly DemoServer[]): Promise<void> {
  mkdirSync(home, { recursive: true });
  const entries = nodes.map(({ id, provider, baseUrl, models }) => ({
    id,
    provider,
    baseUrl,
    // One that costs something comes after one that does not.
    ...(id === 'demo-fast' && {
      models: models.map((model) => ({ id: model.id, contextWindow: model.contextWindow, prices })),
    }),
  }));
  const config = { discovery: { localServers: false, environmentKeys: false }, nodes: entries };
  writeFileSync(paths.configFile, JSON.stringify(config));
  daemon = await startDaemon({ paths, idleMinutes: 0 });
  client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: hello({ clientId: 'window-0001' }),
  });
  events = [];
  client.onEvent(({ event }) => events.push(event));
}

async function stopDaemon(): Promise<void> {
  if (daemon === null) return;
  await client.close();
  await daemon.stop();
  daemon = null;
}

async function route(
  prompt: string,
  objective: 'balanced' | 'cost' = 'balanced',
): Promise<ResultOf<typeof daemonRequests.route>> {
  events.length = 0;
  return client.request(daemonRequests.route, {
    type: 'run',
    task: { prompt, kind: 'commit' },
    policy: [{ level: 'workspace', name: 'test', policy: { objective } }],
    onDisconnect: 'continue',
  });
}

async function nodes(): Promise<readonly NodeView[]> {
  return (await client.request(daemonRequests.health, {})).nodes;
}

const routeView = async (routeId: string) =>
  (await nodes()).flatMap((node) => node.routes).find((each) => each.routeId === routeId);
const seen = <Type extends RouterEvent['type']>(type: Type) =>
  events.filter((event): event is Extract<RouterEvent, { type: Type }> => event.type === type);
const prices = { inputPerMTok: 50, outputPerMTok: 250 };
/** About 11,000 tokens. */
const long = 'take the next step '.repeat(2_200);

describe('a model that is not in memory', () => {
  it('is expected to be loaded first, and the load is learned apart from the model’s speed', async () => {
    await start(await ollama());
    expect(await routeView('box/box-7b:latest')).toMatchObject({
      load: { state: 'cold', bytes: 2e9, coldStartMs: 4_500 },
    });
    const { outcome } = await route('hello');
    const [decision] = seen('decision');
    const expected = decision?.decision.candidates[0];
    expect(expected).toMatchObject({ coldStartMs: 4_500 });
    expect(expected?.expected?.firstTokenMs).toBeGreaterThan(4_500);

    const after = await routeView('box/box-7b:latest');
    expect(after?.load).toMatchObject({ state: 'loaded', windowTokens: 4_096 });
    expect(after?.load?.coldStartMs).toBeLessThan(2_500);
    expect(after?.firstTokenMs).toBeCloseTo((outcome.timings.firstTokenMs ?? 0) - 300, 0);
    expect((await nodes())[0]?.server).toEqual({ loadedModels: 1, loadedBytes: 2e9, busySlots: null });

    await route('hello again');
    expect(seen('decision')[0]?.decision.candidates[0]).not.toHaveProperty('coldStartMs');
  });

  it('counts as one where the task needs a larger window than it was loaded with', async () => {
    const server = await ollama();
    await start(server);
    await route('hello');
    const { outcome } = await route(long);
    expect(seen('decision')[0]?.decision.candidates[0]).toHaveProperty('coldStartMs');
    expect(outcome).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(outcome.tokens.input).toBeGreaterThan(10_000);
    // A short one leaves the large window in force: another would be another load.
    await route('hello');
    expect((await routeView('box/box-7b:latest'))?.load).toMatchObject({ windowTokens: 16_384 });
  });

  it('comes after an equal one that is', async () => {
    const [warm, cold] = [await ollama('warm'), await ollama('cold')];
    await start(warm);
    await route('hello');
    await stopDaemon();
    await start(warm, cold);
    const { outcome } = await route('hello');
    expect(outcome.route).toBe('warm/warm-7b:latest');
  });
});

describe('a prompt that was cut in silence', () => {
  const cut = (server: DemoServer) => {
    server.setFaults({ repeat: [{ kind: 'cut-prompt', tokens: 4_096 }] });
  };

  it('keeps its answer with a warning where no other route has room, and is remembered over a restart', async () => {
    const server = await ollama();
    cut(server);
    await start(server);
    const { outcome, decisionId } = await route(long);
    expect(outcome).toMatchObject({ status: 'succeeded', attempts: 1, tokens: { input: 4_096 } });
    expect(outcome.warning).toMatch(/^Only a part was read: the server read 4,096 of about 1\d,000 tokens\./);
    const explained = await client.request(daemonRequests.explain, { decisionId });
    expect(explained.attempts[0]?.warning).toContain('the server read 4,096 of about');

    await stopDaemon();
    await start(server);
    expect((await routeView('box/box-7b:latest'))?.learnedWindow).toMatchObject({ tokens: 4_096 });
    await expect(route(long)).rejects.toMatchObject({ code: 'route.none' });
    expect(seen('decision')[0]?.decision.candidates[0]?.rejected?.code).toBe('capability.contextWindow');
    // What fits is welcome.
    expect((await route('hello')).outcome.status).toBe('succeeded');
  });

  it('starts over on the next route that has room, visibly', async () => {
    const [small, large] = [await ollama('a'), await compatible()];
    cut(small);
    await start(small, large);
    const { outcome } = await route(long, 'cost');
    expect(seen('transition').map(({ transition }) => transition)).toMatchObject([
      { from: 'a/a-7b:latest', to: 'demo-fast/demo-mini', cause: 'contextLength', mode: 'restart' },
    ]);
    expect(outcome).toMatchObject({ status: 'succeeded', route: 'demo-fast/demo-mini', attempts: 2 });
    expect(outcome).not.toHaveProperty('warning');
    // From then on it goes there at once.
    expect((await route(long, 'cost')).outcome).toMatchObject({ route: 'demo-fast/demo-mini', attempts: 1 });
  });
});

it('a server that says nothing of its load is used as before, and not asked again after each call', async () => {
  const server = await compatible();
  await start(server);
  expect((await nodes())[0]).not.toHaveProperty('server');
  expect((await route('hello')).outcome.status).toBe('succeeded');
  const questions = () => server.log().filter(({ path }) => path === '/props').length;
  const before = questions();
  await route('hello again');
  await route('and once more');
  expect(await routeView('demo-fast/demo-mini')).not.toHaveProperty('load');
  expect(questions()).toBe(before);
});
