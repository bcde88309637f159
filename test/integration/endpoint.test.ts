/**
 * The endpoint for other tools, through the whole daemon: answers in both formats, refusals, lists, circles, and who
 * hears of it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { daemonRequests } from '@task-router/protocol';
import { answersOf, nodeOf } from '../support/daemon-home.ts';
import { EndpointHome, eventsOf } from '../support/endpoint-home.ts';

let home: EndpointHome;
beforeEach(() => {
  home = new EndpointHome();
});
afterEach(() => home.dispose());

describe('an answer', () => {
  it('comes in OpenAI’s form, streamed and whole, and names its route and decision', async () => {
    const { key } = await home.openWithServer();
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
    const { key } = await home.openWithServer();
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
    const { server, key } = await home.openWithServer();
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
    const { key } = await home.openWithServer();
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
    const { key } = await home.openWithServer();
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
    const { server, key } = await home.openWithServer();
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

describe('a window', () => {
  it('sees the tool’s task with its name, and not its text', async () => {
    const { key } = await home.openWithServer();
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
