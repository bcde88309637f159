/**
 * The attack on what a node's name resolves to, from outside: a daemon started with `serve` whose resolver is hostile. Every kind
 * of provider, asked by another tool at the endpoint, in both formats, and by a probe of the command line.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CliHome } from '../support/cli.ts';
import { freePort } from '../support/endpoint-stage.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

const preload = new URL('../support/hostile-names.ts', import.meta.url).href;
const kinds = ['openai', 'openai-compatible', 'anthropic', 'google', 'ollama'] as const;
const key = 'sk-canary-0123456789';

let cli: CliHome;
beforeEach(() => {
  cli = new CliHome();
});
afterEach(() => cli.dispose());

async function serve(nodes: readonly object[], names: Record<string, string[]>): Promise<number> {
  const port = await freePort();
  mkdirSync(cli.home, { recursive: true });
  const discovery = { localServers: false, environmentKeys: false };
  const config = { discovery, endpoint: { enabled: true, port }, nodes };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
  const running = cli.start(['serve', '--idle-minutes', '0'], {
    env: { NODE_OPTIONS: `--import ${preload}`, TEST_NAMES: JSON.stringify(names), CANARY_KEY: key },
  });
  await running.line((line) => line.startsWith('Serving'));
  return port;
}

/** A tool with a key of its own. */
async function tool(port: number) {
  const [made] = (await cli.run(['keys', 'create', 'ci', '--json'])).events();
  return async (model: string, format: 'chat/completions' | 'messages') => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/${format}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${String(made?.['key'])}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] }),
    });
    return { status: response.status, text: await response.text() };
  };
}

/** A server that should never be reached. */
async function trap(): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  cleanUps.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}
const cleanUps: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

it('is in no provider’s way out: names of metadata services get no connection', async () => {
  const { port: trapPort, connections } = await trap();
  const names = {
    'metadata.example': ['169.254.169.254'],
    // A harmless answer beside it changes nothing.
    'mixed.example': ['127.0.0.1', '169.254.169.254'],
    'six.example': ['fd00:ec2::254'],
    'mapped.example': ['::ffff:169.254.170.2'],
  };
  const hosts = Object.keys(names);
  const nodes = kinds.flatMap((provider, at) =>
    hosts.map((host, nth) => ({
      id: `n${at}-${nth}`,
      ...{ provider, baseUrl: `https://${host}:${trapPort}/v1`, apiKeyEnv: 'CANARY_KEY' },
      models: [{ id: provider === 'anthropic' ? 'claude-sonnet-4-5' : 'm', capabilities: { tools: true } }],
    })),
  );
  const port = await serve(nodes, names);
  const ask = await tool(port);
  for (const [nth, { id, provider, models }] of nodes.entries()) {
    // Anthropic's pass in the second format, OpenAI's in the first, and the others are translated in both.
    const format = nth % 2 === 0 ? 'chat/completions' : 'messages';
    const { status, text } = await ask(`${id}/${models[0]?.id}`, format);
    // Asked for its models at the start, it is out of reach; else the call itself is refused, with what the name leads to.
    expect([id, provider, [502, 503].includes(status)]).toEqual([id, provider, true]);
    expect(text).toMatch(
      status === 503 ? /does not answer/ : /leads to (?:169|fd00|::ffff).* is no address of a model server/,
    );
    expect(text).not.toContain(key);
  }
  const probed = await cli.run(['health', '--probe']);
  expect(probed.stdout.match(/no address of a model server/g)).toHaveLength(nodes.length);
  expect(connections()).toBe(0);
});

it('is marked in the configuration where an address stands in the place of a name', async () => {
  const node = { id: 'n', provider: 'openai-compatible', apiKeyEnv: 'CANARY_KEY' };
  for (const host of ['169.254.169.254', '[fe80::1]', '2852039166']) {
    writeFileSync(
      join(cli.home, 'config.jsonc'),
      JSON.stringify({ nodes: [{ ...node, baseUrl: `https://${host}/v1` }] }),
    );
    const { stdout, stderr } = await cli.run(['health']);
    expect(stderr).toMatch(/config\.invalidValue \(line 1\): nodes\[0\]\.baseUrl: \S+ is a link-local/);
    expect(stderr).toContain('Write the address under which the model server itself is reached.');
    expect(stdout).not.toContain('https://');
  }
});
