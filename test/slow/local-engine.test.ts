/**
 * The whole way from `task-router route` down to llama.cpp's real engine: streaming, both ends of an answer, a prompt that
 * is too long (refused, and cut in silence), an abort in the middle, and slots. The model is a toy that we wrote; what it
 * says means nothing, and how well a model writes is not tested here.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Llama } from 'node-llama-cpp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliHome } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { loadEngine, startLlamaServer } from '../support/llama-server.ts';
import type { LlamaServerOptions } from '../support/llama-server.ts';
import { toyModel } from '../support/toy-model/toy-model.ts';

let engine: Llama;
let folder: string;
let cli: CliHome;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  engine = await loadEngine();
  folder = mkdtempSync(join(tmpdir(), 'task-router-toys-'));
  for (const kind of ['random', 'bigram'] as const)
    writeFileSync(join(folder, `${kind}.gguf`), toyModel({ kind, contextTokens: 16_384 }));
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  cli = new CliHome();
});
afterEach(async () => {
  await cli.dispose();
  for (const close of closers.splice(0).reverse()) await close();
});

async function llama(kind: 'random' | 'bigram', options: Partial<LlamaServerOptions> = {}) {
  const server = await startLlamaServer(engine, {
    modelPath: join(folder, `${kind}.gguf`),
    modelId: `toy-${kind}`,
    contextTokens: 4_096,
    slots: 2,
    overflow: 'error',
    ...options,
  });
  closers.push(() => server.stop());
  return server;
}

/** config.jsonc with these servers as nodes. */
function configure(nodes: Readonly<Record<string, string | object>>): void {
  const entries = Object.entries(nodes).map(([id, node]) => ({
    id,
    provider: 'openai-compatible',
    ...(typeof node === 'string' ? { baseUrl: node } : node),
  }));
  writeFileSync(
    join(cli.home, 'config.jsonc'),
    JSON.stringify({ discovery: { localServers: false, environmentKeys: false }, nodes: entries }),
  );
}

function of(result: CliResult, type: string) {
  return result.events().filter((event) => event.type === type);
}

const answerOf = (result: CliResult) =>
  of(result, 'delta')
    .map((event) => String(event['text']))
    .join('');

