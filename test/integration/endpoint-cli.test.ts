/** `task-router connect` and `task-router keys`, as a person in a terminal meets them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CliHome, startDemo } from '../support/cli.ts';
import { freePort } from '../support/endpoint-stage.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

let cli: CliHome;
let port: number;
beforeEach(async () => {
  cli = new CliHome();
  port = await freePort();
});
afterEach(() => cli.dispose());

function writeConfig(endpoint: object): void {
  mkdirSync(cli.home, { recursive: true });
  const discovery = { localServers: false, environmentKeys: false };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify({ discovery, endpoint }));
}

async function serve(env: Record<string, string> = {}): Promise<void> {
  const running = cli.start(['serve', '--idle-minutes', '0'], { env });
  await running.line((line) => line.startsWith('Serving'));
}

it('connects a tool: its settings, a key of its own, and an answer as the tool would get it', async () => {
  writeConfig({ enabled: true, port });
  await startDemo(cli);
  await serve();
  const { code, stdout } = await cli.run(['connect', 'claude-code', '--try']);
  expect(code).toBe(0);
  expect(stdout).toContain(`"ANTHROPIC_BASE_URL": "http://127.0.0.1:${port}"`);
  expect(stdout).toMatch(/trk_[\w-]{43}/);
  expect(stdout).toMatch(/Checked: \d+ models to choose from; demo-\S+ answered "Demo answer/);
  expect(stdout).not.toContain('No daemon was running');
  const listed = await cli.run(['keys']);
  expect(listed.stdout).toMatch(/Claude Code\s+used .*1 request today/);
  expect(listed.stdout).not.toContain('trk_');
});

it('answers with the keys of the environment it was started in, when nobody else is connected', async () => {
  const demo = await startDemo(cli);
  const server = demo.servers.find(({ id }) => id === 'demo-strong');
  const account = { id: 'account', provider: 'anthropic', baseUrl: server?.url, apiKeyEnv: 'ACCOUNT_KEY' };
  const discovery = { localServers: false, environmentKeys: false };
  const config = { discovery, endpoint: { enabled: true, port }, nodes: [account] };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
  await serve({ ACCOUNT_KEY: 'of-the-shell' });
  const made = await cli.run(['keys', 'create', 'ci', '--allow', 'account/*', '--json']);
  const [{ key }] = made.events() as unknown as [{ key: string }];
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Explain a mutex.' }] }),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Demo answer')]);
});

it('makes a key with limits, lists it, and ends it', async () => {
  writeConfig({ enabled: true, port });
  await serve();
  const wish = ['--budget', '2', '--local-only', '--allow', 'local/*', '--allow', 'demo-*/*'];
  const made = await cli.run(['keys', 'create', 'ci', ...wish, '--json']);
  const [{ key, view }] = made.events() as unknown as [{ key: string; view: { id: string } }];
  expect(view).toMatchObject({
    ...{ name: 'ci', dailyBudgetUsd: 2, policy: { localOnly: true, allow: ['local/*', 'demo-*/*'] } },
  });
  const ask = () =>
    fetch(`http://127.0.0.1:${port}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask()).status).toBe(200);
  expect((await cli.run(['keys', 'revoke', view.id])).stdout).toContain('in force no more');
  expect((await ask()).status).toBe(401);
  const again = await cli.run(['keys', 'revoke', view.id]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('endpoint.keyNotFound')]);
  expect((await cli.run(['keys'])).stdout).toContain('No tool holds a key');
});

it('says what stands in the way: off, a taken port, no daemon to stay', async () => {
  writeConfig({});
  const off = await cli.run(['connect', 'cline']);
  expect([off.code, off.stderr]).toEqual([1, expect.stringContaining('endpoint.off')]);
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  writeConfig({ enabled: true, port });
  const taken = await cli.run(['connect', 'cline']);
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('endpoint.portTaken')]);
  expect((await cli.run(['health'])).stdout).toContain(`Port ${port} of this machine belongs to another`);
  await new Promise((resolve) => squatter.close(resolve));
  const alone = await cli.run(['connect', 'cline']);
  expect([alone.code, alone.stdout]).toEqual([0, expect.stringContaining('No daemon was running')]);
});
