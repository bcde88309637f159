/** Model servers as they answer, and others that are none, each on a real port. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopbackUrl } from '@task-router/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { discoverLocalServers, knownEnvironmentKeys, standardEndpoints } from './discovery.ts';
import type { LocalServerKind } from './discovery.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers the given paths with JSON and everything else with 404. */
function answers(pages: Record<string, unknown>, seen: string[] = []): RequestListener {
  return (request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? 'no key'}`);
    const page = pages[request.url ?? ''];
    if (page === undefined) response.writeHead(404).end('not found');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
  };
}

const ollama = {
  '/api/version': { version: '0.40.12' },
  '/api/tags': { models: [{ name: 'a', digest: 'd1' }] },
};
const lmStudio = {
  '/api/v0/models': {
    object: 'list',
    data: [{ id: 'q', type: 'llm', publisher: 'p', state: 'loaded', object: 'model' }],
  },
  '/v1/models': { object: 'list', data: [{ id: 'q', object: 'model', owned_by: 'organization_owner' }] },
};
const llamaCpp = {
  '/health': { status: 'ok' },
  '/v1/models': { object: 'list', data: [{ id: 'm.gguf', object: 'model', owned_by: 'llamacpp' }] },
};

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const port = await serve(() => undefined);
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

async function discover(ports: Partial<Record<LocalServerKind, number>>) {
  const closed = await freePort();
  return discoverLocalServers({
    ports: { ollama: closed, 'lm-studio': closed, 'llama-cpp': closed, ...ports },
    timeoutMs: 1_000,
  });
}

describe('discoverLocalServers', () => {
  it('finds all three, with their addresses and what gave them away', async () => {
    const found = await discover({
      ollama: await serve(answers(ollama)),
      'lm-studio': await serve(answers(lmStudio)),
      'llama-cpp': await serve(answers(llamaCpp)),
    });
    expect(found.map(({ server, provider, nodeId, version }) => [server, provider, nodeId, version])).toEqual(
      [
        ['ollama', 'ollama', 'ollama', '0.40.12'],
        ['lm-studio', 'openai-compatible', 'lm-studio', null],
        ['llama-cpp', 'openai-compatible', 'llama-cpp', null],
      ],
    );
    expect(found.every(({ evidence }) => evidence.length === 2)).toBe(true);
    expect(found[0]?.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(found[1]?.baseUrl).toMatch(/\/v1$/);
  });

  it('finds LM Studio without any model by its greeting', async () => {
    const pages = {
      '/lmstudio-greeting': { lmstudio: true },
      '/v1/models': { object: 'list', data: [] },
      '/api/v0/models': { object: 'list', data: [] },
    };
    expect(await discover({ 'lm-studio': await serve(answers(pages)) })).toHaveLength(1);
  });

  it('finds an Ollama without any model', async () => {
    expect(
      await discover({ ollama: await serve(answers({ ...ollama, '/api/tags': { models: null } })) }),
    ).toHaveLength(1);
  });

  it.each<[string, RequestListener]>([
    ['a web application with a health page', answers({ '/health': { status: 'ok' } })],
    [
      'another server on the OpenAI wire',
      answers({
        '/health': { status: 'ok' },
        '/v1/models': { object: 'list', data: [{ id: 'x', owned_by: 'vllm' }] },
      }),
    ],
    [
      'a page for everything',
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'),
    ],
    [
      'JSON for everything',
      (_request, response) =>
        void response.end('{"status":"ok","version":"1.0","object":"list","data":[],"models":[]}'),
    ],
    ['an echo of everything', (request, response) => void request.pipe(response)],
    [
      'a redirect',
      (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    ['silence', () => undefined],
    ['a server that wants a password', (_request, response) => void response.writeHead(401).end()],
    ['a cut', (_request, response) => void response.destroy()],
  ])('takes %s for no model server', async (_what, listener) => {
    const port = await serve(listener);
    const found = await discover({ ollama: port, 'lm-studio': port, 'llama-cpp': port });
    expect(found).toEqual([]);
  });

  it('sends questions only: no key, no content', async () => {
    const seen: string[] = [];
    const port = await serve(answers({}, seen));
    await discover({ ollama: port, 'lm-studio': port, 'llama-cpp': port });
    expect(seen.length).toBeGreaterThan(0);
    for (const request of seen) expect(request).toMatch(/^GET \/\S+ no key$/);
  });

  it('ends with its signal', async () => {
    const port = await serve(() => undefined);
    const found = discoverLocalServers({
      ports: { ollama: port, 'lm-studio': port, 'llama-cpp': port },
      signal: AbortSignal.timeout(50),
      timeoutMs: 60_000,
    });
    expect(await found).toEqual([]);
  });
});

describe('well-known clouds', () => {
  it('have an address for every key that is looked for', () => {
    for (const { env, nodeId } of knownEnvironmentKeys) {
      const endpoint = standardEndpoints.find((each) => each.nodeId === nodeId);
      expect(endpoint, env).toBeDefined();
      expect(endpoint?.baseUrl).toMatch(/^https:\/\/[^?#]*[^/]$/);
      expect(isLoopbackUrl(endpoint?.baseUrl ?? '')).toBe(false);
    }
  });

  it('are named once', () => {
    expect(new Set(standardEndpoints.map(({ nodeId }) => nodeId)).size).toBe(standardEndpoints.length);
    expect(new Set(knownEnvironmentKeys.map(({ env }) => env)).size).toBe(knownEnvironmentKeys.length);
  });
});
