/** The whole daemon behind its real socket: editor models, policies of folders, keys, reload, cancel. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EditorModel, NumberedEvent, PolicyLayer, RouterEvent, Snapshot } from '@task-router/protocol';
import { daemonRequests, reduceSnapshot, snapshotRequest } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import type { EditorModelsHandler, Paths } from '@task-router/protocol/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDaemon } from '../../daemon/src/compose.ts';
import type { RunningDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { hello } from '../support/hello.ts';

let home: string;
let paths: Paths;
let daemon: RunningDaemon | null;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'task-router-daemon-'));
  paths = resolvePaths({ TASK_ROUTER_HOME: home });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await daemon?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function start(config: object): Promise<void> {
  mkdirSync(home, { recursive: true });
  writeFileSync(
    paths.configFile,
    JSON.stringify({ discovery: { localServers: false, environmentKeys: false }, ...config }),
  );
  daemon = await startDaemon({ paths, idleMinutes: 0 });
}

interface TestClient {
  readonly client: DaemonClient;
  readonly events: NumberedEvent[];
  until<Type extends RouterEvent['type']>(type: Type): Promise<Extract<RouterEvent, { type: Type }>>;
}

async function connect(
  options: { clientId?: string; models?: EditorModelsHandler; resume?: { epoch: string; seq: number } } = {},
): Promise<TestClient> {
  const client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: hello({
      clientId: options.clientId ?? 'window-0001',
      editorModels: options.models !== undefined,
      ...(options.resume && { resume: options.resume }),
    }),
    editorModels: options.models,
  });
  closers.push(() => client.close());
  const events: NumberedEvent[] = [];
  client.onEvent((event) => events.push(event));
  return {
    client,
    events,
    until: (type) =>
      new Promise((resolve) => {
        const seen = events.find(({ event }) => event.type === type);
        if (seen) resolve(seen.event as never);
        client.onEvent(({ event }) => {
          if (event.type === type) resolve(event as never);
        });
      }),
  };
}

async function demoServer(id: 'demo-fast' | 'demo-strong' = 'demo-fast', name?: string): Promise<DemoServer> {
  const server = await startDemoServer(
    { ...demoProfiles[id], ...(name !== undefined && { id: name }) },
    { speed: 0 },
  );
  closers.push(() => server.stop());
  return server;
}

const run = (prompt: string, policy: PolicyLayer[] = []) =>
  ({ type: 'run', task: { prompt }, policy, onDisconnect: 'continue' }) as const;

describe('models inside an editor window', () => {
  const model: EditorModel = {
    modelKey: 'fake-1',
    vendor: 'fake',
    family: 'fake-family',
    name: 'Fake One',
    version: '1',
    maxInputTokens: 8000,
    access: 'granted',
  };

  function fakeWindow(answer: EditorModelsHandler['request']): EditorModelsHandler {
    return {
      inventory: ({ knownVersion }, signal) =>
        knownVersion === null
          ? Promise.resolve({ version: 1, models: [model] })
          : new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(new Error('gone')), { once: true });
            }),
      request: answer,
    };
  }

  it('answer a task of their own window, and are invisible to another', async () => {
    await start({});
    const asked: string[] = [];
    const window = await connect({
      models: fakeWindow((params, onPart) => {
        asked.push(params.messages.at(-1)?.text ?? '');
        onPart({ type: 'text', text: 'Hello ' });
        onPart({ type: 'text', text: 'from the window.' });
        return Promise.resolve({ finishReason: 'stop', inputTokens: 5, outputTokens: 4 });
      }),
    });
    await expect
      .poll(async () => (await window.client.request(daemonRequests.health, {})).nodes)
      .toHaveLength(1);
    const result = await window.client.request(daemonRequests.route, run('say hello'));
    expect(result.outcome).toMatchObject({ status: 'succeeded', route: 'editor/fake-1', costUsd: null });
    expect(asked).toEqual(['say hello']);
    expect(textOf(window.events)).toBe('Hello from the window.');

    const other = await connect({ clientId: 'window-0002' });
    expect((await other.client.request(daemonRequests.health, {})).nodes).toEqual([]);
    await expect(other.client.request(daemonRequests.route, run('say hello'))).rejects.toMatchObject({
      code: 'route.none',
    });
  });

  it('fail over when the window goes away in the middle', async () => {
    const server = await demoServer();
    await start({ nodes: [{ id: 'spare', provider: 'openai-compatible', baseUrl: server.baseUrl }] });
    const window = await connect({
      clientId: 'window-0003',
      models: fakeWindow(() => new Promise(() => undefined)),
    });
    await expect
      .poll(async () => (await window.client.request(daemonRequests.health, {})).nodes)
      .toHaveLength(2);
    const task = window.client
      .request(daemonRequests.route, { ...run('say hello'), pin: 'editor/fake-1' })
      .catch((error: unknown) => error);
    await window.until('decision');
    await window.client.close();
    await task;
    const again = await connect({ clientId: 'window-0003' });
    await expect
      .poll(async () => (await again.client.request(snapshotRequest, {})).tasks[0]?.outcome?.status)
      .toBe('failed');
  });
});

describe('policy of folders', () => {
  it('routes the same task differently, and the card names the deciding setting', async () => {
    const server = await demoServer();
    await start({
      nodes: [
        { id: 'near', provider: 'openai-compatible', baseUrl: server.baseUrl },
        {
          id: 'far',
          provider: 'openai-compatible',
          baseUrl: server.baseUrl.replace('127.0.0.1', 'localhost'),
          models: [{ id: 'demo-mini' }],
        },
      ],
    });
    const { client, events } = await connect();
    const free = await client.request(daemonRequests.route, run('say hello'));
    const layer: PolicyLayer = { level: 'folder', name: 'api', policy: { deny: [free.outcome.route ?? ''] } };
    const bound = await client.request(daemonRequests.route, run('say hello', [layer]));
    expect(bound.outcome.route).not.toBe(free.outcome.route);
    const decision = events
      .flatMap(({ event }) => (event.type === 'decision' ? [event.decision] : []))
      .at(-1);
    expect(decision?.candidates.find((each) => each.route === free.outcome.route)?.rejected).toMatchObject({
      code: 'policy.denied',
      setting: expect.stringMatching(/Folder "api".*taskRouter\.policy\.deny/) as string,
    });
  });
});

describe('keys', () => {
  const canary = 'sk-canary-0123456789abcdefghij';

  async function keyServer(): Promise<Server> {
    const server = createServer((request, response) => {
      const ok = request.headers.authorization === `Bearer ${canary}`;
      response.writeHead(ok ? 200 : 401, { 'content-type': 'application/json' });
      const model = { id: 'm1', object: 'model', created: 1, owned_by: 'x' };
      response.end(
        JSON.stringify(
          ok
            ? { object: 'list', data: [model] }
            : { error: { message: `bad key ${request.headers.authorization ?? ''}` } },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    return server;
  }

  it('are checked live, kept in memory only, and never written anywhere', async () => {
    const { port } = (await keyServer()).address() as AddressInfo;
    await start({
      nodes: [
        {
          id: 'lab',
          provider: 'openai-compatible',
          baseUrl: `http://127.0.0.1:${port}/v1`,
          apiKeyEnv: 'LAB_KEY',
        },
      ],
    });
    const { client } = await connect();
    expect(client.welcome.snapshot?.wantedKeys).toEqual([{ nodeId: 'lab', env: 'LAB_KEY' }]);
    const give = (key: string) =>
      client.request(daemonRequests.setKey, { nodeId: 'lab', key, source: 'secretStorage', check: true });
    expect((await give(`${canary}x`)).check).toMatchObject({ status: 'rejected' });
    expect((await give(canary)).check).toMatchObject({ status: 'accepted', models: 1 });
    expect((await client.request(daemonRequests.health, {})).nodes[0]).toMatchObject({
      access: 'ready',
      keySource: 'secretStorage',
      routes: [{ routeId: 'lab/m1', prices: { inputPerMTok: 0 } }],
    });
    await client.request(daemonRequests.route, run('say hello')).catch(() => undefined);
    await daemon?.stop();
    for (const file of readdirSync(home, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      expect(readFileSync(join(file.parentPath, file.name)).includes(canary), file.name).toBe(false);
    }
  });

  it('go to nodes that exist, never to an address of the caller’s', async () => {
    await start({});
    const { client } = await connect();
    await expect(
      client.request(daemonRequests.setKey, { nodeId: 'evil', key: canary, source: 'secretStorage' }),
    ).rejects.toMatchObject({ code: 'provider.nodeUnknown' });
    await expect(
      client.request(daemonRequests.setKey, {
        nodeId: 'openai',
        key: canary,
        source: 'secretStorage',
        ...{ baseUrl: 'http://127.0.0.1:1/' },
      }),
    ).rejects.toMatchObject({ code: 'request.invalid' });
  });
});

describe('a window that reloads in the middle of an answer', () => {
  it('misses nothing, and can still cancel', async () => {
    const server = await demoServer();
    await start({ nodes: [{ id: 'near', provider: 'openai-compatible', baseUrl: server.baseUrl }] });
    server.setFaults([{ kind: 'stall', afterChunks: 3 }]);
    const before = await connect();
    void before.client.request(daemonRequests.route, run('say hello')).catch(() => undefined);
    const { taskId } = await before.until('delta');
    const epoch = before.client.welcome.snapshot?.epoch ?? '';
    const seen = before.events.at(-1)?.seq ?? 0;
    let state: Snapshot = before.client.welcome.snapshot ?? {
      epoch,
      seq: 0,
      tasks: [],
      nodes: [],
      configProblems: [],
      wantedKeys: [],
    };
    for (const { seq, event } of before.events) state = reduceSnapshot(state, seq, event);
    await before.client.close();

    const after = await connect({ resume: { epoch, seq: seen } });
    expect(after.client.welcome.resume).toBe('replayed');
    const cancel = new AbortController();
    const attached = after.client.request(daemonRequests.route, { type: 'attach', taskId }, cancel.signal);
    await expect
      .poll(async () => (await after.client.request(snapshotRequest, {})).tasks[0]?.text.length)
      .toBeGreaterThan(0);
    cancel.abort();
    expect((await attached).outcome).toMatchObject({ status: 'cancelled' });
    await after.until('outcome');
    for (const { seq, event } of after.events) {
      expect(seq).toBe(state.seq + 1);
      state = reduceSnapshot(state, seq, event);
    }
    expect(state.tasks[0]).toEqual((await after.client.request(snapshotRequest, {})).tasks[0]);
    await expect.poll(() => server.log().find((entry) => entry.stream === true)?.end).toBe('aborted');
  });
});

function textOf(events: readonly NumberedEvent[]): string {
  return events.map(({ event }) => (event.type === 'delta' ? event.text : '')).join('');
}
