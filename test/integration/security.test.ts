/**
 * The attack checklist of the security design, one test per item, named after it. Real sockets on both transports;
 * what belongs to the panel, to providers or to the database has its tests there.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { daemonRequests, limits, routeRequest } from '@task-router/protocol';
import {
  type Endpoint,
  type Paths,
  connectToDaemon,
  ensureRuntimeFolder,
  readToken,
  writeDiscovery,
} from '@task-router/protocol/node';
import { parseConfig } from '../../daemon/src/config/load.ts';
import { hello, openClient, startTestServer, until } from '../support/server-fixture.ts';
import { temporaryFolder, temporaryPaths } from '../support/server-home.ts';
import {
  type Headers,
  closeCode,
  exchange,
  hostOf,
  openRaw,
  rawSocket,
  upgrade,
} from '../support/server-raw.ts';
import { run } from '../support/server-service.ts';

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

describe('11: hostile payloads', () => {
  async function open(options?: Parameters<typeof openRaw>[2]) {
    const { server, paths, service } = await startTestServer();
    const socket = await openRaw(server.endpoint, readToken(paths) ?? '', options);
    return { socket, paths, service };
  }

  it('a message longer than allowed closes with 1009', async () => {
    const { socket, paths } = await open();
    const closed = closeCode(socket);
    socket.send('x'.repeat(limits.messageBytes + 1));
    expect(await closed).toBe(1009);
    await serves(paths);
  });

  it('compression is not negotiated, and a compressed frame closes with 1002', async () => {
    const { socket } = await open({ perMessageDeflate: true });
    expect(socket.extensions).toBe('');
    const { server, paths } = await startTestServer();
    const raw = rawSocket(server.endpoint);
    const token = readToken(paths) ?? '';
    raw.write(upgrade([['Host', 'localhost'], bearer(token)]));
    await new Promise((resolve) => raw.once('data', resolve));
    const received: Buffer[] = [];
    raw.on('data', (data) => received.push(data));
    // FIN, RSV1 (compressed), text; masked with zeros, one byte.
    raw.write(Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x41]));
    await new Promise((resolve) => raw.once('close', resolve));
    const frame = Buffer.concat(received);
    expect(frame.readUInt8(0)).toBe(0x88);
    expect(frame.readUInt16BE(2)).toBe(1002);
    await serves(paths);
  });

  it.each([
    ['deep arrays', `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${'['.repeat(500_000)}`],
    ['deep objects', `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${'{"a":'.repeat(500_000)}`],
    [
      'a million values',
      `{"jsonrpc":"2.0","id":1,"method":"initialize","params":[${'0,'.repeat(1_000_000)}0]}`,
    ],
  ])('%s close with 1009 before they are parsed', async (_name, text) => {
    const { socket, paths } = await open();
    const closed = closeCode(socket);
    socket.send(text);
    expect(await closed).toBe(1009);
    await serves(paths);
  });

  it.each([
    ['no JSON', 'hello'],
    ['a truncated object', '{"jsonrpc":"2.0"'],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"initialize"}]'],
    ['a scalar', '5'],
    ['null', 'null'],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"initialize"}'],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"initialize"}'],
    ['a cancellation without an id', '{"jsonrpc":"2.0","method":"$/cancelRequest"}'],
    ['a cancellation of an object', '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":{}}}'],
    ['scalar params', '{"jsonrpc":"2.0","id":1,"method":"initialize","params":5}'],
    ['a method that is no string', '{"jsonrpc":"2.0","id":1,"method":{}}'],
  ])('%s closes with 1007', async (_name, text) => {
    const { socket, paths } = await open();
    const closed = closeCode(socket);
    socket.send(text);
    expect(await closed).toBe(1007);
    await serves(paths);
  });

  it('binary frames close with 1007', async () => {
    const { socket } = await open();
    const closed = closeCode(socket);
    socket.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"initialize"}'), { binary: true });
    expect(await closed).toBe(1007);
  });

  it('__proto__ is an unknown key like any other', async () => {
    const { socket, paths, service } = await open();
    const answers = collect(socket);
    socket.send(initialize());
    await until(() => answers.length === 1);
    socket.send(
      '{"jsonrpc":"2.0","id":2,"method":"router/setKey","params":{"nodeId":"n","source":"environment","__proto__":{"polluted":1}}}',
    );
    socket.send(
      '{"jsonrpc":"2.0","id":3,"method":"router/route","params":{"type":"run","task":{"prompt":"x","constructor":{"prototype":{"polluted":1}}}}}',
    );
    await until(() => answers.length === 3);
    expect(answers.slice(1).map(({ error }) => error?.data.code)).toEqual([
      'request.invalid',
      'request.invalid',
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(service.keys).toEqual([]);
    expect(service.routed).toEqual([]);
    await serves(paths);
  });
});

describe('12: floods', () => {
  it('answers ten thousand requests at once, each with a result or a typed refusal, and serves others meanwhile', async () => {
    const { server, paths } = await startTestServer();
    const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
    const answers = collect(socket);
    socket.send(initialize());
    await until(() => answers.length === 1);
    for (let id = 2; id <= 10_001; id += 1) {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'router/health', params: {} }));
    }
    const startedMs = performance.now();
    await serves(paths);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(answers.length).toBeLessThan(10_001);
    await until(() => answers.length === 10_001);
    const refused = answers.filter(({ error }) => error !== undefined);
    expect(refused.every(({ error }) => error?.data.code === 'task.tooMany')).toBe(true);
  });

  it('runs 32 requests of a connection at a time and refuses the next', async () => {
    const { paths, service } = await startTestServer();
    const release = Promise.withResolvers<undefined>();
    service.script = async ({ client, taskId }) => {
      await release.promise;
      return service.finish(client.clientId, taskId);
    };
    const client = await openClient(paths);
    const running = Array.from({ length: 32 }, () => client.request(routeRequest, run('wait')));
    await until(() => service.routed.length === 32);
    await expect(client.request(daemonRequests.health, {})).rejects.toMatchObject({ code: 'task.tooMany' });
    release.resolve(undefined);
    expect(await Promise.all(running)).toHaveLength(32);
    await client.request(daemonRequests.health, {});
  });

  it('cuts off a reader that does not read, and serves others', async () => {
    const { server, paths, eventLog } = await startTestServer();
    const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
    const answers = collect(socket);
    const clientId = 'slow-reader';
    socket.send(initialize({ clientId }));
    await until(() => answers.length === 1);
    socket.pause();
    // Not text, which would be gathered: things that have to be sent one by one.
    const big = {
      type: 'error' as const,
      taskId: 't',
      error: { code: 'x', message: 'y'.repeat(4_000), next: '' },
    };
    for (let sent = 0; sent < 8_000 && server.clientCount > 0; sent += 1) {
      eventLog.emit(clientId, big);
      if (sent % 100 === 0) await serves(paths);
    }
    await until(() => server.clientCount === 0);
    await serves(paths);
  });

  it('gathers text for a slow reader instead of queueing it', async () => {
    const { server, paths, eventLog } = await startTestServer();
    const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
    const messages = collect(socket);
    const clientId = 'slow-reader';
    socket.send(initialize({ clientId }));
    await until(() => messages.length === 1);
    socket.pause();
    const deltas = 40_000;
    for (let sent = 0; sent < deltas; sent += 1) {
      eventLog.emit(clientId, { type: 'delta', taskId: 't', text: `${sent};`.padStart(200, '.') });
      if (sent % 500 === 0) await delay(1);
    }
    expect(server.clientCount).toBe(1);
    socket.resume();
    const texts = (): string[] =>
      messages.flatMap(({ params }) => (params?.event.type === 'delta' ? [params.event.text] : []));
    await until(
      () =>
        texts()
          .at(-1)
          ?.endsWith(`${deltas - 1};`) === true,
    );
    expect(texts().length).toBeLessThan(deltas);
    expect(texts().join('')).toHaveLength(200 * deltas);
    const numbers = messages.flatMap(({ params }) => (params === undefined ? [] : [params.seq]));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it('hangs up on half-open sockets and on a slow head', async () => {
    const { server, paths } = await startTestServer();
    const silent = Array.from({ length: 20 }, () => rawSocket(server.endpoint));
    const slow = rawSocket(server.endpoint);
    slow.write('GET /v1 HTTP/1.1\r\n');
    const drip = setInterval(() => slow.write('X-A: b\r\n'), 200);
    onTestFinished(() => clearInterval(drip));
    const startedMs = performance.now();
    const closed = [...silent, slow].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await serves(paths);
    await Promise.all(closed);
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    await serves(paths);
  });

  it('refuses the 65th connection with a typed error', async () => {
    const { server, paths } = await startTestServer();
    const token = readToken(paths) ?? '';
    await Promise.all(Array.from({ length: 64 }, () => openRaw(server.endpoint, token)));
    await expect(connectToDaemon({ paths })).rejects.toMatchObject({ code: 'daemon.tooManyConnections' });
    expect(server.clientCount).toBe(64);
  });

  it('hangs up on an authenticated socket that never says who it is', async () => {
    const { server, paths } = await startTestServer({ initializeMs: 50 });
    const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
    expect(await closeCode(socket)).toBe(1008);
  });
});

it('13: a role the client declares', async () => {
  const { server, paths, service } = await startTestServer();
  const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
  const answers = collect(socket);
  socket.send(initialize({ role: 'admin' }));
  await until(() => answers.length === 1);
  expect(answers[0]?.error?.data).toMatchObject({ code: 'request.invalid' });
  expect(answers[0]?.error?.message).toContain('role');
  expect(service.connected).toEqual([]);
  // Nor can a client talk itself into trust after the handshake.
  const untrusted = await openClient(paths, { trusted: false });
  const claim = { ...run('do it'), trusted: true };
  await expect(untrusted.request(routeRequest, claim)).rejects.toMatchObject({ code: 'request.invalid' });
});

it('14: a request with baseUrl, apiKey or headers', async () => {
  const contacted: string[] = [];
  const trap = createHttpServer((request, response) => {
    contacted.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void trap.close());
  const address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/v1`;
  const { paths, service } = await startTestServer();
  const client = await openClient(paths);
  for (const [name, value] of Object.entries({
    baseUrl: address,
    apiKey: 'sk-x',
    headers: { Authorization: 'x' },
  })) {
    const inTask = { type: 'run', task: { prompt: 'x', [name]: value } } as ReturnType<typeof run>;
    const requests = [
      client.request(routeRequest, { ...run('x'), [name]: value }),
      client.request(routeRequest, inTask),
      client.request(daemonRequests.setKey, {
        nodeId: 'openai',
        key: 'k',
        source: 'environment',
        [name]: value,
      }),
    ];
    for (const request of requests) {
      await expect(request).rejects.toMatchObject({
        code: 'request.invalid',
        message: expect.stringContaining(name) as string,
      });
    }
  }
  expect(service.routed).toEqual([]);
  expect(service.keys).toEqual([]);
  expect(contacted).toEqual([]);
});

it('16: an untrusted workspace may look, not route', async () => {
  const { paths, service } = await startTestServer();
  const client = await openClient(paths, { trusted: false });
  await client.request(daemonRequests.health, {});
  await expect(client.request(routeRequest, run('explain'))).rejects.toMatchObject({
    code: 'task.untrusted',
  });
  expect(service.routed).toEqual([]);
});

describe('17: a hostile configuration file', () => {
  it.each([
    ['$ref', '{ "nodes": { "$ref": "http://127.0.0.1:1/nodes.json" } }', 'config.invalidValue'],
    ['an unknown include', '{ "include": ["http://127.0.0.1:1/x"] }', 'config.unknownKey'],
    [
      'an environment reference',
      '{ "nodes": [{ "id": "a", "provider": "openai", "apiKeyEnv": "${env:HOME}" }] }',
      'config.invalidValue',
    ],
    ['10 MB', `{ "nodes": [${' '.repeat(10_000_000)}] }`, 'config.tooLarge'],
    ['deep brackets', '['.repeat(100_000), 'config.malformed'],
    ['deep objects', '{"a":'.repeat(100_000), 'config.malformed'],
    ['__proto__', '{ "__proto__": { "nodes": [] } }', 'config.unknownKey'],
  ])('%s is a diagnostic', (_name, text, code) => {
    const startedMs = performance.now();
    const parsed = parseConfig(text);
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.code)).toContain(code);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe('18: an unsafe runtime folder is refused and named', () => {
  it('a symbolic link', async () => {
    const paths = temporaryPaths();
    const elsewhere = temporaryFolder();
    mkdirSync(dirname(paths.runtimeFolder), { recursive: true });
    symlinkSync(elsewhere, paths.runtimeFolder);
    await refusesFolder(paths);
    expect(existsSync(join(elsewhere, 'token'))).toBe(false);
  });

  it.each([0o777, 0o750, 0o701])('mode %o', async (mode) => {
    const paths = temporaryPaths();
    mkdirSync(paths.runtimeFolder, { recursive: true, mode: 0o700 });
    chmodSync(paths.runtimeFolder, mode);
    await refusesFolder(paths);
    expect(existsSync(paths.tokenFile)).toBe(false);
  });

  it('another owner', () => {
    const paths = temporaryPaths();
    ensureRuntimeFolder(paths);
    const other = statSync(paths.runtimeFolder).uid + 1;
    expect(() => ensureRuntimeFolder(paths, other)).toThrow(
      expect.objectContaining({
        code: 'daemon.runtimeFolderUnsafe',
        message: expect.stringContaining(paths.runtimeFolder) as string,
      }),
    );
  });

  it('a file', async () => {
    const paths = temporaryPaths();
    mkdirSync(dirname(paths.runtimeFolder), { recursive: true });
    writeFileSync(paths.runtimeFolder, '');
    await refusesFolder(paths);
  });
});

it('19: a socket that is not ours gets no token', async () => {
  const { paths, server } = await startTestServer();
  const elsewhere = join(temporaryFolder(), 'link.sock');
  const received: string[] = [];
  const trap = createServer((socket) => socket.on('data', (data) => received.push(data.toString())));
  await new Promise<void>((resolve) => trap.listen(elsewhere, resolve));
  onTestFinished(() => void trap.close());
  if (server.endpoint.kind !== 'pipe') throw new Error('this test needs a socket');
  const isRoot = process.getuid?.() === 0;
  // Only the administrator can give a socket away; everyone else tests the other way in, a link.
  if (isRoot) chownSync(elsewhere, 12_345, 12_345);
  else renameSync(elsewhere, `${elsewhere}.moved`);
  if (!isRoot) symlinkSync(`${elsewhere}.moved`, elsewhere);
  writeDiscovery(paths, {
    schema: 1,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    buildId: 'x',
    daemonVersion: 'x',
    protocolVersions: ['1.0'],
    endpoint: { kind: 'pipe', path: elsewhere },
    tokenFile: paths.tokenFile,
  });
  await expect(connectToDaemon({ paths })).rejects.toMatchObject({ code: 'daemon.runtimeFolderUnsafe' });
  expect(received).toEqual([]);
});

it('20: stale socket, stale daemon.json, reused pid', async () => {
  const paths = temporaryPaths();
  ensureRuntimeFolder(paths);
  // A process that dies without cleaning up leaves its socket behind.
  const dead = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(paths.socketPath)})`,
  ]);
  await until(() => existsSync(paths.socketPath));
  const died = new Promise((resolve) => dead.once('exit', resolve));
  dead.kill('SIGKILL');
  await died;
  // Its number now belongs to somebody else.
  const foreign = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
  onTestFinished(() => void foreign.kill('SIGKILL'));
  writeFileSync(paths.tokenFile, 'A'.repeat(43), { mode: 0o600 });
  writeDiscovery(paths, {
    schema: 1,
    pid: foreign.pid ?? 1,
    startedAt: new Date(0).toISOString(),
    buildId: 'old',
    daemonVersion: '0.0.0',
    protocolVersions: ['1.0'],
    endpoint: { kind: 'pipe', path: paths.socketPath },
    tokenFile: paths.tokenFile,
  });
  await expect(connectToDaemon({ paths })).rejects.toMatchObject({
    code: 'daemon.unreachable',
    details: { reason: 'refused' },
  });
  await startTestServer({ paths });
  await serves(paths);
  expect(foreign.exitCode).toBeNull();
  expect(foreign.signalCode).toBeNull();
});

/** Helpers below; tests above. */

function bearer(token: string): readonly [string, string] {
  return ['Authorization', `Bearer ${token}`];
}

/** A fresh client is welcomed and answered. */
async function serves(paths: Paths): Promise<void> {
  const client = await openClient(paths, { client: 'cli' });
  await client.request(daemonRequests.health, {});
  await client.close();
}

async function refusesFolder(paths: Paths): Promise<void> {
  const refusal = {
    code: 'daemon.runtimeFolderUnsafe',
    message: expect.stringContaining(paths.runtimeFolder) as string,
  };
  await expect(startTestServer({ paths })).rejects.toMatchObject(refusal);
}

interface Incoming {
  readonly id?: number;
  readonly error?: { readonly message: string; readonly data: { readonly code: string } };
  readonly params?: {
    readonly seq: number;
    readonly event: { readonly type: string; readonly text: string };
  };
}

function collect(socket: Awaited<ReturnType<typeof openRaw>>): Incoming[] {
  const messages: Incoming[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Incoming));
  return messages;
}

function initialize(overrides: object = {}): string {
  const initializationOptions = { ...hello(), ...overrides };
  const params = { processId: null, rootUri: null, capabilities: {}, initializationOptions };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
}
