/** Calls through a real proxy, to a server that only the proxy can find: both ways in which calls are made. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { ProxySettings } from '@task-router/protocol';
import { createTestAuthority } from '../../../../test/support/test-authority.ts';
import { startTunnelProxy } from '../../../../test/support/tunnel-proxy.ts';
import type { TunnelProxy, TunnelProxyOptions } from '../../../../test/support/tunnel-proxy.ts';
import { Connector } from './connector.ts';
import { Transport } from './http.ts';
import { ProviderError } from '../provider.ts';
import type { Provider } from '../provider.ts';
import { Proxies } from './proxies.ts';
import { createProvider } from '../registry.ts';

const authority = createTestAuthority();
const before = getCACertificates('default');
const cleanUps: (() => unknown)[] = [];
beforeAll(() => setDefaultCACertificates([...before, authority.certificate]));
afterAll(() => {
  setDefaultCACertificates(before);
  authority.dispose();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const key = 'canary-key-1234567890';
const baseUrl = 'https://api.example.test/v1';

async function proxyTo(listener: RequestListener, options: TunnelProxyOptions = {}): Promise<TunnelProxy> {
  const port = await authority.serve(listener);
  const proxy = await startTunnelProxy({ to: { 'api.example.test': port }, ...options });
  cleanUps.push(() => proxy.stop());
  return proxy;
}

function connectorTo(proxy: string, changes: Partial<ProxySettings> = {}): Connector {
  const settings = { source: 'HTTPS_PROXY', url: `http://${proxy}`, authorization: null, noProxy: [] };
  const connector = new Connector(new Proxies({ ...settings, ...changes }));
  cleanUps.push(() => connector.close());
  return connector;
}

function endpoint(connector: Connector, url = baseUrl) {
  return {
    nodeId: 'n',
    provider: 'openai-compatible',
    baseUrl: url,
    apiKey: key,
    models: [],
    connector,
  } as const;
}

/** By `fetch`. */
async function ask(connector: Connector, url = baseUrl): Promise<unknown> {
  const wire = { keyHeader: 'authorization', defaultPath: '/v1', rules: {}, neverStreamed: null } as const;
  const transport = new Transport(endpoint(connector, url), wire);
  return transport.json('models', z.object({ ok: z.boolean() }), { signal: AbortSignal.timeout(10_000) });
}

/** One for each connector: a provider keeps the connections of its own. */
const passing = new WeakMap<Connector, Provider>();

/** By bytes that pass through; resolves with the text, rejects with the failure. */
function pass(connector: Connector, url = baseUrl, onPiece: () => void = () => undefined): Promise<string> {
  const provider = passing.get(connector) ?? createProvider(endpoint(connector, url));
  passing.set(connector, provider);
  const body = Buffer.from('{"model":"m","stream":true}');
  let text = '';
  return new Promise((resolve, reject) => {
    provider.forward?.send(
      { modelId: 'm', body, modelAt: [9, 12], headers: {}, streams: true },
      {
        accepted: () => undefined,
        piece(piece) {
          text += piece.text;
          onPiece();
          return true;
        },
        alive: () => undefined,
        finished: () => resolve(text),
        failed: reject,
      },
    );
  });
}

const both = [
  ['fetch', ask],
  ['bytes that pass through', pass],
] as const;

function event(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
}

const answer: RequestListener = (request, response) => {
  if (request.method === 'GET') return void response.end('{"ok":true}');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(event('far '));
  response.write(event('away'));
  response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
};

async function failureOf(promise: Promise<unknown>): Promise<ProviderError> {
  const thrown: unknown = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ProviderError);
  return thrown as ProviderError;
}

