/** The guards around every call, against real servers. What a whole provider makes of them is in test/conformance. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { afterEach, describe, expect, it } from 'vitest';
import { Transport } from './http.ts';
import type { Wire } from './http.ts';
import { ProviderError } from '../provider.ts';

const key = 'canary-key-1234567890';
const servers: Server[] = [];
const wire: Wire = { keyHeader: 'authorization', defaultPath: '/v1', rules: {}, neverStreamed: /json/ };

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function transportTo(baseUrl: string, apiKey: string | null = key, changes: Partial<Wire> = {}): Transport {
  return new Transport(
    { nodeId: 'n', provider: 'openai-compatible', baseUrl, apiKey, models: [] },
    { ...wire, ...changes },
  );
}

function ask(transport: Transport, path = 'models'): Promise<unknown> {
  return transport.json(path, z.object({ ok: z.boolean() }), { signal: AbortSignal.timeout(5_000) });
}

async function failureOf(promise: Promise<unknown>): Promise<ProviderError> {
  const thrown = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ProviderError);
  return thrown as ProviderError;
}

describe('Transport', () => {
  it('puts on the key, in the way of the wire, and takes off any other', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const origin = await serve((request, response) => {
      seen.push(request.headers);
      response.end('{"ok":true}');
    });
    await ask(transportTo(origin));
    await ask(transportTo(origin, key, { keyHeader: 'x-api-key', headers: { 'anthropic-version': '1' } }));
    await ask(transportTo(origin, null));
    const call = transportTo(origin).open(new AbortController().signal);
    await call.fetch(`${origin}/v1/chat`, {
      headers: { Authorization: 'Bearer placeholder', Cookie: 'a=b', 'x-goog-api-key': 'placeholder' },
    });
    call.close();
    expect(seen[0]).toMatchObject({ authorization: `Bearer ${key}`, 'user-agent': 'task-router' });
    expect(seen[1]).toMatchObject({ 'x-api-key': key, 'anthropic-version': '1' });
    expect(seen[1]).not.toHaveProperty('authorization');
    expect(seen[2]).not.toHaveProperty('authorization');
    expect(seen[3]).toMatchObject({ authorization: `Bearer ${key}` });
    expect(JSON.stringify(seen[3])).not.toMatch(/placeholder|a=b/);
  });

  it('gives a bare address the usual path, and leaves any other as it is', () => {
    expect(transportTo('http://127.0.0.1:1234').baseUrl).toBe('http://127.0.0.1:1234/v1');
    expect(transportTo('http://127.0.0.1:1234/').baseUrl).toBe('http://127.0.0.1:1234/v1');
    expect(transportTo('https://host.example/api/v1/').baseUrl).toBe('https://host.example/api/v1');
  });

  it('sends nothing to another origin, whatever names it', async () => {
    let visits = 0;
    const other = await serve((_request, response) => {
      visits += 1;
      response.end('{"ok":true}');
    });
    const transport = transportTo(await serve((_request, response) => void response.end('{"ok":true}')));
    const call = transport.open(new AbortController().signal);
    for (const url of [
      other,
      `${other}/v1/models`,
      'https://elsewhere.example/v1',
      'file:///etc/passwd',
      'no address',
      '//elsewhere.example/v1',
    ]) {
      expect((await failureOf(call.fetch(url))).kind, url).toBe('badRequest');
    }
    call.close();
    expect((await failureOf(ask(transport, `//${new URL(other).host}/v1/models`))).kind).toBe('badRequest');
    expect(visits).toBe(0);
  });

  it('sends no key in clear text to another machine', async () => {
    const error = await failureOf(ask(transportTo('http://models.example/v1')));
    expect(error.message).toContain('https');
  });

  it.each(['key\r\nx-injected: 1', 'key\nwith newline', 'ke\u0000y', 'schlüssel-✓'])(
    'calls nobody with a key that no header can carry',
    async (bad) => {
      let visits = 0;
      const origin = await serve((_request, response) => {
        visits += 1;
        response.end('{"ok":true}');
      });
      const error = await failureOf(ask(transportTo(origin, bad)));
      expect(error.kind).toBe('auth');
      expect(`${error.message} ${error.stack ?? ''}`).not.toContain(bad);
      expect(visits).toBe(0);
    },
  );

  it('refuses a malformed header without quoting it', async () => {
    const origin = await serve((_request, response) => void response.end('{"ok":true}'));
    const call = transportTo(origin).open(new AbortController().signal);
    const error = await failureOf(call.fetch(`${origin}/v1/x`, { headers: { 'x-a': 'secret\r\nx-b: 1' } }));
    expect(error.message).not.toContain('secret');
    call.close();
  });

  it('reads no more of a list than the bound, and no more of an error than it needs', async () => {
    const origin = await serve((request, response) => {
      response.writeHead(request.url === '/v1/fail' ? 500 : 200);
      const send = (): void => {
        while (response.write('x'.repeat(256 * 1024)));
      };
      response.on('drain', send);
      send();
    });
    const transport = transportTo(origin);
    expect((await failureOf(ask(transport))).kind).toBe('server');
    const error = await failureOf(ask(transport, 'fail'));
    expect(error.kind).toBe('server');
    expect(error.body.length).toBeLessThanOrEqual(4_000);
  });

  it('takes an error body that never ends by what it said', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(429, { 'retry-after': '9' });
      response.write('{"error":{"message":"slow down","code":"rate_limit_exceeded"}}');
    });
    const error = await failureOf(ask(transportTo(origin)));
    expect(error).toMatchObject({ kind: 'rateLimit', retryAfterMs: 9_000 });
  });

  it('keeps response headers that are harmless, and the key out of them', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(500, {
        'x-request-id': 'req_1',
        'x-echo': `Bearer ${key}`,
        'x-raw': key,
        'set-cookie': 'session=1',
      });
      response.end();
    });
    const { headers } = await failureOf(ask(transportTo(origin)));
    expect(headers['x-request-id']).toBe('req_1');
    expect(headers).not.toHaveProperty('set-cookie');
    expect(JSON.stringify(headers)).not.toContain(key);
  });

  it('passes the reason of an abort on', async () => {
    const origin = await serve(() => undefined);
    const abort = new AbortController();
    const pending = transportTo(origin).json('models', z.unknown(), { signal: abort.signal });
    abort.abort(new Error('my reason'));
    await expect(pending).rejects.toThrow('my reason');
  });

  it('cuts off a stream whose events never end', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (): void => {
        while (response.write('y'.repeat(512 * 1024)));
      };
      response.on('drain', send);
      send();
    });
    const call = transportTo(origin).open(new AbortController().signal);
    const response = await call.fetch(`${origin}/v1/chat`);
    const error = await failureOf(response.text());
    expect(error.message).toContain('without end');
    expect(call.tap.bytes).toBeLessThan(16 * 1024 * 1024);
    call.close();
  });
});