describe('an answer of the real engine', () => {
  it('ends by itself, and is counted in its own tokens', async () => {
    const server = await llama('bigram');
    configure({ llama: server.baseUrl });
    const result = await cli.run(['route', '--json', 'what does the router do']);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    const [generation] = server.generations();
    expect(generation).toMatchObject({ stop: 'stop' });
    expect(answerOf(result)).toMatch(/^ ?[A-Za-z][a-z'-]*( |,|\.)/);
    expect(of(result, 'outcome')).toMatchObject([
      {
        status: 'succeeded',
        finishReason: 'stop',
        costUsd: 0,
        tokens: { input: generation?.promptTokens, output: generation?.tokens },
      },
    ]);
  });

  it('that fills the window streams as it is made, ends for its length, and says so', async () => {
    const server = await llama('random', { contextTokens: 768 });
    configure({ llama: server.baseUrl });
    const result = await cli.run(['route', '--json', '--kind', 'commit', 'Hi']);
    expect(server.generations()).toMatchObject([{ stop: 'length' }]);
    // The first words come together; from then on each piece is shown as it is written.
    expect(of(result, 'delta').length).toBeGreaterThan(10);
    expect(of(result, 'outcome')).toMatchObject([{ status: 'succeeded', finishReason: 'length' }]);
  });
});

describe('a prompt that is too long', () => {
  /** Words that the toy does not know: it needs about a token for each letter, four times what is usual. */
  const words = (chars: number) => 'zqxjk '.repeat(Math.ceil(chars / 6)).trim();
  /** Two windows of one model; the larger one costs something, so the smaller comes first. */
  const twoWindows = async (overflow: LlamaServerOptions['overflow']) => {
    const small = await llama('bigram', { contextTokens: 4_096, overflow });
    const large = await llama('bigram', { contextTokens: 16_384 });
    const prices = { inputPerMTok: 100, outputPerMTok: 500 };
    configure({
      small: small.baseUrl,
      large: { baseUrl: large.baseUrl, models: [{ id: 'toy-bigram', prices }] },
    });
    return { small, large };
  };
  const ask = (chars: number) => cli.run(['route', '--json', '--kind', 'commit', words(chars)]);

  it('and refused moves to a larger window before anything was shown', async () => {
    const { small, large } = await twoWindows('error');
    const result = await ask(6_000);
    expect(small.generations()).toEqual([]);
    expect(large.generations()[0]?.promptTokens).toBeGreaterThan(4_096);
    expect(of(result, 'transition')).toMatchObject([
      { from: 'small/toy-bigram', to: 'large/toy-bigram', cause: 'contextLength', mode: 'continue' },
    ]);
    expect(of(result, 'outcome')).toMatchObject([{ status: 'succeeded', route: 'large/toy-bigram' }]);
  });

  it('and cut in silence is noticed, starts over where there is room, and goes there from then on', async () => {
    const { small, large } = await twoWindows('truncate');
    // What this model makes of such text has to be seen first; each command is a daemon of its own that remembers.
    for (const chars of [2_200, 2_300, 2_400]) {
      expect(of(await ask(chars), 'outcome')).toMatchObject([{ route: 'small/toy-bigram' }]);
    }
    const cut = await ask(6_000);
    expect(small.generations().at(-1)?.promptTokens).toBe(2_048);
    const [transition] = of(cut, 'transition');
    expect(transition).toMatchObject({ to: 'large/toy-bigram', cause: 'contextLength', mode: 'restart' });
    expect(transition?.['message']).toMatch(/^the server read 2,048 of about [56],\d00 tokens$/);
    expect(of(cut, 'outcome')).toMatchObject([{ status: 'succeeded', route: 'large/toy-bigram' }]);

    const before = small.generations().length;
    const next = await ask(6_000);
    expect(of(next, 'outcome')).toMatchObject([{ route: 'large/toy-bigram', attempts: 1 }]);
    expect([small.generations().length, large.generations().length]).toEqual([before, 2]);
    // What fits still goes to the smaller one.
    expect(of(await ask(2_500), 'outcome')).toMatchObject([{ route: 'small/toy-bigram' }]);
  });

  it('and cut in silence with no larger window keeps its answer, with a warning', async () => {
    const small = await llama('bigram', { overflow: 'truncate' });
    configure({ small: small.baseUrl });
    for (const chars of [2_200, 2_300, 2_400]) await ask(chars);
    const [outcome] = of(await ask(6_000), 'outcome');
    expect(outcome).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(outcome?.['warning']).toContain('the server read 2,048 of about');
    // The next one is not sent: it would be cut again.
    const next = await ask(6_000);
    expect(next.code).toBe(3);
    expect(JSON.stringify(of(next, 'decision'))).toContain('capability.contextWindow');
  });
});

describe('its slots', () => {
  it('are left at once when the developer cancels', async () => {
    const server = await llama('random', { contextTokens: 16_384 });
    configure({ llama: server.baseUrl });
    const running = cli.start(['route', '--json', 'write on and on']);
    await running.line((line) => line.includes('"delta"'));
    const cancelledAtMs = performance.now();
    running.process.kill('SIGINT');
    const result = await running.result;
    await vi.waitFor(() => expect(server.generations()[0]?.endedAtMs).not.toBeNull());
    const [generation] = server.generations();
    expect(generation).toMatchObject({ stop: 'abort' });
    expect((generation?.endedAtMs ?? Infinity) - cancelledAtMs).toBeLessThan(1_000);
    expect(result.code).not.toBe(0);
  });

  it.each([
    ['as the server tells them: the third task waits in the router', {}],
    ['of which the developer says more than there are: the third waits at the server', { concurrency: 3 }],
  ])('take two tasks beside each other, %s', async (_how, limits) => {
    const server = await llama('random', { contextTokens: 768 });
    configure({ llama: { baseUrl: server.baseUrl, limits } });
    const tasks = ['one', 'two', 'three'].map((name) =>
      cli.run(['route', '--json', '--kind', 'commit', name]),
    );
    const outcomes = (await Promise.all(tasks)).map((result) => of(result, 'outcome')[0]);
    expect(outcomes).toMatchObject(outcomes.map(() => ({ status: 'succeeded', route: 'llama/toy-random' })));
    const [first, second, third] = [...server.generations()].sort((a, b) => a.startedAtMs - b.startedAtMs);
    if (!first || !second || !third) throw new Error('expected three generations');
    expect(second.startedAtMs).toBeLessThan(first.endedAtMs ?? 0);
    expect(second.slot).not.toBe(first.slot);
    expect(third.startedAtMs).toBeGreaterThanOrEqual(Math.min(first.endedAtMs ?? 0, second.endedAtMs ?? 0));
    const queued = outcomes.map((outcome) => (outcome?.['timings'] as { queuedMs: number }).queuedMs);
    expect(queued.filter((ms) => ms > 0)).toHaveLength('concurrency' in limits ? 0 : 1);
  });

  it('and window are shown by `task-router health`', async () => {
    const server = await llama('bigram');
    configure({ llama: server.baseUrl });
    const { stdout } = await cli.run(['health']);
    expect(stdout).toContain('1 model loaded, 0 of 2 slots busy');
    expect(stdout).toMatch(/toy-bigram .* loaded, context 4,096/);
  });
});
