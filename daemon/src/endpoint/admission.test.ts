/** The attack checklist of the security design as far as it is about a port; the numbers are the checklist's. */
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { answered, head, openStage } from '../../../test/support/endpoint-stage.ts';
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
