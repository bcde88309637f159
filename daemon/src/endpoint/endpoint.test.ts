import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answered, failure, freePort, head, openStage } from '../../../test/support/endpoint-stage.ts';
import { type Headers, exchange } from '../../../test/support/server-raw.ts';

const call = { model: 'auto' };

function raw(
  stage: { port: number },
  headers: Headers,
  options: { target?: string; method?: string; body?: string } = {},
): Promise<{ status: number; text: string }> {
  const { target = '/v1/chat/completions', method = 'POST', body = JSON.stringify(call) } = options;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return exchange(
    { kind: 'tcp', port: stage.port },
    `${method} ${target} HTTP/1.1\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

describe('an answer', () => {
  it('in one piece, with its length and the names of its route and decision', async () => {
    const stage = await openStage();
    const response = await stage.post(stage.key(), call);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('begin|hello|end');
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '15',
      'x-task-router-route': 'local/small',
      'x-task-router-decision': 'decision-1',
      'x-task-router-task': 'task-1',
      'x-task-router-attempts': '1',
    });
    expect(Object.keys(headers).join()).not.toMatch(/access-control|server|powered/);
  });

  it('that streams arrives as it comes, passed bytes and parts in one', async () => {
    const stage = await openStage();
    const gate = Promise.withResolvers<undefined>();
    stage.script = async (_call, sink) => {
      sink.begin(head);
      sink.pass(Buffer.from('passed '), []);
      await gate.promise;
      sink.part({ type: 'text', text: 'part' });
      return answered();
    };
    const response = await stage.post(stage.key(), { ...call, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('passed ');
    gate.resolve(undefined);
    let rest = '';
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      rest += next.value;
    // The passed bytes had their own beginning.
    expect(rest).toBe('part|end');
  });

  it('that fails before it begins has a status, and the provider’s own words where there are any', async () => {
    const stage = await openStage();
    const key = stage.key();
    const failed = failure({ retryAfterMs: 1_500 });
    stage.script = () => Promise.resolve(failed);
    const refused = await stage.post(key, call);
    expect(refused.status).toBe(502);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await refused.json()).toMatchObject({ form: 'openai-chat', code: 'route.allFailed' });
    const upstream = { status: 400, body: '{"error":"theirs"}' };
    stage.script = () => Promise.resolve(failure({ kind: 'badRequest', upstream }));
    const passed = await stage.post(key, { ...call, stream: true });
    expect([passed.status, await passed.text()]).toEqual([400, '{"error":"theirs"}']);
  });

  it('that fails in the middle of a stream says so in the stream', async () => {
    const stage = await openStage();
    stage.script = (_call, sink) => {
      sink.begin(head);
      sink.part({ type: 'text', text: 'half' });
      return Promise.resolve(failure({ kind: 'stall', code: 'route.incomplete', head, begun: true }));
    };
    const response = await stage.post(stage.key(), { ...call, stream: true });
    expect([response.status, await response.text()]).toEqual([200, 'begin|half|fail route.incomplete']);
  });

  it('gets pings while nothing else comes', async () => {
    const stage = await openStage({ times: { pingMs: 20 } });
    stage.script = async (_call, sink) => {
      sink.begin(head);
      sink.part({ type: 'text', text: 'slow' });
      await delay(120);
      return answered();
    };
    const response = await stage.post(stage.key(), { ...call, stream: true });
    expect(await response.text()).toMatch(/^begin\|slow(:ping\|){2,}\|end$/);
  });

  it('slows down for a slow reader, and is cut off when nothing is read', async () => {
    const stage = await openStage({ times: { stuckMs: 100 } });
    const ended = Promise.withResolvers<{ slow: number; aborted: boolean }>();
    stage.script = async (_call, sink, signal) => {
      sink.begin(head);
      let slow = 0;
      while (!signal.aborted && slow < 10_000) {
        if (sink.part({ type: 'text', text: 'x'.repeat(65_536) })) continue;
        slow += 1;
        await sink.drained();
      }
      ended.resolve({ slow, aborted: signal.aborted });
      return { type: 'cancelled' };
    };
    const socket = connect({ host: '127.0.0.1', port: stage.port });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const body = JSON.stringify({ ...call, stream: true });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\nAuthorization: Bearer ${stage.key()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    socket.pause();
    const { slow, aborted } = await ended.promise;
    expect(slow).toBeGreaterThan(0);
    expect(aborted).toBe(true);
  });

  it('is cancelled within 100 ms when the client hangs up', async () => {
    const stage = await openStage();
    const began = Promise.withResolvers<undefined>();
    const aborted = Promise.withResolvers<number>();
    stage.script = async (_call, _sink, signal) => {
      began.resolve(undefined);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      aborted.resolve(performance.now());
      return { type: 'cancelled' };
    };
    const client = new AbortController();
    const response = stage.post(stage.key(), { ...call, stream: true }, client.signal).catch(() => null);
    await began.promise;
    const leftAt = performance.now();
    client.abort();
    expect((await aborted.promise) - leftAt).toBeLessThan(100);
    await response;
    await vi.waitUntil(() => stage.endpoint.running === 0);
  });
});

describe('keys', () => {
  it('are stored as a digest, and found in no log', async () => {
    const stage = await openStage();
    const key = stage.key();
    expect(key).toMatch(/^trk_[\w-]{43}$/);
    await stage.post(key, call);
    await stage.post(`${key.slice(0, -1)}x`, call);
    expect(JSON.stringify(stage.store.readEndpointKeys())).not.toContain(key.slice(4, 30));
    expect(stage.lines.join('')).not.toContain(key.slice(4, 30));
    const [view] = stage.endpoint.view().keys;
    expect(view).toMatchObject({ name: 'Cline', requestsToday: 1, spentTodayUsd: 0.25 });
    expect(view?.lastUsedAtMs).toBeGreaterThan(0);
  });

  it('reach dispatch with their policy and budget', async () => {
    const stage = await openStage();
    const wish = { name: 'aider', policy: { localOnly: true }, dailyBudgetUsd: 2 };
    const { key, view } = stage.endpoint.createKey(wish);
    await stage.post(key, call);
    expect(stage.calls[0]?.tool).toEqual({ ...wish, keyId: view.id });
  });

  it('revoked are refused at once, and what runs under one ends', async () => {
    const stage = await openStage();
    const key = stage.key();
    const began = Promise.withResolvers<undefined>();
    stage.script = async (_call, sink, signal) => {
      sink.begin(head);
      sink.part({ type: 'text', text: 'half' });
      began.resolve(undefined);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { type: 'cancelled' };
    };
    const running = stage.post(key, { ...call, stream: true });
    await began.promise;
    stage.endpoint.revokeKey(stage.endpoint.view().keys[0]?.id ?? '');
    expect(await (await running).text()).toBe('begin|half|fail route.interrupted');
    expect((await stage.post(key, call)).status).toBe(401);
    expect(stage.endpoint.view().keys).toEqual([]);
    expect(() => stage.endpoint.revokeKey('gone')).toThrow('No key');
  });

  it('are still good after a restart, except those revoked', async () => {
    const stage = await openStage();
    const [kept, ended] = [stage.key('kept'), stage.key('ended')];
    stage.endpoint.revokeKey(stage.endpoint.view().keys[1]?.id ?? '');
    await stage.endpoint.close();
    const reopened = await openStage({ store: stage.store });
    expect((await reopened.post(kept, call)).status).toBe(200);
    expect((await reopened.post(ended, call)).status).toBe(401);
  });
});

describe('the door', () => {
  it('1, 2, 4: lets nobody in without a key that is in force, in either header', async () => {
    const stage = await openStage();
    const key = stage.key();
    const host = ['Host', `127.0.0.1:${stage.port}`] as const;
    const bearer = (text: string): Headers => [host, ['Authorization', `Bearer ${text}`]];
    const flipped = `trk_${key.startsWith('trk_A') ? 'B' : 'A'}${key.slice(5)}`;
    const refused: Headers[] = [
      [host],
      ...[flipped, key.slice(1), `${key}A`, '', 'ü'.repeat(43), `Bearer ${key}`].map(bearer),
      [host, ['Authorization', `bearer ${key}`]],
      [host, ['Authorization', `Basic ${key}`]],
      [host, ['Authorization', `Bearer ${flipped}`], ['Authorization', `Bearer ${key}`]],
      [host, ['x-api-key', flipped]],
    ];
    // Each on a fresh meter, so that none is slowed.
    for (const headers of refused) expect((await raw(stage, headers)).status).toBe(401);
    expect((await raw(stage, [host], { target: `/v1/models?key=${key}`, method: 'GET' })).status).toBe(401);
    expect(stage.calls).toEqual([]);
    expect((await raw(stage, bearer(key))).status).toBe(200);
    expect((await raw(stage, [host, ['X-Api-Key', key]])).status).toBe(200);
  }, 20_000);

  it('5, 8, 9: no browser, whatever its page, and no CORS header', async () => {
    const stage = await openStage();
    const good: Headers = [
      ['Host', `127.0.0.1:${stage.port}`],
      ['Authorization', `Bearer ${stage.key()}`],
    ];
    for (const origin of ['https://evil', 'null', 'vscode-webview://x', 'http://localhost:3000', ''])
      expect((await raw(stage, [...good, ['Origin', origin]])).status).toBe(403);
    for (const [name, value] of [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Site', 'same-origin'],
      ['Sec-Fetch-Dest', 'document'],
      ['Sec-Fetch-User', '?1'],
    ] as const)
      expect((await raw(stage, [...good, [name, value]])).status).toBe(403);
    // What Node's and Electron's own fetch send, with which tools are written.
    const program: Headers = [
      ['Sec-Fetch-Site', 'none'],
      ['Sec-Fetch-Mode', 'cors'],
      ['Sec-Fetch-Dest', 'empty'],
    ];
    expect((await raw(stage, [...good, ...program])).status).toBe(200);
    const preflight = await raw(stage, [...good, ['Origin', 'https://evil']], {
      method: 'OPTIONS',
      body: '',
    });
    expect(preflight.status).toBe(403);
    expect(preflight.text.toLowerCase()).not.toMatch(/access-control|server:|powered/);
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'GET'])
      expect((await raw(stage, good, { method, body: '' })).status).toBe(405);
    for (const target of ['/', '/v1', '/v1/', '/v1/chat/completions/', '/v1/embeddings', '/../v1/models'])
      expect((await raw(stage, good, { target, method: 'GET', body: '' })).status).toBe(404);
  }, 30_000);

  it('6, 10: one Host, with our port; no absolute address', async () => {
    const stage = await openStage();
    const key = ['Authorization', `Bearer ${stage.key()}`] as const;
    const ours = `127.0.0.1:${stage.port}`;
    const foreign = [
      'evil.example',
      '127.evil.example',
      'localhost.evil',
      '127.0.0.1.',
      '127.0.0.2',
      '0.0.0.0',
    ];
    for (const host of [...foreign.map((name) => `${name}:${stage.port}`), 'localhost', '127.0.0.1:1'])
      expect((await raw(stage, [['Host', host], key])).status, host).toBe(403);
    expect((await raw(stage, [key])).status).toBe(400);
    for (const hosts of [
      [ours, 'evil.example'],
      ['evil.example', ours],
    ])
      expect((await raw(stage, [...hosts.map((host) => ['Host', host] as const), key])).status).toBe(400);
    const absolute = await raw(stage, [['Host', ours], key], {
      target: `http://${ours}/v1/chat/completions`,
    });
    expect(absolute.status).toBe(404);
    for (const host of [`localhost:${stage.port}`, `[::1]:${stage.port}`, ours])
      expect((await raw(stage, [['Host', host], key])).status).toBe(200);
    expect(stage.calls).toHaveLength(3);
  }, 30_000);

  it('7: garbage, TLS bytes and a head without end leave it standing', async () => {
    const stage = await openStage();
    const endpoint = { kind: 'tcp', port: stage.port } as const;
    const attacks: (string | Buffer)[] = [
      'nonsense\r\n\r\n',
      '\r\n'.repeat(100_000),
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0xff, 0xff]),
      Buffer.alloc(100_000, 0xff),
      `GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
      `GET /v1/models HTTP/1.1\r\nHost: http://[\r\n\r\n`,
      `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\nContent-Length: x\r\n\r\n`,
      `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ];
    const answers = await Promise.all(attacks.map((attack) => exchange(endpoint, attack)));
    for (const { status } of answers) expect([0, 400, 403, 408, 431]).toContain(status);
    expect((await stage.post(stage.key(), call)).status).toBe(200);
  });

  it('slows down guessing after ten failures, and only the guesses', async () => {
    const stage = await openStage();
    const key = stage.key();
    for (let i = 0; i < 10; i += 1) await stage.post('trk_no', call);
    const startedMs = performance.now();
    const slow = stage.post('trk_no', call).then(() => performance.now() - startedMs);
    expect((await stage.post(key, call)).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(900);
    expect(await slow).toBeGreaterThan(950);
  });

  it('12: ends heads and bodies that never end, and connections that say nothing', async () => {
    const stage = await openStage({ times: { headersMs: 200, requestMs: 400 } });
    const key = stage.key();
    const hosts = `Host: 127.0.0.1:${stage.port}\r\nAuthorization: Bearer ${key}\r\n`;
    const starts = [
      '',
      'POST /v1/messages HTTP/1.1\r\nHo',
      `POST /v1/messages HTTP/1.1\r\n${hosts}Content-Length: 9\r\n\r\n{`,
    ];
    const ended = await Promise.all(
      starts.map(async (start) => {
        const socket = connect({ host: '127.0.0.1', port: stage.port });
        socket.on('error', () => undefined).resume();
        socket.write(start);
        const startedMs = performance.now();
        await new Promise((resolve) => socket.once('close', resolve));
        return performance.now() - startedMs;
      }),
    );
    for (const ms of ended) expect(ms).toBeLessThan(5_000);
    await vi.waitUntil(() => stage.endpoint.running === 0);
    expect((await stage.post(key, call)).status).toBe(200);
  });

  it('12: takes a bounded number of requests, bytes of one and bytes of all', async () => {
    const limits = { requests: 3, requestsPerKey: 2, bodyBytes: 1_000, allBodyBytes: 1_500 };
    const stage = await openStage({ limits });
    const [one, two] = [stage.key('one'), stage.key('two')];
    expect((await stage.post(one, { ...call, pad: 'x'.repeat(2_000) })).status).toBe(413);
    const release = Promise.withResolvers<undefined>();
    stage.script = async (_call, sink) => {
      await release.promise;
      sink.begin(head);
      return answered();
    };
    const running = [stage.post(one, { ...call, pad: 'x'.repeat(800) }), stage.post(one, call)];
    await vi.waitUntil(() => stage.calls.length === 2);
    const ofKey = await stage.post(one, call);
    expect([ofKey.status, (await ofKey.json()) as object]).toMatchObject([429, { code: 'endpoint.busy' }]);
    expect((await stage.post(two, { ...call, pad: 'x'.repeat(800) })).status).toBe(503);
    running.push(stage.post(two, call));
    await vi.waitUntil(() => stage.calls.length === 3);
    expect((await stage.post(two, call)).status).toBe(503);
    release.resolve(undefined);
    for (const response of await Promise.all(running)) expect(response.status).toBe(200);
    expect((await stage.post(one, { ...call, pad: 'x'.repeat(800) })).status).toBe(200);
  });

  it('29: refuses what comes from a Task Router', async () => {
    const stage = await openStage();
    const headers: Headers = [
      ['Host', `127.0.0.1:${stage.port}`],
      ['Authorization', `Bearer ${stage.key()}`],
      ['X-Task-Router-Hop', '1'],
    ];
    expect((await raw(stage, headers)).status).toBe(508);
    expect(stage.calls).toEqual([]);
  });

  it('a request that a reader stumbles over is the client’s fault, one that the service throws on is ours', async () => {
    const stage = await openStage();
    const key = stage.key();
    expect((await stage.post(key, '{')).status).toBe(400);
    expect((await stage.post(key, 'explode')).status).toBe(400);
    expect((await stage.post(key, {})).status).toBe(400);
    stage.script = () => Promise.reject(new Error('boom'));
    const response = await stage.post(key, call);
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('boom')]);
  });
});

describe('lists and counts', () => {
  it('have the form of the vendor whose version header the client sends', async () => {
    const stage = await openStage();
    const url = `http://127.0.0.1:${stage.port}`;
    const authorization = `Bearer ${stage.key()}`;
    const openai = await fetch(`${url}/v1/models`, { headers: { authorization } });
    expect(await openai.json()).toEqual({ form: 'openai-chat', models: ['auto'] });
    const version = { 'anthropic-version': '2023-06-01' };
    const anthropic = await fetch(`${url}/v1/models?limit=20`, { headers: { authorization, ...version } });
    expect(await anthropic.json()).toMatchObject({ form: 'anthropic-messages' });
    const count = await fetch(`${url}/v1/messages/count_tokens?beta=true`, {
      ...{ method: 'POST', body: '{}', headers: { authorization } },
    });
    expect(await count.json()).toEqual({ tokens: 42 });
    expect(
      await (await fetch(`${url}/v1/messages/none`, { headers: { authorization } })).json(),
    ).toMatchObject({
      ...{ form: 'anthropic-messages', status: 404, code: 'endpoint.notFound' },
    });
  });
});

