/**
 * A developer behind a company's proxy: an account that only the proxy can reach, over TLS that only the company's
 * certificate vouches for. The program is a process of its own, the proxy is real, the names are nobody's.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { daemonRequests } from '@task-router/protocol';
import { CliHome } from '../support/cli.ts';
import { DaemonHome } from '../support/daemon-home.ts';
import { freePort } from '../support/endpoint-stage.ts';
import { createTestAuthority } from '../support/test-authority.ts';
import { startTunnelProxy } from '../support/tunnel-proxy.ts';
import type { TunnelProxy } from '../support/tunnel-proxy.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

const authority = createTestAuthority();
afterAll(() => authority.dispose());

const account = {
  ...{ id: 'account', provider: 'openai-compatible', baseUrl: 'https://api.example.test/v1' },
  apiKeyEnv: 'ACCOUNT_KEY',
};
const discovery = { localServers: false, environmentKeys: false };
const login = 'ann:s3cret-word';

const cloud: RequestListener = (request, response) => {
  if (request.method === 'GET') return void response.end('{"object":"list","data":[{"id":"coder"}]}');
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ id: '1', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant', content: 'From far ' }));
  response.end(`${chunk({ content: 'away.' })}${chunk({}, 'stop')}data: [DONE]\n\n`);
};

async function companyProxy(): Promise<TunnelProxy> {
  const port = await authority.serve(cloud);
  const proxy = await startTunnelProxy({ to: { 'api.example.test': port }, login });
  onTestFinished(() => proxy.stop());
  return proxy;
}

it('serves tools through the proxy of its environment, names it, and keeps its password to itself', async () => {
  const proxy = await companyProxy();
  const cli = new CliHome();
  onTestFinished(() => cli.dispose());
  const port = await freePort();
  const config = { discovery, endpoint: { enabled: true, port }, nodes: [account] };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
  const env = {
    ...{ HTTPS_PROXY: `http://${login}@${proxy.host}`, NO_PROXY: '.corp.example' },
    ...{ NODE_EXTRA_CA_CERTS: authority.certificateFile, ACCOUNT_KEY: 'of-the-shell' },
  };
  await cli.start(['serve', '--idle-minutes', '0'], { env }).line((line) => line.startsWith('Serving'));
  const [{ key }] = (await cli.run(['keys', 'create', 'ci', '--json'])).events() as unknown as [
    { key: string },
  ];
  const ask = async (stream: boolean): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', stream, messages: [{ role: 'user', content: 'Hello.' }] }),
    });
    return response.text();
  };
  expect(await ask(true)).toMatch(/From far [^]*away\.[^]*\[DONE\]/);
  expect(proxy.asked.length).toBeGreaterThan(0);

  const { stdout } = await cli.run(['health']);
  expect(stdout).toContain(`Proxy: http://${proxy.host} (HTTPS_PROXY), directly: .corp.example`);
  await proxy.stop();
  const dead = await ask(true);
  expect(dead).toContain(`The proxy http://${proxy.host} can’t be reached`);
  expect(dead).toContain('correct HTTPS_PROXY');

  const files = readdirSync(cli.home, { recursive: true, withFileTypes: true });
  for (const file of files.filter((each) => each.isFile()))
    expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain('s3cret');
  for (const text of [stdout, dead]) expect(text).not.toContain('s3cret');
});

describe('a window', () => {
  const before = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...before, authority.certificate]));
  afterAll(() => setDefaultCACertificates(before));
  const homes: DaemonHome[] = [];
  afterEach(async () => {
    for (const home of homes.splice(0)) await home.dispose();
  });

  async function open() {
    const home = new DaemonHome();
    homes.push(home);
    await home.start({ nodes: [{ ...account, models: [{ id: 'coder' }] }] });
    const window = await home.connect();
    const { client } = window;
    return {
      ...{ home, window },
      setProxy: (host: string) =>
        client.request(daemonRequests.setProxy, {
          proxy: { source: 'http.proxy', url: `http://${login}@${host}`, authorization: null, noProxy: [] },
        }),
      setKey: () =>
        client.request(daemonRequests.setKey, {
          ...{ nodeId: 'account', key: 'of-the-window', source: 'environment', check: true },
        }),
      health: () => client.request(daemonRequests.health, {}),
    };
  }

  it('brings the proxy of its settings; the key is asked about and tasks run through it', async () => {
    const proxy = await companyProxy();
    const { window, setProxy, setKey, health } = await open();
    expect(await setProxy(proxy.host)).toMatchObject({ proxy: { address: `http://${proxy.host}` } });
    expect(await setKey()).toMatchObject({ check: { status: 'accepted' } });
    const { outcome } = await window.route('Explain what a mutex is.');
    expect(outcome.status).toBe('succeeded');
    expect((await health()).proxy).toEqual({
      ...{ source: 'http.proxy', address: `http://${proxy.host}`, noProxy: [], problem: null },
    });
  });

  it('with a dead proxy hears of the proxy, and no route is held to blame; another proxy heals it', async () => {
    const [dead, proxy] = [await companyProxy(), await companyProxy()];
    const { window, setProxy, setKey, health } = await open();
    await dead.stop();
    await setProxy(dead.host);
    expect(await setKey()).toMatchObject({ check: { status: 'unreachable' } });
    for (let calls = 0; calls < 4; calls += 1) {
      const said = window.route(`Explain what a mutex is, take ${calls}.`);
      await expect(said).rejects.toThrow(`The proxy http://${dead.host} can’t be reached`);
    }
    const [node] = (await health()).nodes;
    expect(node?.routes[0]?.state).toBe('unknown');
    expect(node?.accessHint).toMatch(/Check that it runs, or correct http\.proxy\.$/);
    await setProxy(proxy.host);
    await expect.poll(async () => (await health()).nodes[0]?.accessHint).toBeNull();
    expect((await window.route('Explain what a mutex is.')).outcome.status).toBe('succeeded');
  });
});
