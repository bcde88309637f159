/** A demo server as a server: bounds, a client that leaves, a slow reader, the log, the control endpoint, its end. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { controlTokenHeader } from './control.ts';
import { startDemoFleet } from './fleet.ts';
import type { DemoFleet } from './fleet.ts';
import { demoProfiles, demoServerIds, flakyFaults } from './profiles.ts';
import { startDemoServer } from './server.ts';
import type { DemoServer, DemoServerOptions } from './server.ts';

const servers: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function fastServer(options: DemoServerOptions = {}): Promise<DemoServer> {
  const server = await startDemoServer(demoProfiles['demo-fast'], { speed: 0, ...options });
  servers.push(server);
  return server;
}

async function fleetWith(options: Parameters<typeof startDemoFleet>[0] = {}): Promise<DemoFleet> {
  const fleet = await startDemoFleet({ speed: 0, ...options });
  servers.push({ stop: fleet.dispose });
  return fleet;
}

const chat = JSON.stringify({
  model: 'demo-mini',
  stream: true,
  messages: [{ role: 'user', content: 'Hello' }],
});

function ask(server: DemoServer, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.baseUrl}/chat/completions`, { method: 'POST', body: chat, ...init });
}

describe('bounds', () => {
  it('refuses a body over 32 MB with the format’s own error, and lives on', async () => {
    const server = await fastServer();
    const response = await ask(server, { body: new Uint8Array(33 * 1024 * 1024) });
    expect([response.status, await response.text()]).toEqual([
      413,
      expect.stringContaining('request_too_large'),
    ]);
    expect((await ask(server)).status).toBe(200);
  });

  it('survives what is no HTTP, and a client that leaves within its body', async () => {
    const server = await fastServer();
    const port = Number(new URL(server.baseUrl).port);
    const garbage = connect(port, '127.0.0.1').on('error', () => undefined);
    garbage.end('\u0000\u0001 not http\r\n\r\n');
    garbage.resume();
    await once(garbage, 'close');
    const half = connect(port, '127.0.0.1');
    half.write('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"model"');
    await vi.waitFor(() => expect(server.log().length).toBe(1));
    half.destroy();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ end: 'aborted' }));
    expect((await ask(server)).status).toBe(200);
  });
});

describe('a client', () => {
  it('that leaves in mid-stream is noticed at once, and nothing more is sent', async () => {
    const server = await fastServer({ answer: () => 'word '.repeat(10_000), speed: 1 });
    const controller = new AbortController();
    const response = await ask(server, { signal: controller.signal });
    await response.body!.getReader().read();
    // A chunk counts once it was flushed, which the server may learn after the client has read it.
    await vi.waitFor(() => expect(server.log()[0]!.chunksSent).toBeGreaterThan(0));
    const abortedAtMs = Date.now();
    controller.abort();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ end: 'aborted', fault: 'none' }));
    const { endedAtMs, chunksSent } = server.log()[0]!;
    // The answer itself would take minutes.
    expect(endedAtMs! - abortedAtMs).toBeLessThan(1_000);
    expect(chunksSent).toBeGreaterThan(0);
    await (await ask(server, { body: chat.replace('Hello', 'Hi') })).body!.cancel();
    expect(server.log()[0]!.chunksSent).toBe(chunksSent);
  });

  it('that does not read holds the server back', async () => {
    const server = await fastServer({
      answer: () => 'word '.repeat(3_000_000).slice(0, 16_384),
      faults: [{ kind: 'endless' }],
    });
    const socket = connect(Number(new URL(server.baseUrl).port), '127.0.0.1');
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${chat.length}\r\n\r\n${chat}`,
    );
    const sent = (): number => server.log()[0]?.responseBytes ?? 0;
    // The kernel's buffers fill up; from then on two looks in a row see the same number.
    let before = -1;
    await vi.waitFor(
      () => {
        const now = sent();
        const stuck = now > 0 && now === before;
        before = now;
        expect(stuck).toBe(true);
      },
      { timeout: 15_000, interval: 200 },
    );
    const stuckAt = sent();
    socket.resume();
    await vi.waitFor(() => expect(sent()).toBeGreaterThan(stuckAt));
    socket.destroy();
  });
});

describe('speed', () => {
  it('keeps the pace of the profile at 1 and a tenth of it at 10', async () => {
    const profile = { ...demoProfiles['demo-fast'], firstChunkMs: 200, chunkMs: 0 };
    const waitedMs = async (speed: number): Promise<number> => {
      const server = await startDemoServer(profile, { speed });
      servers.push(server);
      await (await ask(server)).text();
      const { firstChunkAtMs, receivedAtMs } = server.log()[0]!;
      return firstChunkAtMs! - receivedAtMs;
    };
    expect(await waitedMs(1)).toBeGreaterThanOrEqual(195);
    const [ten, zero] = [await waitedMs(10), await waitedMs(0)];
    expect(ten).toBeGreaterThanOrEqual(18);
    expect(ten).toBeLessThan(195);
    expect(zero).toBeLessThan(195);
  });
});

describe('the log', () => {
  it('holds what was asked and done, and no credential', async () => {
    const server = await fastServer();
    const headers = {
      authorization: 'Bearer sk-very-secret',
      'x-odd': 'also-secret',
      'content-type': 'application/json',
    };
    const response = await ask(server, { headers });
    const text = await response.text();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ end: 'answered' }));
    expect(server.log()).toEqual([
      expect.objectContaining({
        number: 1,
        method: 'POST',
        path: '/v1/chat/completions',
        model: 'demo-mini',
        stream: true,
        fault: 'none',
        status: 200,
        requestBytes: Buffer.byteLength(chat),
        responseBytes: Buffer.byteLength(text),
      }),
    ]);
    expect(server.log()[0]!.headers).toMatchObject({
      authorization: '(21 characters)',
      'content-type': 'application/json',
    });
    expect(JSON.stringify(server.log())).not.toContain('secret');
  });
});

describe('the control endpoint', () => {
  const control = (
    server: DemoServer,
    path: string,
    body?: object,
    token = server.controlToken,
  ): Promise<Response> =>
    fetch(`${server.controlUrl}/${path}`, {
      headers: { [controlTokenHeader]: token },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  const statuses = async (server: DemoServer, count: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let index = 0; index < count; index++) seen.push((await ask(server)).status);
    return seen;
  };

  it('opens only to the token of its starter', async () => {
    const server = await fastServer();
    expect((await control(server, 'log', undefined, 'wrong')).status).toBe(403);
    expect((await fetch(`${server.controlUrl}/log`)).status).toBe(403);
    expect((await control(server, 'faults', { action: 'clear' }, '')).status).toBe(403);
    expect((await control(server, 'log')).status).toBe(200);
  });

  it('appends, replaces, repeats and clears faults', async () => {
    const server = await fastServer();
    const status = (code: number): object => ({ kind: 'status', status: code });
    await control(server, 'faults', { action: 'append', faults: [status(500), status(503)] });
    await control(server, 'faults', { action: 'append', faults: [status(429)] });
    expect(await statuses(server, 4)).toEqual([500, 503, 429, 200]);
    await control(server, 'faults', { action: 'append', faults: [status(500)] });
    await control(server, 'faults', {
      action: 'replace',
      faults: [status(401), { kind: 'none' }],
      repeat: true,
    });
    expect(await statuses(server, 3)).toEqual([401, 200, 401]);
    await control(server, 'faults', { action: 'clear' });
    expect(await statuses(server, 2)).toEqual([200, 200]);
  });

  it('returns the log over the wire', async () => {
    const server = await fastServer();
    await (await ask(server)).text();
    await vi.waitFor(async () => {
      expect(await (await control(server, 'log')).json()).toMatchObject({
        id: 'demo-fast',
        requests: [{ number: 1, end: 'answered' }],
      });
    });
  });

  it('says what is wrong with a request, and changes nothing', async () => {
    const server = await fastServer();
    const unknown = await control(server, 'faults', { action: 'append', faults: [{ kind: 'explode' }] });
    expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining('faults')]);
    expect((await control(server, 'faults', { action: 'explode' })).status).toBe(400);
    expect((await control(server, 'nothing')).status).toBe(404);
    expect(await statuses(server, 1)).toEqual([200]);
  });
});

describe('stopping', () => {
  it('cuts connections, frees the port, and tells who was there', async () => {
    const server = await fastServer({ faults: [{ kind: 'hang' }] });
    const hanging = ask(server);
    hanging.catch(() => undefined);
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ fault: 'hang' }));
    await Promise.all([server.stop(), server.stop(), server.stopped]);
    await expect(hanging).rejects.toThrow();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ end: 'stopped' }));
    await expect(ask(server)).rejects.toThrow();
    const again = await fastServer({ port: Number(new URL(server.baseUrl).port) });
    expect(again.baseUrl).toBe(server.baseUrl);
  });
});

describe('the fleet', () => {
  it('starts three servers of three kinds under base URLs as their providers expect them', async () => {
    const { servers: started, controlToken } = await fleetWith();
    expect(started.map(({ id, provider }) => [id, provider])).toEqual([
      ['demo-fast', 'openai-compatible'],
      ['demo-strong', 'anthropic'],
      ['demo-flaky', 'ollama'],
    ]);
    expect(started.map(({ baseUrl }) => /^http:\/\/127\.0\.0\.1:\d+(\/v1)?$/.exec(baseUrl)?.[1])).toEqual([
      '/v1',
      '/v1',
      undefined,
    ]);
    expect(
      started.every((server) => server.controlToken === controlToken && controlToken.length === 32),
    ).toBe(true);
    expect((await fleetWith()).controlToken).not.toBe(controlToken);
  });

  it('takes faults by server and is gone after dispose', async () => {
    const fleet = await fleetWith({ faults: { 'demo-fast': { repeat: [{ kind: 'status', status: 503 }] } } });
    expect((await ask(fleet.server('demo-fast'))).status).toBe(503);
    await fleet.dispose();
    for (const id of demoServerIds) await expect(fetch(fleet.server(id).baseUrl)).rejects.toThrow();
  });

  it('leaves nothing running when one port is taken', async () => {
    const taken = await fastServer();
    const port = Number(new URL(taken.baseUrl).port);
    const free = await fastServer();
    const freePort = Number(new URL(free.baseUrl).port);
    await free.stop();
    await expect(
      startDemoFleet({ ports: { 'demo-strong': port, 'demo-fast': freePort } }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect((await fastServer({ port: freePort })).baseUrl).toContain(String(freePort));
  });

  it('has a flaky member that fails one of every three requests, as its seed says', () => {
    const kindsOf = (seed: number): string[] => {
      const plan = flakyFaults(seed);
      if (typeof plan !== 'function') throw new Error('expected a function');
      const request = { method: 'POST', path: '/api/chat', model: 'demo-wobbly:latest', stream: true };
      return Array.from({ length: 30 }, (_, index) => plan({ ...request, index }).kind);
    };
    const kinds = kindsOf(1);
    for (let at = 0; at < 30; at += 3)
      expect(kinds.slice(at, at + 3).filter((kind) => kind !== 'none').length).toBe(1);
    expect(kinds.slice(0, 3).findIndex((kind) => kind !== 'none')).toBe(1);
    expect(kindsOf(1)).toEqual(kinds);
    expect(kindsOf(2)).not.toEqual(kinds);
  });
});
