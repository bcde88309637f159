/** What local servers say of their memory and slots, in each one's words, and with lies among them. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createProvider } from './registry.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Answers by path; null never does. */
async function serve(provider: 'ollama' | 'openai-compatible', answers: Record<string, unknown>) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end('not found');
    else if (answer !== null) response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const client = createProvider({ nodeId: 'n', provider, baseUrl, apiKey: null, models: [] });
  return { asked, load: (waitMs = 10_000) => client.load?.(AbortSignal.timeout(waitMs)) };
}

const cold = { state: 'cold', windowTokens: null, gpuBytes: null, unloadsAtMs: null };

describe('Ollama', () => {
  const tags = {
    models: [
      { name: 'a:7b', size: 4_000_000_000 },
      { name: 'b:1b', size: 1_000_000_000 },
    ],
  };
  const running = {
    model: 'a:7b',
    size: 5_200_000_000,
    size_vram: 3_000_000_000,
    expires_at: '2026-01-01T00:05:00.123456789+01:00',
    context_length: 8_192,
  };

  it('tells what is loaded, with which window, until when, and how large the rest is', async () => {
    const { load } = await serve('ollama', { '/api/ps': { models: [running] }, '/api/tags': tags });
    expect(await load()).toEqual({
      models: [
        {
          modelId: 'a:7b',
          state: 'loaded',
          windowTokens: 8_192,
          bytes: 5_200_000_000,
          gpuBytes: 3_000_000_000,
          unloadsAtMs: Date.parse('2025-12-31T23:05:00.123Z'),
        },
        { ...cold, modelId: 'b:1b', bytes: 1_000_000_000 },
      ],
      slots: null,
      busySlots: null,
      windowOnRequest: true,
    });
  });

  it('is asked for sizes once, and does without them', async () => {
    const { asked, load } = await serve('ollama', { '/api/ps': { models: null }, '/api/tags': tags });
    await load();
    await load();
    expect(asked.toSorted()).toEqual(['/api/ps', '/api/ps', '/api/tags']);
    server?.close();
    const other = await serve('ollama', { '/api/ps': { models: [running] } });
    expect((await other.load())?.models).toHaveLength(1);
  });

  it('is not believed what can’t be', async () => {
    const lies = [
      { model: 'x', size: -1, size_vram: 'much', expires_at: 'soon', context_length: 1e300 },
      { model: 'y', size: 1e30, size_vram: 0, expires_at: '9999-01-01T00:00:00Z', context_length: 0.5 },
      { model: 'z'.repeat(5_000) },
      { model: 'line\nbreak' },
      { name: 7 },
      null,
    ];
    const { load } = await serve('ollama', { '/api/ps': { models: lies }, '/api/tags': { models: lies } });
    const nothing = { state: 'loaded', windowTokens: null, bytes: null, unloadsAtMs: null };
    expect((await load())?.models).toEqual([
      { ...nothing, modelId: 'x', gpuBytes: null },
      { ...nothing, modelId: 'y', gpuBytes: 0 },
    ]);
  });

  it('that lists without end, answers otherwise, or not at all, tells nothing', async () => {
    const many = { models: Array.from({ length: 3_000 }, (_, index) => ({ model: `m${index}` })) };
    const { load } = await serve('ollama', { '/api/ps': many, '/api/tags': many });
    expect((await load())?.models).toHaveLength(500);
    for (const answer of [`{"models":[${'{"a":1},'.repeat(600_000)}`, '<html>', { models: 'none' }, null]) {
      server?.closeAllConnections();
      server?.close();
      const broken = await serve('ollama', { '/api/ps': answer });
      await expect(broken.load(answer === null ? 300 : undefined)).rejects.toThrow();
    }
  });
});

describe('LM Studio', () => {
  it('tells the state of each model, and its window when it is loaded', async () => {
    const { asked, load } = await serve('openai-compatible', {
      '/api/v0/models': {
        data: [
          { id: 'a', state: 'loaded', max_context_length: 131_072, loaded_context_length: 4_096 },
          { id: 'b', state: 'not-loaded', max_context_length: 32_768, loaded_context_length: 9 },
        ],
      },
    });
    const expected = {
      models: [
        { ...cold, modelId: 'a', state: 'loaded', windowTokens: 4_096, bytes: null },
        { ...cold, modelId: 'b', bytes: null },
      ],
      slots: null,
      busySlots: null,
      windowOnRequest: false,
    };
    expect(await load()).toEqual(expected);
    expect(await load()).toEqual(expected);
    // The second time it is known whom to ask.
    expect(asked.filter((path) => path !== '/api/v0/models').toSorted()).toEqual(['/props', '/slots']);
  });
});

describe('llama.cpp', () => {
  const props = { total_slots: 2, default_generation_settings: { n_ctx: 8_192 } };
  const slot = (is_processing: boolean) => ({ id: 0, is_processing, n_ctx: 8_192, prompt: 'kept out' });

  it('tells its window, its slots, and how many of them are busy', async () => {
    const { load } = await serve('openai-compatible', {
      '/props': props,
      '/slots': [slot(true), slot(false)],
    });
    expect(await load()).toEqual({
      models: [{ ...cold, modelId: null, state: 'loaded', windowTokens: 8_192, bytes: null }],
      slots: 2,
      busySlots: 1,
      windowOnRequest: false,
    });
  });

  it('may keep its slots to itself, or claim what no server has', async () => {
    const { load } = await serve('openai-compatible', { '/props': props });
    expect(await load()).toMatchObject({ slots: 2, busySlots: null });
    server?.close();
    const liar = await serve('openai-compatible', {
      '/props': { total_slots: 1e9, default_generation_settings: { n_ctx: -5 } },
      '/slots': Array.from({ length: 5_000 }, () => slot(true)),
    });
    expect(await liar.load()).toMatchObject({
      slots: null,
      busySlots: null,
      models: [{ windowTokens: null }],
    });
  });
});

it('any other server tells nothing', async () => {
  const { load } = await serve('openai-compatible', {
    '/v1/models': { data: [] },
    '/props': { error: 'no' },
  });
  expect(await load()).toBeNull();
});
