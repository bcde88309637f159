/** Where calls may go by name. The resolver is a hostile one, the sockets are real. */
import dns from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { guardedLookup } from './allowed-address.ts';
import { Transport } from './http.ts';
import { createProvider } from '../registry.ts';

/** From now on every name leads to what `answer` says, in this order; the last one stands. */
function resolveTo(...answers: readonly (readonly string[])[]): void {
  let asked = 0;
  const lookup = (
    _name: string,
    _options: object,
    done: (error: null, all: LookupAddress[]) => void,
  ): void => {
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    process.nextTick(done, null, all);
  };
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
  onTestFinished(() => spy.mockRestore());
}

describe('a name', () => {
  const look = (baseUrl: string, all: boolean) =>
    new Promise((resolve) =>
      guardedLookup(baseUrl)('name', { all }, (error, address, family) => {
        resolve(error === null ? [address, family] : error.message);
      }),
    );

  it('is given as it is asked for, all of it or the first', async () => {
    resolveTo(['10.0.0.5', 'fd12::1']);
    const all = [
      { address: '10.0.0.5', family: 4 },
      { address: 'fd12::1', family: 6 },
    ];
    expect(await look('https://box.example', true)).toEqual([all, undefined]);
    expect(await look('https://box.example', false)).toEqual(['10.0.0.5', 4]);
  });

  it('is refused with one wrong answer among right ones', async () => {
    resolveTo(['10.0.0.5', '169.254.169.254']);
    for (const all of [true, false])
      expect(await look('https://box.example', all)).toContain('169.254.169.254');
  });

  it('of this machine is of no other', async () => {
    resolveTo(['10.0.0.5']);
    expect(await look('http://localhost:1234', false)).toContain('10.0.0.5');
    resolveTo(['::1', '127.0.0.1']);
    expect(await look('http://localhost:1234', false)).toEqual(['::1', 6]);
  });

  it('that changes its mind is asked again for each connection', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(200, { connection: 'close' }).end('{}');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const baseUrl = `http://localhost:${port}`;
    const endpoint = {
      nodeId: 'n',
      provider: 'openai-compatible',
      apiKey: 'sk-0123456789',
      models: [],
    } as const;
    const transport = new Transport(
      { ...endpoint, baseUrl },
      { keyHeader: 'authorization', defaultPath: '/v1', rules: {}, neverStreamed: null },
    );
    resolveTo(['127.0.0.1'], ['169.254.169.254']);
    const ask = () => transport.json('models', z.object({}), { signal: AbortSignal.timeout(5_000) });
    expect(await ask()).toEqual({});
    await expect(ask()).rejects.toMatchObject({ kind: 'network', connected: false });
    await expect(ask()).rejects.toThrow(/leads to 169\.254\.169\.254/);
    expect(asked).toBe(1);
  });

  it('is asked for a call that passes through as well', async () => {
    resolveTo(['192.0.2.7']);
    const endpoint = { nodeId: 'n', provider: 'openai-compatible', apiKey: null, models: [] } as const;
    const { forward } = createProvider({ ...endpoint, baseUrl: 'http://localhost:9' });
    const body = Buffer.from('{"model":"m"}');
    const failed = await new Promise<Error | null>((resolve) => {
      const nothing = { accepted: () => undefined, piece: () => true, alive: () => undefined };
      forward?.send(
        { modelId: 'm', body, modelAt: [9, 12], headers: {}, streams: true },
        { ...nothing, finished: () => resolve(null), failed: resolve },
      );
    });
    expect(failed).toMatchObject({ kind: 'network', connected: false });
    expect(failed?.message).toContain('leads to 192.0.2.7');
  });
});
