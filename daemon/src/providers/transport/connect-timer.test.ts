/** Connecting has a limit of its own, and it is about connecting alone. Real sockets; the black hole is a full queue. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConnectTimer, connectLimitMs } from './connect-timer.ts';
import { Transport } from './http.ts';
import { ProviderError } from '../provider.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A port on which somebody listens who never accepts: once its queue is full, nobody gets through and nobody is refused. */
async function blackHole(): Promise<number> {
  const code = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`;
  const worker = new Worker(code, { eval: true });
  cleanUps.push(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  const sockets: Socket[] = [];
  cleanUps.push(() => sockets.forEach((socket) => socket.destroy()));
  for (let tries = 0; tries < 20; tries += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    const isIn = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 150, false)),
    ]);
    if (!isIn) return port;
  }
  throw new Error('the queue does not fill up');
}

function transportTo(port: number): Transport {
  return new Transport(
    {
      nodeId: 'n',
      provider: 'openai-compatible',
      baseUrl: `http://127.0.0.1:${port}`,
      apiKey: null,
      models: [],
    },
    { keyHeader: 'authorization', defaultPath: '/v1', rules: {}, neverStreamed: null },
  );
}

const ask = (port: number, signal = AbortSignal.timeout(20_000)) =>
  transportTo(port).json('models', z.object({}), { signal });

describe('connecting', () => {
  // Windows refuses where others fall silent.
  it.skipIf(process.platform === 'win32')(
    'to a black hole ends within its own limit, as a connection that never came about',
    async () => {
      const port = await blackHole();
      const startedAt = performance.now();
      const failure = await ask(port).catch((thrown: unknown) => thrown);
      expect(failure).toBeInstanceOf(ProviderError);
      expect(failure).toMatchObject({
        kind: 'network',
        connected: false,
        message: `127.0.0.1:${port} could not be reached within ${connectLimitMs.local} ms.`,
      });
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(connectLimitMs.local - 20);
      // Generous for a busy machine, and far below any patience for a first token.
      expect(performance.now() - startedAt).toBeLessThan(4_000);
    },
  );

  it('is not what a server takes to think: a silent one is waited for', async () => {
    const server = createServer((_, response) => {
      setTimeout(() => response.end('{}'), connectLimitMs.local + 400);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    expect(await ask(port)).toEqual({});
    // The second call reuses the connection: there is nothing to time.
    expect(await ask(port)).toEqual({});
  });

  it.skipIf(process.platform === 'win32')(
    'ends with the caller’s own word when the caller gives up first',
    async () => {
      const port = await blackHole();
      const reason = new Error('changed my mind');
      const giveUp = new AbortController();
      const asked = ask(port, giveUp.signal);
      giveUp.abort(reason);
      await expect(asked).rejects.toBe(reason);
    },
  );

  it('elsewhere has a longer limit than on this machine', () => {
    expect(new ConnectTimer('http://127.0.0.1:1').limitMs).toBe(connectLimitMs.local);
    expect(new ConnectTimer('https://api.example.com/v1').limitMs).toBe(connectLimitMs.remote);
  });
});
