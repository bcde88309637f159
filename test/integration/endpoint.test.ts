/**
 * The endpoint for other tools, through the whole daemon: both formats, keys and what they may do, who hears of it, and
 * the items of the attack checklist that need more than a port.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { daemonRequests, snapshotRequest } from '@task-router/protocol';
import { DaemonClient, connectToDaemon } from '@task-router/protocol/node';
import { startDaemon } from '../../daemon/src/compose.ts';
import { answersOf, nodeOf, pricedModels } from '../support/daemon-home.ts';
import { EndpointHome, eventsOf } from '../support/endpoint-home.ts';
import { freePort } from '../support/endpoint-stage.ts';
import { hello } from '../support/hello.ts';

let home: EndpointHome;
beforeEach(() => {
  home = new EndpointHome();
});
afterEach(() => home.dispose());

/** One demo server as the only node, and a key. */
async function openWithServer(more: object = {}): Promise<{
  server: Awaited<ReturnType<EndpointHome['server']>>;
  key: string;
  id: string;
}> {
  const server = await home.server();
  await home.open({ nodes: [nodeOf(server, 'local', more)] });
  return { server, ...(await home.key()) };
}

describe('an answer', () => {
  it('comes in OpenAI’s form, streamed and whole, and names its route and decision', async () => {
    const { key } = await openWithServer();
    const whole = await home.chat(key);
    expect(whole.status).toBe(200);
    const body = (await whole.json()) as { choices: { message: { content: string } }[]; model: string };
    expect(body.choices[0]?.message.content).toContain('mutex');
    const route = whole.headers.get('x-task-router-route');
    expect(route).toBe('local/demo-mini');
    expect(route).toContain(body.model);
    const { client } = await home.connect();
    const decisionId = whole.headers.get('x-task-router-decision') ?? '';
    const { decision, outcome } = await client.request(daemonRequests.explain, { decisionId, verify: true });
    expect(decision).toMatchObject({ tool: 'Cline', route, taskId: whole.headers.get('x-task-router-task') });
    expect(outcome?.status).toBe('succeeded');
    const streamed = await home.chat(key, { stream: true });
    expect(streamed.headers.get('content-type')).toContain('text/event-stream');
    const text = await streamed.text();
    expect(text).toContain('"chat.completion.chunk"');
    expect(text.trimEnd()).toMatch(/data: \[DONE\]$/);
  });

  it('comes in Anthropic’s form, streamed and whole', async () => {
    const { key } = await openWithServer();
    const whole = await home.messages(key);
    expect(await whole.json()).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
    const events = await eventsOf(await home.messages(key, { stream: true }));
    expect(events[0]).toMatchObject({ type: 'message_start' });
    expect(events.at(-1)).toMatchObject({ type: 'message_stop' });
  });

  it('goes elsewhere when the first route fails, and says how many were called', async () => {
    const broken = await home.server('demo-fast');
    broken.setFaults({ repeat: [{ kind: 'status', status: 500 }] });
    const sound = await home.server('demo-strong');
    await home.open({ nodes: [nodeOf(broken, 'a'), nodeOf(sound, 'b')], policy: { objective: 'speed' } });
    const { key } = await home.key();
    const response = await home.chat(key, { stream: true });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-task-router-route')).toMatch(/^b\//);
    if (answersOf(broken).length > 0) expect(response.headers.get('x-task-router-attempts')).toBe('2');
    await response.text();
  });

  it('is given up at the provider within 100 ms of the client’s leaving, as nobody’s failure', async () => {
    const { server, key } = await openWithServer();
    // The quickest of three: what is asked is how long we take, not how busy the machine is.
    const tookMs: number[] = [];
    for (const nth of [0, 1, 2]) {
      server.setFaults([{ kind: 'stall', afterChunks: 3 }]);
      const client = new AbortController();
      const response = await home.chat(key, { stream: true }, client.signal);
      const reader = response.body?.getReader();
      await reader?.read();
      const leftAtMs = Date.now();
      client.abort();
      await vi.waitUntil(() => answersOf(server)[nth]?.end === 'aborted');
      tookMs.push((answersOf(server)[nth]?.endedAtMs ?? Infinity) - leftAtMs);
    }
    expect(Math.min(...tookMs)).toBeLessThan(100);
    const { client: window } = await home.connect();
    const last = async () => (await window.request(daemonRequests.decisions, { limit: 1 })).decisions[0];
    await vi.waitUntil(async () => (await last())?.status !== 'running');
    expect((await last())?.status).toBe('cancelled');
    const { nodes } = await window.request(daemonRequests.health, {});
    expect(nodes[0]?.routes[0]?.monitor?.failures ?? {}).toEqual({});
  });
});

