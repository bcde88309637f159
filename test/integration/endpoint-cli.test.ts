/** `task-router connect` and `task-router keys`, as a person in a terminal meets them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hasTerminals } from '../support/cli.ts';
import { CliHere } from '../support/cli-here.ts';
import { freePort } from '../support/endpoint-stage.ts';

let cli: CliHere;
let port: number;
beforeEach(async () => {
  cli = new CliHere();
  port = await freePort();
});
afterEach(() => cli.dispose());

function writeConfig(endpoint: object): void {
  mkdirSync(cli.home, { recursive: true });
  const discovery = { localServers: false, environmentKeys: false };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify({ discovery, endpoint }));
}

it('connects a tool: its settings, a key of its own, and an answer as the tool would get it', async () => {
  writeConfig({ enabled: true, port });
  await cli.demo();
  await cli.serve();
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

it('makes no second key unasked for a tool that has one: it says so, and replaces or adds one when told to', async () => {
  writeConfig({ enabled: true, port });
  await cli.serve();
  await cli.run(['keys', 'create', 'Cline', '--budget', '2', '--local-only']);
  const again = await cli.run(['connect', 'cline']);
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/^Cline has a key already: \S+, made \d{4}-\d\d-\d\d \d\d:\d\d, never used\./);
  expect(again.stdout).toContain('YOUR-TASK-ROUTER-KEY');
  expect(again.stdout).toContain('--replace makes a new one and revokes the old one');
  expect(again.stdout).not.toMatch(/trk_[\w-]{43}/);
  const json = (await cli.run(['connect', 'cline', '--json'])).events();
  expect(json).toEqual([expect.objectContaining({ key: null, check: null, revoked: [] })]);
  const [replaced] = (await cli.run(['connect', 'cline', '--replace', '--json'])).events();
  expect(replaced).toMatchObject({ revoked: [{ name: 'Cline' }] });
  expect(replaced?.['key']).toMatch(/^trk_/);
  const limits = { policy: { localOnly: true }, dailyBudgetUsd: 2 };
  expect(await keys()).toEqual([expect.objectContaining({ id: replaced?.['keyId'], ...limits })]);
  const beside = await cli.run(['connect', 'cline', '--another']);
  expect(beside.stdout).toMatch(/trk_[\w-]{43}/);
  expect(await keys()).toHaveLength(2);
  const differing = await cli.run(['connect', 'cline', '--replace']);
  expect([differing.code, differing.stderr]).toEqual([2, expect.stringContaining('different limits')]);
  expect(await keys()).toHaveLength(2);
});

it.runIf(hasTerminals)('asks at a terminal, and Enter changes nothing', async () => {
  writeConfig({ enabled: true, port });
  await cli.serve();
  await cli.run(['connect', 'cline']);
  const answer = (type: string) =>
    cli.onTerminal(['connect', 'cline'], { columns: 80, answers: [{ after: 'Which? [1]', type }] });
  const kept = await answer('\r');
  expect([kept.code, kept.stdout]).toEqual([0, expect.stringContaining('YOUR-TASK-ROUTER-KEY')]);
  expect(kept.stdout).toContain('Cline has a key already: ');
  const before = await keys();
  const replaced = await answer('2\r');
  expect(replaced.stdout).toContain('The old key of Cline is revoked');
  const after = await keys();
  expect([before.length, after.length]).toEqual([1, 1]);
  expect(after).not.toEqual(before);
});

async function keys(): Promise<readonly unknown[]> {
  const [view] = (await cli.run(['keys', '--json'])).events() as unknown as [{ keys: unknown[] }];
  return view.keys;
}

it('answers with the keys of the environment it was started in, when nobody else is connected', async () => {
  const servers = await cli.demo();
  const server = servers.find(({ id }) => id === 'demo-strong');
  const account = {
    id: 'account',
    provider: 'anthropic',
    baseUrl: server?.baseUrl,
    apiKeyEnv: 'ACCOUNT_KEY',
  };
  const discovery = { localServers: false, environmentKeys: false };
  const config = { discovery, endpoint: { enabled: true, port }, nodes: [account] };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
  await cli.serve({ ACCOUNT_KEY: 'of-the-shell' });
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
  await cli.serve();
  const wish = ['--budget', '2', '--local-only', '--allow', 'local/*', '--allow', 'demo-*/*'];
  const made = await cli.run(['keys', 'create', 'ci', ...wish, '--json']);
  const [{ key, view }] = made.events() as unknown as [{ key: string; view: { id: string } }];
  expect(view).toMatchObject({
    ...{ name: 'ci', dailyBudgetUsd: 2, policy: { localOnly: true, allow: ['local/*', 'demo-*/*'] } },
  });
  const ask = () =>
    fetch(`http://127.0.0.1:${port}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask()).status).toBe(200);
  expect((await cli.run(['keys', 'revoke', view.id])).stdout).toContain('refused from now on');
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
