/** The clients that will really read these wires accept them: the AI SDK's providers, and Ollama's documented shape. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { FaultInput } from '../faults.ts';
import { demoProfiles } from '../profiles.ts';
import type { DemoServerId } from '../profiles.ts';
import { startDemoServer } from '../server.ts';
import type { DemoServer } from '../server.ts';

const servers: DemoServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serverWith(id: DemoServerId, ...faults: readonly FaultInput[]): Promise<DemoServer> {
  const server = await startDemoServer(demoProfiles[id], { speed: 0, faults });
  servers.push(server);
  return server;
}

const prompt = 'Explain this.\n\nFile: a.ts\n```ts\nexport const one = 1;\n```';
const call = {
  prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: prompt }] }],
  tools: [
    { type: 'function' as const, name: 'read', inputSchema: { type: 'object' as const, properties: {} } },
  ],
};

function modelOf(server: DemoServer): LanguageModelV4 {
  const modelId = server.models[0]!.id;
  return server.provider === 'anthropic'
    ? createAnthropic({ baseURL: server.baseUrl, apiKey: 'any' })(modelId)
    : createOpenAICompatible({ name: 'demo', baseURL: server.baseUrl, apiKey: 'any', includeUsage: true })(
        modelId,
      );
}

async function partsOf(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): Promise<LanguageModelV4StreamPart[]> {
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

function textOf(parts: readonly LanguageModelV4StreamPart[]): string {
  return parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('');
}

describe.each(['demo-fast', 'demo-strong'] as const)('%s through the AI SDK', (id) => {
  it('streams text, usage and a finish reason', async () => {
    const server = await serverWith(id);
    const { stream } = await modelOf(server).doStream(call);
    const parts = await partsOf(stream);
    const text = textOf(parts);
    expect(text).toMatch(/^Demo answer \(no real model\)/);
    expect(text).toContain('`one`');
    expect(parts.filter(({ type }) => type === 'error')).toEqual([]);
    expect(parts.at(-1)).toMatchObject({
      type: 'finish',
      finishReason: { unified: 'stop' },
      usage: {
        inputTokens: { total: Math.ceil(prompt.length / 4) },
        outputTokens: { total: Math.ceil(text.length / 4) },
      },
    });
  });

  it('answers in one piece with the same text', async () => {
    const model = modelOf(await serverWith(id));
    const [whole, streamed] = [await model.doGenerate(call), await model.doStream(call)];
    const text = textOf(await partsOf(streamed.stream));
    expect(whole.content).toEqual([{ type: 'text', text }]);
    expect(whole.usage.outputTokens.total).toBe(Math.ceil(text.length / 4));
  });

  it('ends at the output limit of the caller, and says so', async () => {
    const { stream } = await modelOf(await serverWith(id)).doStream({ ...call, maxOutputTokens: 5 });
    const parts = await partsOf(stream);
    expect(textOf(parts).length).toBe(20);
    expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: { unified: 'length' } });
  });

  it('fails with the status and the raw body of an error', async () => {
    const server = await serverWith(id, { kind: 'status', status: 429, retryAfter: { seconds: 3 } });
    await expect(modelOf(server).doStream(call)).rejects.toMatchObject({
      name: 'AI_APICallError',
      statusCode: 429,
      responseHeaders: { 'retry-after': '3' },
      responseBody: expect.stringMatching(/rate.limit/i) as string,
    });
  });

  it('reports an error event in mid-stream as an error part', async () => {
    const server = await serverWith(id, { kind: 'error-event', afterChunks: 3 });
    const { stream } = await modelOf(server).doStream(call);
    const parts = await partsOf(stream);
    expect(parts.some(({ type }) => type === 'error')).toBe(true);
    expect(textOf(parts)).toBe('Demo answer (no');
  });
});

describe('the Anthropic wire', () => {
  it('sends the real sequence of events, each under its name', async () => {
    const server = await startDemoServer(demoProfiles['demo-strong'], { speed: 0, answer: () => 'one two' });
    servers.push(server);
    const body = {
      model: 'demo-large',
      max_tokens: 99,
      stream: true,
      messages: [{ role: 'user', content: 'x' }],
    };
    const raw = await (await post(server, '/messages', body)).text();
    const names = [...raw.matchAll(/^event: (\w+)\ndata: \{"type":"(\w+)"/gm)];
    expect(names.every(([, event, type]) => event === type)).toBe(true);
    expect(names.map(([, event]) => event)).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });
});

describe('the OpenAI wire', () => {
  it('sends usage only to those who ask for it', async () => {
    const server = await serverWith('demo-fast');
    const body = {
      model: 'demo-mini',
      stream: true,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    };
    expect(await (await post(server, '/chat/completions', body)).text()).not.toContain('usage');
    const asked = { ...body, stream_options: { include_usage: true } };
    expect(await (await post(server, '/chat/completions', asked)).text()).toContain(
      '"choices":[],"usage":{"prompt_tokens":1,',
    );
  });
});

describe('the Ollama wire', () => {
  const lastSchema = z.object({
    model: z.literal('demo-wobbly:latest'),
    created_at: z.iso.datetime(),
    message: z.object({ role: z.literal('assistant'), content: z.string() }),
    done: z.literal(true),
    done_reason: z.string(),
    total_duration: z.int().positive(),
    load_duration: z.int().nonnegative(),
    prompt_eval_count: z.int().nonnegative(),
    prompt_eval_duration: z.int().nonnegative(),
    eval_count: z.int().nonnegative(),
    eval_duration: z.int().nonnegative(),
  });
  const chat = { model: 'demo-wobbly', messages: [{ role: 'user', content: prompt }] };

  it('streams NDJSON by default and ends with counts and durations', async () => {
    const server = await serverWith('demo-flaky');
    const response = await post(server, '/api/chat', chat);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const events: unknown[] = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const eventSchema = z.object({ done: z.boolean(), message: z.object({ content: z.string() }) });
    const text = events.map((event) => eventSchema.parse(event).message.content).join('');
    expect(text).toMatch(/^Demo answer \(no real model\)/);
    expect(lastSchema.parse(events.at(-1))).toMatchObject({
      done_reason: 'stop',
      prompt_eval_count: Math.ceil(prompt.length / 4),
      eval_count: Math.ceil(text.length / 4),
    });
  });

  it('answers in one piece, stops at num_predict, loads on an empty chat', async () => {
    const server = await serverWith('demo-flaky');
    const ask = async (more: object) =>
      lastSchema.parse(await (await post(server, '/api/chat', { ...chat, stream: false, ...more })).json());
    expect((await ask({})).done_reason).toBe('stop');
    const short = await ask({ options: { num_predict: 5 } });
    expect([short.done_reason, short.message.content.length, short.eval_count]).toEqual(['length', 20, 5]);
    expect(await ask({ messages: [] })).toMatchObject({ done_reason: 'load', message: { content: '' } });
  });

  it('tells its version, its models, what one can do, and which is loaded', async () => {
    const server = await serverWith('demo-flaky');
    const get = async (path: string): Promise<unknown> => (await fetch(server.baseUrl + path)).json();
    expect(await get('/api/version')).toEqual({ version: '0.0.0-demo' });
    expect(await get('/api/tags')).toMatchObject({
      models: [{ name: 'demo-wobbly:latest', details: { family: 'demo' } }],
    });
    expect(await (await post(server, '/api/show', { model: 'demo-wobbly' })).json()).toMatchObject({
      capabilities: ['completion'],
      model_info: { 'general.architecture': 'demo', 'demo.context_length': 32_768 },
    });
    expect(await get('/api/ps')).toEqual({ models: [] });
    await (await post(server, '/api/chat', chat)).text();
    expect(await get('/api/ps')).toMatchObject({
      models: [
        { name: 'demo-wobbly:latest', expires_at: expect.any(String) as string, context_length: 4_096 },
      ],
    });
    expect(await (await fetch(server.baseUrl)).text()).toContain('Ollama is running');
  });

  it('says what it loaded, unloads on an empty chat with keep_alive 0, and cuts a prompt unless told not to', async () => {
    const server = await serverWith('demo-flaky');
    const ask = async (more: object) =>
      (await (await post(server, '/api/chat', { ...chat, stream: false, ...more })).json()) as Record<
        string,
        unknown
      >;
    expect(await ask({ messages: [], keep_alive: 0 })).toMatchObject({ done_reason: 'unload' });
    const long = [{ role: 'user', content: 'word '.repeat(4_000) }];
    expect(await ask({ messages: long })).toMatchObject({ prompt_eval_count: 4_096 });
    expect(await ask({ messages: long, options: { num_ctx: 8_192 } })).toMatchObject({
      prompt_eval_count: 5_000,
    });
    expect(await ask({ messages: long, truncate: false })).toMatchObject({
      error: expect.stringContaining('exceeds the context length') as string,
    });
    await ask({ messages: [], keep_alive: 0 });
    expect(await (await fetch(`${server.baseUrl}/api/ps`)).json()).toEqual({ models: [] });
  });
});

describe('what every wire refuses', () => {
  const answers: Readonly<Record<DemoServerId, string>> = {
    'demo-fast': '/chat/completions',
    'demo-strong': '/messages',
    'demo-flaky': '/api/chat',
  };

  it.each(['demo-fast', 'demo-strong', 'demo-flaky'] as const)(
    '%s: bad JSON, bad shape, unknown model, unknown path',
    async (id) => {
      const server = await serverWith(id);
      const post = (body: string, path = answers[id]) =>
        fetch(server.baseUrl + path, { method: 'POST', body });
      const replies = [
        await post('{"model": '),
        await post('[]'),
        await post(JSON.stringify({ model: 'demo-mini', max_tokens: 9, messages: 'none' })),
        await post(
          JSON.stringify({ model: 'gpt-real', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }),
        ),
        await post('{}', '/nothing/here'),
      ];
      expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 404, 404]);
      const shape = {
        'demo-fast': { error: { message: expect.any(String) as string, code: null } },
        'demo-strong': { type: 'error', error: { type: 'invalid_request_error' } },
        'demo-flaky': { error: expect.any(String) as string },
      }[id];
      expect(await replies[0]!.json()).toMatchObject(shape);
      expect(await replies[3]!.text()).toContain('gpt-real');
    },
  );

  it.each(['demo-fast', 'demo-strong'] as const)('%s: a prompt longer than the window', async (id) => {
    const server = await serverWith(id);
    const content = 'x'.repeat(server.models[0]!.contextWindow * 4 + 1);
    const response = await post(server, answers[id], {
      model: server.models[0]!.id,
      max_tokens: 9,
      messages: [{ role: 'user', content }],
    });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(String(server.models[0]!.contextWindow + 1)),
    ]);
  });

  it('model lists are labelled as a demo', async () => {
    const listSchema = z.object({ data: z.array(z.object({ id: z.string() })) });
    for (const id of ['demo-fast', 'demo-strong'] as const) {
      const server = await serverWith(id);
      const list = listSchema.parse(await (await fetch(`${server.baseUrl}/models`)).json());
      expect(list.data.map((model) => model.id)).toEqual(server.models.map((model) => model.id));
      expect(JSON.stringify(list)).toContain('demo');
    }
  });
});

function post(server: DemoServer, path: string, body: object): Promise<Response> {
  return fetch(server.baseUrl + path, { method: 'POST', body: JSON.stringify(body) });
}