describe('lists and counts', () => {
  it('name ours first, then the routes; and count what a prompt takes', async () => {
    const { key } = await openWithServer();
    await home.chat(key);
    const openai = (await (await home.ask('/v1/models', key)).json()) as { data: { id: string }[] };
    const ids = openai.data.map(({ id }) => id);
    expect(ids.slice(0, 4)).toEqual(['auto', 'auto-fast', 'auto-best', 'auto-local']);
    expect(ids).toContain('local/demo-mini');
    const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
    const anthropic = await fetch(`${home.address}/v1/models`, { headers });
    expect(await anthropic.json()).toMatchObject({
      has_more: false,
      data: [{ type: 'model', id: 'auto' }, {}, {}, {}, {}],
    });
    const count = await home.ask('/v1/messages/count_tokens', key, {
      model: 'auto',
      messages: [{ role: 'user', content: 'word '.repeat(400) }],
    });
    const { input_tokens: tokens } = (await count.json()) as { input_tokens: number };
    expect(tokens).toBeGreaterThan(200);
    expect(tokens).toBeLessThan(800);
  });
});

describe('refusals', () => {
  it('have the client’s own form', async () => {
    const { key } = await openWithServer();
    const openai = await home.chat('trk_no');
    expect([openai.status, await openai.json()]).toMatchObject([
      401,
      { error: { code: 'endpoint.keyRejected' } },
    ]);
    const anthropic = await home.messages('trk_no');
    expect([anthropic.status, await anthropic.json()]).toMatchObject([
      401,
      { type: 'error', error: { type: 'authentication_error' } },
    ]);
    const unknown = await home.chat(key, { model: 'no-such-model' });
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('x-should-retry')).toBe('false');
    expect(await unknown.json()).toMatchObject({ error: { code: expect.any(String) as string } });
    expect((await home.messages(key, { messages: 'none' })).status).toBe(400);
    const nowhere = await home.ask('/v1/embeddings', key, {});
    expect([nowhere.status, await nowhere.json()]).toMatchObject([404, { error: {} }]);
  });

  it('14: a body with an address, a key or headers; nothing goes to that address', async () => {
    const { server, key } = await openWithServer();
    const asked: string[] = [];
    const trap = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/v1`;
    for (const field of [
      ...[{ api_base: url }, { base_url: url }, { baseUrl: url }, { api_key: 'sk-x' }, { apiKey: 'sk-x' }],
      ...[{ headers: { authorization: 'x' } }, { extra_headers: { authorization: 'x' } }],
    ]) {
      expect([field, (await home.chat(key, field)).status]).toEqual([field, 400]);
      expect([field, (await home.messages(key, field)).status]).toEqual([field, 400]);
    }
    expect(answersOf(server)).toEqual([]);
    expect(asked).toEqual([]);
    trap.close();
  });

  it('27: what a provider says of its key is redacted', async () => {
    const echo = createServer((request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: { message: `bad key ${String(request.headers.authorization)}` } }),
      );
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/v1`;
    const node = {
      id: 'echo',
      provider: 'openai-compatible',
      baseUrl,
      apiKeyEnv: 'ECHO_KEY',
      models: [{ id: 'm' }],
    };
    await home.open({ nodes: [node] });
    const window = await home.connect();
    const canary = 'canary-key-0123456789';
    await window.client.request(daemonRequests.setKey, {
      nodeId: 'echo',
      key: canary,
      source: 'secretStorage',
    });
    const { key } = await home.key({}, window);
    for (const stream of [false, true]) {
      const response = await home.chat(key, { model: 'echo/m', stream });
      expect(response.status).toBe(400);
      const text = await response.text();
      expect(text).toContain('redacted');
      expect(text).not.toContain(canary);
    }
    await new Promise((resolve) => echo.close(resolve));
  });
});