describe('the switch', () => {
  it('is off unless somebody turns it on, and off again at their word', async () => {
    const stage = await openStage({ enabled: false });
    expect(stage.endpoint.view()).toMatchObject({ enabled: false, address: null });
    await expect(stage.post(stage.key(), call)).rejects.toThrow();
    const on = await stage.endpoint.configure({ enabled: true });
    expect(on).toMatchObject({ enabledBy: ['editor'], address: `http://127.0.0.1:${stage.port}` });
    expect((await stage.post(stage.key(), call)).status).toBe(200);
    const other = await freePort();
    expect(await stage.endpoint.configure({ enabled: true, port: other })).toMatchObject({ port: other });
    await expect(stage.post(stage.key(), call)).rejects.toThrow();
    expect(await stage.endpoint.configure({ enabled: false })).toMatchObject({
      enabled: false,
      address: null,
    });
  });

  it('says when another program has the port, and takes it when it is free', async () => {
    const stage = await openStage({ enabled: false });
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(stage.port, '127.0.0.1', resolve));
    const view = await stage.endpoint.configure({ enabled: true });
    expect(view).toMatchObject({ enabled: true, address: null, problem: { code: 'endpoint.portTaken' } });
    expect(view.problem?.next).toContain('taskRouter.endpoint.port');
    expect(stage.lines.join('')).toContain('can’t listen');
    await new Promise((resolve) => squatter.close(resolve));
    await stage.endpoint.settle();
    expect(stage.endpoint.view()).toMatchObject({ problem: null, address: `http://127.0.0.1:${stage.port}` });
  });
});
