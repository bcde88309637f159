/**
 * What a gateway says that a call cost, where its answer passes through as it came: a daemon started with `serve`, a tool at its
 * endpoint over HTTP. Its word goes before the price table's, as for calls of our own (`reported-cost.test.ts`).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliHome } from '../support/cli.ts';
import { freePort } from '../support/endpoint-stage.ts';
import { scriptedKinds } from '../support/scripted-home.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';
import type { ScriptedProvider } from '../support/scripted-provider.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

/** $0.002 by the table below. */
const counts = { input: 1_000, cached: 0, output: 100 };
const prices = { inputPerMTok: 1, outputPerMTok: 10 };
let cli: CliHome;
let gateway: ScriptedProvider | null = null;
beforeEach(() => {
  cli = new CliHome();
});
afterEach(async () => {
  await cli.dispose();
  await gateway?.stop();
});

describe.each(scriptedKinds)('an answer of $format that passes', ({ format, provider, model }) => {
  it('is settled with the cost that it reports, streamed and whole', async () => {
    gateway = await startScriptedProvider(format);
    const { baseUrl } = gateway;
    const port = await freePort();
    mkdirSync(cli.home, { recursive: true });
    const config = {
      discovery: { localServers: false, environmentKeys: false },
      endpoint: { enabled: true, port },
      nodes: [{ id: 'gateway', provider, baseUrl, models: [{ id: model, prices }] }],
    };
    writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
    await cli.start(['serve', '--idle-minutes', '0']).line((line) => line.startsWith('Serving'));
    const [made] = (await cli.run(['keys', 'create', 'ci', '--json'])).events();
    const isOpenai = format === 'openai-chat';
    const ask = async (stream: boolean, told: object): Promise<unknown> => {
      gateway!.reply = () => ({ text: 'Done.', usage: { ...counts, told } });
      const response = await fetch(
        `http://127.0.0.1:${port}/v1/${isOpenai ? 'chat/completions' : 'messages'}`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${String(made?.['key'])}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            ...{ model: 'auto', max_tokens: 500, stream },
            messages: [{ role: 'user', content: 'Say it.' }],
          }),
        },
      );
      // The provider's own name of its answer: nothing was written anew.
      expect(await response.text()).toContain(isOpenai ? 'chatcmpl-up' : 'msg_up');
      const decision = response.headers.get('x-task-router-decision') ?? '';
      const [explained] = (await cli.run(['explain', decision, '--json'])).events();
      return (explained?.['outcome'] as { costUsd?: number } | undefined)?.costUsd;
    };
    expect(await ask(true, {})).toBeCloseTo(0.002, 9);
    expect(await ask(true, { cost: 0.0031 })).toBeCloseTo(0.0031, 9);
    expect(await ask(false, { cost: 0.0007 })).toBeCloseTo(0.0007, 9);
    expect(await ask(false, { cost: 0 })).toBeCloseTo(0.002, 9);
  });
});