describe('through a proxy', () => {
  it('calls reach a server that this machine can’t find, over kept tunnels', async () => {
    const keys: unknown[] = [];
    const proxy = await proxyTo((request, response) => {
      keys.push(request.headers.authorization);
      answer(request, response);
    });
    const connector = connectorTo(proxy.host);
    for (let calls = 0; calls < 5; calls += 1) expect(await ask(connector)).toEqual({ ok: true });
    // The next call may come before the connection of the last one is free.
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
    const tunnels = proxy.asked.length;
    for (let calls = 0; calls < 5; calls += 1) expect(await pass(connector)).toBe('far away');
    expect(proxy.asked.length - tunnels).toBeLessThanOrEqual(2);
    expect(new Set(proxy.asked)).toEqual(new Set(['api.example.test:443']));
    expect(new Set(keys)).toEqual(new Set([`Bearer ${key}`]));
  });

  it('bytes arrive as they come, not at the end', async () => {
    let end = (): void => undefined;
    const proxy = await proxyTo((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event('first'));
      end = () => response.end(`${event(' last')}data: [DONE]\n\n`);
    });
    // The end only comes once the beginning has.
    expect(await pass(connectorTo(proxy.host), baseUrl, () => end())).toBe('first last');
  });

  it('the password goes to the proxy and nowhere else', async () => {
    const seen: unknown[] = [];
    const proxy = await proxyTo(
      (request, response) => {
        seen.push(request.headers['proxy-authorization']);
        answer(request, response);
      },
      { login: 'ann:s@crt' },
    );
    const connector = connectorTo(proxy.host, { url: `http://ann:s%40crt@${proxy.host}` });
    for (const [, call] of both) await call(connector);
    expect(seen).toEqual([undefined, undefined]);
  });

  it.each(both)('a proxy that wants a password is named, without the wrong one (%s)', async (_, call) => {
    const proxy = await proxyTo(answer, { login: 'ann:right' });
    const failure = await failureOf(
      call(connectorTo(proxy.host, { url: `http://ann:wr0ng-word@${proxy.host}` })),
    );
    expect(failure).toMatchObject({ kind: 'network', connected: false, isOwnNetwork: true });
    expect(failure.message).toContain(`The proxy http://${proxy.host} wants a name and a password`);
    expect(failure.message).toContain('Write them into HTTPS_PROXY');
    expect(JSON.stringify([failure.message, failure.body, failure.headers])).not.toMatch(/wr0ng|right/);
  });

  it.each(both)('a dead proxy is named, and it is nobody else’s failure (%s)', async (_, call) => {
    const proxy = await proxyTo(answer);
    await proxy.stop();
    const failure = await failureOf(call(connectorTo(proxy.host)));
    expect(failure).toMatchObject({ kind: 'network', connected: false, isOwnNetwork: true });
    expect(failure.message).toContain(`The proxy http://${proxy.host} can’t be reached (ECONNREFUSED)`);
    expect(failure.message).toContain('Check that it runs, or correct HTTPS_PROXY');
  });

  it.each(both)('a server that the proxy does not reach is the server’s failure (%s)', async (_, call) => {
    const proxy = await proxyTo(answer, { to: {} });
    const failure = await failureOf(call(connectorTo(proxy.host)));
    expect(failure).toMatchObject({ kind: 'network', connected: false, isOwnNetwork: false });
    expect(failure.message).toContain('did not let us through to api.example.test:443 (502)');
  });

  it.each(both)('a setting that names no proxy stops the call (%s)', async (_, call) => {
    const failure = await failureOf(call(connectorTo('', { url: 'socks5://127.0.0.1:9' })));
    expect(failure).toMatchObject({ connected: false, isOwnNetwork: true });
    expect(failure.message).toContain('Write an http:// or https:// one');
  });

  it.each(both)('a literal address of a metadata service is refused as ever (%s)', async (_, call) => {
    const proxy = await proxyTo(answer, { to: { '169.254.169.254': 200 } });
    const failure = await failureOf(call(connectorTo(proxy.host), 'https://169.254.169.254/v1'));
    expect(failure.message).toContain('is no address of a model server');
    expect(proxy.asked).toEqual([]);
  });

  it.each(both)('a redirect is not followed (%s)', async (_, call) => {
    const proxy = await proxyTo((_request, response) =>
      response.writeHead(307, { location: 'https://other.example.test/' }).end(),
    );
    const failure = await failureOf(call(connectorTo(proxy.host)));
    expect(failure.message).toContain('redirects to other.example.test');
    expect(proxy.asked).toHaveLength(1);
  });

  it.each(both)('a certificate of nobody known says what to do (%s)', async (_, call) => {
    const proxy = await proxyTo(answer);
    setDefaultCACertificates(before);
    const failure = await failureOf(call(connectorTo(proxy.host))).finally(() =>
      setDefaultCACertificates([...before, authority.certificate]),
    );
    expect(failure).toMatchObject({ kind: 'network', connected: false });
    expect(failure.message).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('hosts of NO_PROXY and this machine are called directly', async () => {
    const proxy = await proxyTo(answer);
    const connector = connectorTo(proxy.host, { noProxy: ['.example.test'] });
    // Tests are offline, so a direct call to it can only fail.
    for (const [, call] of both)
      expect((await failureOf(call(connector))).message).toMatch(/^api\.example\.test .*(not found|reached)/);
    const port = await authority.serve(answer);
    await failureOf(ask(connectorTo(proxy.host), `https://127.0.0.1:${port}`));
    expect(proxy.asked).toEqual([]);
  });

  it('another proxy is used from the next call on, while a stream of the former goes on', async () => {
    let end = (): void => undefined;
    const first = await proxyTo((request, response) => {
      if (request.method === 'GET') {
        answer(request, response);
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event('kept'));
      end = () => response.end('data: [DONE]\n\n');
    });
    const second = await proxyTo(answer);
    const connector = connectorTo(first.host);
    await ask(connector);
    const begun = Promise.withResolvers<undefined>();
    const streaming = pass(connector, baseUrl, () => begun.resolve(undefined));
    await begun.promise;
    const url = `http://${second.host}`;
    connector.proxies.tell('editor', { source: 'http.proxy', url, authorization: null, noProxy: [] });
    for (const [, call] of both) await call(connector);
    expect([first.asked.length, second.asked.length]).toEqual([2, 2]);
    end();
    expect(await streaming).toBe('kept');
  });
});
