/** Model lists as the servers send them. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createOpenaiCompatibleProvider } from './index.ts';
import type { ServerModel } from '../provider.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listFrom(pages: Record<string, unknown>): Promise<readonly ServerModel[]> {
  server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response
      .writeHead(page === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(page ?? {}));
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/v1`;
  return createOpenaiCompatibleProvider({
    nodeId: 'n',
    provider: 'openai-compatible',
    baseUrl,
    apiKey: null,
    models: [],
  }).listModels(AbortSignal.timeout(5_000));
}

describe('listModels', () => {
  it('reads OpenRouter: window, prices per token, abilities; models without text left out', async () => {
    const models = await listFrom({
      '/v1/models': {
        data: [
          {
            id: 'anthropic/claude-sonnet-4.5',
            name: 'Anthropic: Claude Sonnet 4.5',
            context_length: 1_000_000,
            architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
            pricing: {
              prompt: '0.000003',
              completion: '0.000015',
              input_cache_read: '0.0000003',
              request: '0',
            },
            top_provider: { context_length: 1_000_000, max_completion_tokens: 64_000 },
            supported_parameters: ['tools', 'reasoning', 'structured_outputs', 'max_tokens'],
          },
          { id: 'openrouter/auto', context_length: 2_000_000, pricing: { prompt: '-1', completion: '-1' } },
          {
            id: 'acme/painter',
            architecture: { input_modalities: ['text'], output_modalities: ['image'] },
            pricing: { prompt: '0', completion: '0' },
          },
          {
            id: 'acme/free:free',
            architecture: { output_modalities: ['text'] },
            pricing: { prompt: '0', completion: '0' },
          },
        ],
      },
    });
    expect(models).toEqual([
      {
        modelId: 'anthropic/claude-sonnet-4.5',
        label: 'Anthropic: Claude Sonnet 4.5',
        contextWindow: 1_000_000,
        maxOutputTokens: 64_000,
        capabilities: { tools: true, vision: true, reasoning: true, structuredOutput: true },
        prices: { inputPerMTok: 3, outputPerMTok: 15, cacheReadPerMTok: 0.3 },
      },
      { modelId: 'openrouter/auto', contextWindow: 2_000_000 },
      { modelId: 'acme/free:free', prices: { inputPerMTok: 0, outputPerMTok: 0 } },
    ]);
  });

  it('reads LM Studio: the window as loaded wins, embeddings left out', async () => {
    const models = await listFrom({
      '/v1/models': {
        object: 'list',
        data: [
          { id: 'qwen3-8b', object: 'model' },
          { id: 'vision', object: 'model' },
          { id: 'nomic', object: 'model' },
        ],
      },
      '/api/v0/models': {
        object: 'list',
        data: [
          {
            id: 'qwen3-8b',
            type: 'llm',
            publisher: 'qwen',
            state: 'loaded',
            max_context_length: 40_960,
            loaded_context_length: 8_192,
            capabilities: ['tool_use'],
          },
          { id: 'vision', type: 'vlm', publisher: 'x', state: 'not-loaded', max_context_length: 32_768 },
          { id: 'nomic', type: 'embeddings', publisher: 'x', state: 'not-loaded', max_context_length: 2_048 },
        ],
      },
    });
    expect(models).toEqual([
      { modelId: 'qwen3-8b', contextWindow: 8_192, capabilities: { tools: true, vision: false } },
      { modelId: 'vision', contextWindow: 32_768, capabilities: { vision: true } },
    ]);
  });

  it('reads llama.cpp: the window it was started with, from the list or from its settings', async () => {
    const entry = { id: 'm.gguf', object: 'model', owned_by: 'llamacpp', meta: { n_ctx_train: 131_072 } };
    const old = await listFrom({
      '/v1/models': { data: [entry] },
      '/props': { default_generation_settings: { n_ctx: 4_096 } },
    });
    expect(old[0]?.contextWindow).toBe(4_096);
    server?.close();
    const fresh = await listFrom({
      '/v1/models': { data: [{ ...entry, meta: { n_ctx: 8_192, n_ctx_train: 131_072 } }] },
    });
    expect(fresh[0]?.contextWindow).toBe(8_192);
  });

  it('reads vLLM, Groq, Mistral and Together, which answers with a bare list', async () => {
    expect(await listFrom({ '/v1/models': { data: [{ id: 'a', max_model_len: 16_384 }] } })).toEqual([
      { modelId: 'a', contextWindow: 16_384 },
    ]);
    server?.close();
    expect(
      await listFrom({
        '/v1/models': { data: [{ id: 'b', context_window: 131_072, max_completion_tokens: 32_768 }] },
      }),
    ).toEqual([{ modelId: 'b', contextWindow: 131_072, maxOutputTokens: 32_768 }]);
    server?.close();
    const mistral = [
      {
        id: 'mistral-large',
        max_context_length: 131_072,
        capabilities: { completion_chat: true, function_calling: true, vision: false },
      },
      { id: 'mistral-embed', capabilities: { completion_chat: false } },
    ];
    expect(await listFrom({ '/v1/models': { data: mistral } })).toEqual([
      { modelId: 'mistral-large', contextWindow: 131_072, capabilities: { tools: true, vision: false } },
    ]);
    server?.close();
    expect(
      await listFrom({
        '/v1/models': [
          { id: 'c', type: 'chat', context_length: 8_192, pricing: { input: 0.88, output: 0.88 } },
          { id: 'd', type: 'image' },
        ],
      }),
    ).toEqual([{ modelId: 'c', contextWindow: 8_192 }]);
  });

  it('goes by the name where the server says nothing', async () => {
    const ids = [
      'gpt-4.1',
      'text-embedding-3-small',
      'whisper-1',
      'tts-1',
      'gpt-4o-realtime-preview',
      'my-audio',
      'bge-m3',
      'codestral-latest',
    ];
    expect(
      (await listFrom({ '/v1/models': { data: ids.map((id) => ({ id })) } })).map(({ modelId }) => modelId),
    ).toEqual(['gpt-4.1', 'codestral-latest']);
  });

  it('survives hostile entries and bounds the list', async () => {
    const data = [
      null,
      7,
      { id: '' },
      { id: 'x'.repeat(1_000) },
      { id: 'line\nbreak' },
      {
        id: 'ok',
        name: ' two\n lines\u0007 ',
        context_length: -5,
        pricing: { prompt: 'NaN', completion: '1e999' },
        capabilities: 7,
        architecture: 'none',
      },
      { id: 'ok', name: 'again' },
      ...Array.from({ length: 2_000 }, (_, index) => ({ id: `m${index}` })),
    ];
    const models = await listFrom({ '/v1/models': { data } });
    expect(models).toHaveLength(500);
    expect(models[0]).toEqual({ modelId: 'ok', label: 'two lines' });
  });
});
