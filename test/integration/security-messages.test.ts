/**
 * The attack checklist of the security design, items 11 and 12: what a client that was let in may send, and how much.
 * Real sockets.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { daemonRequests, limits, routeRequest } from '@task-router/protocol';
import { connectToDaemon, readToken } from '@task-router/protocol/node';
import { openClient, startTestServer, until } from '../support/server-fixture.ts';
import { closeCode, openRaw, rawSocket, upgrade } from '../support/server-raw.ts';
import { run } from '../support/server-service.ts';
import { bearer, collect, initialize, serves } from '../support/security-checks.ts';

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
