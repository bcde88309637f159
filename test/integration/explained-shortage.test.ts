/**
 * What was weighed where something was short, asked for later: by `task-router explain`, from a daemon that was started anew.
 * The call came from another tool, so nobody heard of it while it ran.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StrategyView } from '@task-router/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { explanationText } from '../../extension/src/panel/explanation-text.ts';
import { CliHome } from '../support/cli.ts';
import { freePort } from '../support/endpoint-stage.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';
import type { ScriptedProvider } from '../support/scripted-provider.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

let cli: CliHome;
let servers: ScriptedProvider[];
beforeEach(async () => {
  cli = new CliHome();
  servers = [await startScriptedProvider('openai-chat'), await startScriptedProvider('openai-chat')];
});
afterEach(async () => {
  await cli.dispose();
  for (const server of servers) await server.stop();
});

it('is kept with its decision: the other account that was taken, and the ways that were not', async () => {
  const port = await freePort();
  const node = (id: string, at: number, inputPerMTok: number, limits: object = {}) => ({
    ...{ id, provider: 'openai-compatible', baseUrl: servers[at]?.baseUrl, limits },
    models: [{ id: 'coder', prices: { inputPerMTok, outputPerMTok: inputPerMTok } }],
  });
  mkdirSync(cli.home, { recursive: true });
  writeFileSync(
    join(cli.home, 'config.jsonc'),
    JSON.stringify({
      discovery: { localServers: false, environmentKeys: false },
      endpoint: { enabled: true, port },
      nodes: [node('one', 0, 0, { requestsPerMinute: 1 }), node('two', 1, 1)],
      // What costs nothing comes first, whatever else is known.
      policy: { weights: { capability: 0, performance: 0, resources: 1, history: 0 }, explore: false },
    }),
  );
  const serve = async () => {
    const running = cli.start(['serve', '--idle-minutes', '0']);
    await running.line((line) => line.startsWith('Serving'));
    return running;
  };
  const first = await serve();
  const [made] = (await cli.run(['keys', 'create', 'ci', '--json'])).events();
  const ask = async (content: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${String(made?.['key'])}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }] }),
    });
    await response.text();
    const route = response.headers.get('x-task-router-route');
    return { route, decision: response.headers.get('x-task-router-decision') ?? '' };
  };
  const easy = await ask('Say it.');
  const short = await ask('Say something else.');
  expect([easy.route, short.route]).toEqual(['one/coder', 'two/coder']);
  first.process.kill('SIGTERM');
  await first.result;

  await serve();
  const [explained] = (await cli.run(['explain', short.decision, '--json'])).events();
  const allocations = explained?.['allocations'] as { summary: string; strategies: StrategyView[] }[];
  expect(allocations).toHaveLength(1);
  expect(allocations[0]?.summary).toContain('one allows 1 requests a minute; 0 are left, 1 are needed.');
  const chosen = allocations[0]?.strategies.filter(({ isChosen }) => isChosen);
  expect(chosen).toMatchObject([{ strategy: 'otherAccount' }]);
  const { stdout } = await cli.run(['explain', short.decision]);
  expect(stdout).toMatch(/resources: one allows 1 requests a minute/);
  expect(stdout).toMatch(/→ Other account: .*has room/);
  expect(stdout).toMatch(/[·–] Wait: /);
  const inEditor = explanationText(explained as unknown as Parameters<typeof explanationText>[0]);
  expect(inEditor).toContain('What was weighed where something was short\n  one/coder: one allows');
  expect(inEditor).toMatch(/→ Other account: /);
  // Where nothing was short there is nothing to tell.
  const [plain] = (await cli.run(['explain', easy.decision, '--json'])).events();
  expect(plain).not.toHaveProperty('allocations');
});