describe('a key', () => {
  it('22: is in no file of the daemon', async () => {
    const { key } = await openWithServer();
    await home.chat(key);
    await home.chat(`${key.slice(0, -1)}!`);
    const window = await home.connect();
    await window.client.request(daemonRequests.health, { probe: true });
    const everything = readdirSync(home.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));
    expect(everything.join('').length).toBeGreaterThan(1_000);
    expect(everything.filter((text) => text.includes(key.slice(4, 36)))).toEqual([]);
    expect(JSON.stringify(await window.client.request(snapshotRequest, {}))).not.toContain(key.slice(4, 36));
  });

  it('outlives the daemon, and revoked it is refused at once', async () => {
    const { server, key, id } = await openWithServer();
    await home.stop();
    await home.start({ endpoint: { enabled: true, port: home.port }, nodes: [nodeOf(server, 'local')] });
    expect((await home.chat(key)).status).toBe(200);
    const { client } = await home.connect();
    await client.request(daemonRequests.revokeEndpointKey, { id });
    expect((await home.chat(key)).status).toBe(401);
    await home.stop();
    await home.start({ endpoint: { enabled: true, port: home.port }, nodes: [nodeOf(server, 'local')] });
    expect((await home.chat(key)).status).toBe(401);
  });

  it('may use what it was made for, and no more than the developer’s own policy', async () => {
    const [one, two] = [await home.server('demo-fast'), await home.server('demo-strong')];
    await home.open({ nodes: [nodeOf(one, 'one'), nodeOf(two, 'two')], policy: { deny: ['one/*'] } });
    const narrow = await home.key({ policy: { allow: ['one/*'] } });
    const none = await home.chat(narrow.key);
    expect(none.status).toBeGreaterThanOrEqual(400);
    expect(await none.text()).toContain('route.none');
    const only = await home.key({ policy: { allow: ['two/*'] } });
    expect((await home.chat(only.key)).headers.get('x-task-router-route')).toMatch(/^two\//);
    expect(answersOf(one)).toEqual([]);
  });

  it('spends no more than its daily budget, and shows what it spent', async () => {
    const server = await home.server();
    const prices = { inputPerMTok: 1_000, outputPerMTok: 1_000 };
    await home.open({ nodes: [nodeOf(server, 'paid', pricedModels(server, prices))] });
    const tight = await home.key({ name: 'tight', dailyBudgetUsd: 0.01 });
    const refused = await home.chat(tight.key, { max_tokens: 200 });
    expect([refused.status, await refused.json()]).toMatchObject([
      402,
      { error: { code: 'budget.exceeded' } },
    ]);
    const free = await home.key({ name: 'free' });
    expect((await home.chat(free.key, { max_tokens: 200 })).status).toBe(200);
    const { keys } = await home.view();
    const spent = Object.fromEntries(keys.map(({ name, spentTodayUsd }) => [name, spentTodayUsd]));
    expect(spent['tight']).toBe(0);
    expect(spent['free']).toBeGreaterThan(0);
  });

  it('is charged once for each call of a turn that calls tools', async () => {
    const server = await home.server();
    const prices = { inputPerMTok: 1_000, outputPerMTok: 1_000 };
    const models = [{ id: 'demo-mini', prices, capabilities: { tools: true } }];
    await home.open({ nodes: [nodeOf(server, 'paid', { models })] });
    const { key } = await home.key();
    server.setFaults([{ kind: 'tool-call' }]);
    const parameters = { type: 'object', properties: {} };
    const tools = [{ type: 'function', function: { name: 'read', parameters } }];
    const question = { role: 'user', content: 'Explain what a mutex is.' };
    const first = await home.chat(key, { tools, stream: true });
    const decisionId = first.headers.get('x-task-router-decision') ?? '';
    await first.text();
    const call = { id: 'call_1', type: 'function', function: { name: 'read', arguments: '{}' } };
    const messages = [
      question,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'It is a lock.' },
    ];
    const second = await home.chat(key, { tools, messages, stream: true });
    expect(second.headers.get('x-task-router-decision')).toBe(decisionId);
    await second.text();
    const { client } = await home.connect();
    const { outcome } = await client.request(daemonRequests.explain, { decisionId });
    const [view] = (await home.view()).keys;
    expect(outcome?.attempts).toBe(2);
    expect(view?.spentTodayUsd).toBeGreaterThan(0);
    expect(view?.spentTodayUsd).toBeCloseTo(outcome?.costUsd ?? -1, 9);
  });

  it('is made by windows and commands that are trusted, and the switch is an editor’s', async () => {
    await home.open();
    const untrusted = await DaemonClient.open(await connectToDaemon({ paths: home.paths }), {
      hello: hello({ trusted: false }),
    });
    const cli = await DaemonClient.open(await connectToDaemon({ paths: home.paths }), {
      hello: hello({ client: 'cli' }),
    });
    const wish = { name: 'x' };
    await expect(untrusted.request(daemonRequests.createEndpointKey, wish)).rejects.toMatchObject({
      code: 'task.untrusted',
    });
    await expect(
      untrusted.request(daemonRequests.configureEndpoint, { enabled: true }),
    ).rejects.toMatchObject({
      code: 'task.untrusted',
    });
    await expect(cli.request(daemonRequests.configureEndpoint, { enabled: true })).rejects.toMatchObject({
      code: 'request.invalid',
    });
    expect(await cli.request(daemonRequests.createEndpointKey, wish)).toMatchObject({ view: { name: 'x' } });
    await expect(cli.request(daemonRequests.createEndpointKey, { name: 'two\nlines' })).rejects.toMatchObject(
      { code: 'request.invalid' },
    );
    await Promise.all([untrusted.close(), cli.close()]);
  });
});

