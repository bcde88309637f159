/**
 * The attack checklist of the security design, items 1 to 10, one test per item, named after it: who is let in. Real
 * sockets on both transports.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Endpoint, type Paths, readToken } from '@task-router/protocol/node';
import { startTestServer } from '../support/server-fixture.ts';
import { temporaryPaths } from '../support/server-home.ts';
import { type Headers, exchange, hostOf, upgrade } from '../support/server-raw.ts';
import { bearer, serves } from '../support/security-checks.ts';

describe.each(['auto', 'tcp'] as const)('handshake over %s', (transport) => {
  async function start(
    options: { headersMs?: number } = {},
  ): Promise<{ endpoint: Endpoint; token: string; good: Headers; paths: Paths }> {
    const { server, paths } = await startTestServer({ transport, ...options });
    const token = readToken(paths) ?? '';
    const { endpoint } = server;
    expect(endpoint.kind).toBe(transport === 'tcp' ? 'tcp' : 'pipe');
    return { endpoint, token, paths, good: [['Host', hostOf(endpoint)], bearer(token)] };
  }

  it('lets the right token in, so that every refusal below has one cause', async () => {
    const { endpoint, good } = await start();
    expect((await exchange(endpoint, upgrade(good))).status).toBe(101);
  });

  it('1: no token', async () => {
    const { endpoint } = await start();
    expect((await exchange(endpoint, upgrade([['Host', hostOf(endpoint)]]))).status).toBe(401);
  });

  it('2: wrong, short, long, unicode token', async () => {
    const { endpoint, token } = await start();
    const flipped = (token.startsWith('A') ? 'B' : 'A') + token.slice(1);
    const values = [
      ...[flipped, token.slice(1), `${token}A`, '', 'ü'.repeat(43), `${token.slice(0, 42)}=`].map(
        (t) => `Bearer ${t}`,
      ),
      token,
      `bearer ${token}`,
      `Basic ${token}`,
    ];
    const statuses = values.map(async (value) => {
      return (
        await exchange(
          endpoint,
          upgrade([
            ['Host', hostOf(endpoint)],
            ['Authorization', value],
          ]),
        )
      ).status;
    });
    expect(await Promise.all(statuses)).toEqual(values.map(() => 401));
  });

  it('2: two Authorization headers, the second one right', async () => {
    const { endpoint, token } = await start();
    const headers: Headers = [['Host', hostOf(endpoint)], bearer('A'.repeat(43)), bearer(token)];
    expect((await exchange(endpoint, upgrade(headers))).status).toBe(401);
  });

  it('3: old token after restart or rotation', async () => {
    const paths = temporaryPaths();
    const first = await startTestServer({ transport, paths });
    const old = readToken(paths) ?? '';
    await first.server.dispose();
    expect(existsSync(paths.tokenFile)).toBe(false);
    const { server } = await startTestServer({ transport, paths });
    expect(readToken(paths)).not.toBe(old);
    const headers: Headers = [['Host', hostOf(server.endpoint)], bearer(old)];
    expect((await exchange(server.endpoint, upgrade(headers))).status).toBe(401);
  });

  it('4: token in the query string', async () => {
    const { endpoint, token } = await start();
    const headers: Headers = [['Host', hostOf(endpoint)]];
    expect((await exchange(endpoint, upgrade(headers, `/v1?token=${token}`))).status).toBe(404);
  });

  it('5: right token with an Origin', async () => {
    const { endpoint, good } = await start();
    const origins = ['https://evil', 'null', 'vscode-webview://x', 'http://localhost:3000', ''];
    const statuses = origins.map(async (origin) => {
      return (await exchange(endpoint, upgrade([...good, ['Origin', origin]]))).status;
    });
    expect(await Promise.all(statuses)).toEqual(origins.map(() => 403));
  });

  it('6: foreign, missing and duplicated Host; absolute URI', async () => {
    const { endpoint, token } = await start();
    const port = endpoint.kind === 'tcp' ? `:${endpoint.port}` : '';
    const status = async (headers: Headers, target?: string): Promise<number> =>
      (await exchange(endpoint, upgrade([...headers, bearer(token)], target))).status;
    const foreign = [
      ...[
        'evil.example',
        '127.evil.example',
        'localhost.evil',
        '127.0.0.1.',
        '2130706433',
        '[::ffff:127.0.0.1]',
      ],
      ...['127.0.0.2', '0.0.0.0', ''],
    ].map((host) => `${host}${port}`);
    const wrongPort = ['localhost:1', '127.0.0.1:99999', ...(port === '' ? [] : ['localhost', '127.0.0.1'])];
    const refused = [...foreign, ...wrongPort].map(async (host) => ({
      host,
      status: await status([['Host', host]]),
    }));
    expect(await Promise.all(refused)).toEqual(
      [...foreign, ...wrongPort].map((host) => ({ host, status: 403 })),
    );
    const ours = hostOf(endpoint);
    const evil = 'evil.example';
    const others = [
      status([]),
      status([
        ['Host', ours],
        ['Host', evil],
      ]),
      status([
        ['Host', evil],
        ['Host', ours],
      ]),
      status([['Host', ours]], `http://${ours}/v1`),
    ];
    expect(await Promise.all(others)).toEqual([400, 400, 400, 404]);
    expect(await status([['Host', `[::1]${port}`]])).toBe(101);
  });

  it('7: malformed headers, garbage, TLS bytes, a head of 40 KB', async () => {
    const { endpoint, good, token, paths } = await start({ headersMs: 300 });
    const attacks: (string | Buffer)[] = [
      upgrade([['Host', 'http://['], bearer(token)]),
      upgrade([['Host', '\u0000'], bearer(token)]),
      upgrade([...good, ['Origin', 'http://[']]),
      upgrade(good).replace(/Sec-WebSocket-Key: .*/, 'Sec-WebSocket-Key: ???'),
      upgrade(good).replace('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 99'),
      upgrade(good).replace('GET', 'POST'),
      'nonsense\r\n\r\n',
      '\r\n'.repeat(100_000),
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0xff, 0xff]),
      Buffer.alloc(100_000, 0xff),
      upgrade([...good, ['X-Padding', 'x'.repeat(40_000)]]),
    ];
    const answers = await Promise.all(attacks.map((attack) => exchange(endpoint, attack)));
    for (const { status } of answers) expect([0, 400, 401, 403, 404, 405, 426, 431]).toContain(status);
    await serves(paths);
  });

  it('8: Sec-Fetch-Site', async () => {
    const { endpoint, good } = await start();
    for (const header of [
      ['Sec-Fetch-Site', 'cross-site'],
      ['sec-fetch-mode', 'websocket'],
    ] as const) {
      expect((await exchange(endpoint, upgrade([...good, header]))).status).toBe(403);
    }
  });

  it('9: plain HTTP', async () => {
    const { endpoint, good } = await start();
    const lines = good.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    for (const method of ['GET', 'POST', 'OPTIONS', 'PUT', 'DELETE']) {
      for (const path of ['/', '/v1', '/health', '/../../etc/passwd']) {
        const { status, text } = await exchange(endpoint, `${method} ${path} HTTP/1.1\r\n${lines}\r\n`);
        expect(status).toBe(404);
        expect(text.toLowerCase()).not.toMatch(/access-control|server:|task.router|x-powered/);
      }
    }
  });

  it('10: a foreign name that resolves to this machine, with our port', async () => {
    const { endpoint, token } = await start();
    const port = endpoint.kind === 'tcp' ? endpoint.port : 80;
    const headers: Headers = [['Host', `rebind.evil.example:${port}`], bearer(token)];
    expect((await exchange(endpoint, upgrade(headers))).status).toBe(403);
  });

  it('slows down guessing after ten failures, and only the guesses', async () => {
    const { endpoint, good } = await start();
    const guess = (): Promise<unknown> => exchange(endpoint, upgrade([['Host', hostOf(endpoint)]]));
    for (let i = 0; i < 10; i += 1) await guess();
    const startedMs = performance.now();
    const slow = guess().then(() => performance.now() - startedMs);
    expect((await exchange(endpoint, upgrade(good))).status).toBe(101);
    expect(performance.now() - startedMs).toBeLessThan(900);
    expect(await slow).toBeGreaterThan(950);
  });
});