describe('a window', () => {
  it('sees the tool’s task with its name, and not its text', async () => {
    const { key } = await openWithServer();
    const window = await home.connect();
    await (await home.chat(key, { stream: true })).text();
    const { task } = await window.until('taskStarted');
    expect(task).toMatchObject({ tool: 'Cline', title: 'Explain what a mutex is.' });
    expect((await window.until('outcome')).outcome.status).toBe('succeeded');
    expect(window.of('delta')).toEqual([]);
    const { daemon } = await window.until(
      'health',
      (event) => (event.daemon?.endpoint?.requestsToday ?? 0) > 0,
    );
    expect(daemon?.endpoint).toMatchObject({ address: home.address, keys: [{ name: 'Cline' }] });
  });
});

describe('the switch', () => {
  it('is off by default; an editor’s word turns it on, stays when the editor leaves, and turns it off', async () => {
    const server = await home.server();
    await home.open({ nodes: [nodeOf(server, 'local')] }, {});
    expect(await home.view()).toMatchObject({ enabled: false, address: null, port: 14_114 });
    const window = await home.connect();
    const { key } = await home.key({}, window);
    await expect(home.chat(key)).rejects.toThrow();
    const on = await window.client.request(daemonRequests.configureEndpoint, {
      enabled: true,
      port: home.port,
    });
    expect(on).toMatchObject({ enabledBy: ['editor'], address: home.address, problem: null });
    await window.client.close();
    expect((await home.chat(key)).status).toBe(200);
    const other = await home.connect();
    await other.client.request(daemonRequests.configureEndpoint, { enabled: false });
    await expect(home.chat(key)).rejects.toThrow();
  });

  it('what config.jsonc turns on an editor can’t turn off; a change of the file moves it', async () => {
    const { server, key } = await openWithServer();
    const window = await home.connect();
    const view = await window.client.request(daemonRequests.configureEndpoint, { enabled: false });
    expect(view).toMatchObject({ enabled: true, enabledBy: ['config'] });
    home.writeConfig({ endpoint: { enabled: false }, nodes: [nodeOf(server, 'local')] });
    await window.client.request(daemonRequests.health, {});
    await vi.waitUntil(async () => (await home.view()).address === null);
    await expect(home.chat(key)).rejects.toThrow();
  });

  it('a port that another program has is told with the next step, and everything else works', async () => {
    const squatter = createNetServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    await home.open({}, { enabled: true, port });
    const window = await home.connect();
    const { endpoint } = await window.client.request(daemonRequests.health, {});
    expect(endpoint).toMatchObject({ enabled: true, address: null, problem: { code: 'endpoint.portTaken' } });
    expect(endpoint?.problem?.message).toContain(String(port));
    expect(readFileSync(home.paths.logFile, 'utf8')).toContain('can’t listen');
    await new Promise((resolve) => squatter.close(resolve));
  });
});

describe('29: circles', () => {
  it('a node that is the endpoint itself is not used, and reported', async () => {
    const server = await home.server();
    await home.open();
    const nodes = [
      { id: 'me', provider: 'openai-compatible', baseUrl: `http://localhost:${home.port}/v1` },
      nodeOf(server, 'local'),
    ];
    home.writeConfig({ endpoint: { enabled: true, port: home.port }, nodes });
    const window = await home.connect();
    const health = await window.client.request(daemonRequests.health, {});
    expect(health.nodes.map(({ nodeId }) => nodeId)).toEqual(['local']);
    const { problems } = await window.until('config', (event) => event.problems.length > 0);
    expect(problems).toMatchObject([{ code: 'endpoint.loop' }]);
    const { key } = await home.key({}, window);
    expect((await home.chat(key, { model: 'me/auto' })).status).toBe(404);
  });

  it('a call through a proxy that leads back is refused, not sent round', async () => {
    // A plain relay, as a developer might have before a server: it knows nothing of us and passes headers on.
    let relayed = 0;
    let relayKey = '';
    const relay = createServer((request, response) => {
      relayed += 1;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'x-task-router-hop': hop } = request.headers;
        void fetch(`${home.address}${request.url ?? ''}`, {
          method: request.method ?? 'GET',
          headers: {
            authorization: `Bearer ${relayKey}`,
            ...(typeof hop === 'string' && { 'x-task-router-hop': hop }),
          },
          ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
        }).then(async (answer) => {
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          response.end(await answer.text());
        });
      });
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/v1`;
    await home.open({
      nodes: [{ id: 'round', provider: 'openai-compatible', baseUrl, models: [{ id: 'auto' }] }],
    });
    relayKey = (await home.key()).key;
    const response = await home.chat(relayKey, { model: 'round/auto' });
    expect(response.status).toBeGreaterThanOrEqual(500);
    await response.text();
    // Retries, each refused at the door: one request, one task.
    expect(relayed).toBeLessThan(30);
    const { client } = await home.connect();
    expect((await client.request(daemonRequests.decisions, {})).decisions).toHaveLength(1);
    relay.closeAllConnections();
    await new Promise((resolve) => relay.close(resolve));
  });
});

describe('the daemon', () => {
  it('stays for an endpoint of config.jsonc, and leaves when nobody has asked one of an editor for a while', async () => {
    const port = await freePort();
    home.writeConfig({ endpoint: { enabled: true, port } });
    const idleMinutes = 0.002;
    const staying = await startDaemon({ paths: home.paths, idleMinutes });
    const left = staying?.stopped.then(() => 'left');
    // One without an endpoint, started later, has left by itself meanwhile.
    const other = new EndpointHome();
    other.writeConfig({});
    await (
      await startDaemon({ paths: other.paths, idleMinutes })
    )?.stopped;
    expect(await Promise.race([left, Promise.resolve('stayed')])).toBe('stayed');
    await staying?.stop();
    await other.dispose();
    home.writeConfig({});
    const leaving = await startDaemon({ paths: home.paths, idleMinutes });
    const window = await home.connect();
    await window.client.request(daemonRequests.configureEndpoint, { enabled: true, port });
    await window.client.close();
    await leaving?.stopped;
    await expect(fetch(`http://127.0.0.1:${port}/v1/models`)).rejects.toThrow();
  });
});
