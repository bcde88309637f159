/**
 * The vendors' own client libraries and the AI SDK, unmodified, against the endpoint's real server and formats. What
 * answers is scripted, part by part: routing has its own tests.
 */
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { ToolSet } from 'ai';
import { generateText, jsonSchema, streamText } from 'ai';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { AnswerSink, OutsideEnd } from '../../daemon/src/dispatch/outside/outside-call.ts';
import { formats } from '../../daemon/src/endpoint/formats/index.ts';
import type { AnswerPart } from '../../daemon/src/providers/model-call.ts';
import type { EndpointStage } from '../support/endpoint-stage.ts';
import { answered, head, openStage } from '../support/endpoint-stage.ts';

type Answered = Partial<Extract<OutsideEnd, { type: 'answered' }>>;

const question = { role: 'user', content: 'Where is it?' } as const;
const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 5 };
const thinking: AnswerPart[] = [
  { type: 'thinking', text: 'Let me ' },
  { type: 'thinking', text: 'see.' },
  { type: 'thinking', text: '', metadata: { anthropic: { signature: 'c2ln' } } },
];
const text: AnswerPart[] = [
  { type: 'text', text: 'In the ' },
  { type: 'text', text: '“file”.\n\n😀' },
];
const calls: AnswerPart[] = [
  { type: 'toolStart', id: 'call_1', name: 'read' },
  { type: 'toolDelta', id: 'call_1', json: '{"path":' },
  { type: 'toolDelta', id: 'call_1', json: '"a b"}' },
  { type: 'toolEnd', id: 'call_1' },
  { type: 'toolStart', id: 'functions.list:1', name: 'list' },
  { type: 'toolEnd', id: 'functions.list:1' },
];
const inputSchema = { type: 'object' as const, properties: { path: { type: 'string' as const } } };

async function answering(parts: readonly AnswerPart[], end: Answered = {}): Promise<EndpointStage> {
  const stage = await openStage({ formats });
  stage.script = async (_call, sink) => {
    sink.begin(head);
    for (const part of parts) if (!sink.part(part)) await sink.drained();
    return answered({ usage, ...end });
  };
  return stage;
}

function failing(stage: EndpointStage, parts: readonly AnswerPart[], end: object = {}): EndpointStage {
  stage.script = (_call, sink) => {
    if (parts.length > 0) sink.begin(head);
    for (const part of parts) sink.part(part);
    return Promise.resolve({
      ...{
        type: 'failed',
        kind: 'server',
        message: 'All routes failed.',
        code: 'route.allFailed',
        upstream: null,
      },
      ...{ retryAfterMs: null, head: parts.length > 0 ? head : null, begun: parts.length > 0, ...end },
    } as OutsideEnd);
  };
  return stage;
}

/** Waits, as a model that thinks for long, until the client has gone. */
function waitingForAbort(stage: EndpointStage): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  stage.script = async (_call, sink: AnswerSink, signal) => {
    sink.begin(head);
    sink.part({ type: 'text', text: 'Wait' });
    await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    resolve('aborted');
    return { type: 'cancelled' };
  };
  return promise;
}

describe('the openai library', () => {
  const clientOf = (stage: EndpointStage): OpenAI =>
    new OpenAI({ baseURL: `http://127.0.0.1:${stage.port}/v1`, apiKey: stage.key(), maxRetries: 0 });
  const ask = { model: 'auto', messages: [question] };

  it('reads a streamed answer with thinking, text, tool calls and usage', async () => {
    const stage = await answering([...thinking, ...text, ...calls], { finishReason: 'stop' });
    const stream = clientOf(stage).chat.completions.stream({
      ...ask,
      stream_options: { include_usage: true },
    });
    const completion = await stream.finalChatCompletion();
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-./) as string,
      model: 'local/small',
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'In the “file”.\n\n😀',
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'read', arguments: '{"path":"a b"}' } },
              { id: 'functions.list:1', type: 'function', function: { name: 'list', arguments: '{}' } },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 60 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
    });
  });

  it('gets no usage in a stream that did not ask for it', async () => {
    const stage = await answering(text);
    const stream = await clientOf(stage).chat.completions.create({ ...ask, stream: true });
    const chunks = await all(stream);
    expect(chunks.every((chunk) => chunk.usage == null && chunk.choices.length === 1)).toBe(true);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
  });

  it('reads an answer in one piece', async () => {
    const stage = await answering([...thinking, ...calls], { finishReason: 'toolCalls' });
    const completion = await clientOf(stage).chat.completions.create(ask);
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, reasoning_content: 'Let me see.', tool_calls: [{ id: 'call_1' }, {}] },
    });
    expect(completion.usage?.total_tokens).toBe(120);
  });

  it('reads structured output, and sends its schema', async () => {
    const stage = await answering([{ type: 'text', text: '{"path":"a"}' }]);
    const completion = await clientOf(stage).chat.completions.parse({
      ...ask,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', strict: true, schema: inputSchema },
      },
    });
    expect(completion.choices[0]?.message.parsed).toEqual({ path: 'a' });
    expect(stage.calls[0]?.call).toMatchObject({
      responseFormat: { type: 'json', name: 'place', schema: inputSchema },
      providerOptions: { openai: { strictJsonSchema: true } },
    });
  });

  it.each([
    ['length', 'length'],
    ['contentFilter', 'content_filter'],
    ['other', 'stop'],
  ] as const)('is told of the finish reason %s as %s', async (finishReason, told) => {
    const client = clientOf(await answering(text, { finishReason }));
    expect((await client.chat.completions.create(ask)).choices[0]?.finish_reason).toBe(told);
    const chunks = await all(await client.chat.completions.create({ ...ask, stream: true }));
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe(told);
  });

  it('throws what failed before the answer, with the status and the code', async () => {
    const stage = failing(await openStage({ formats }), []);
    for (const stream of [true, false]) {
      const error = await clientOf(stage)
        .chat.completions.create({ ...ask, stream })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.InternalServerError);
      expect(error).toMatchObject({ status: 502, code: 'route.allFailed', type: 'api_error' });
    }
    const client = new OpenAI({
      baseURL: `http://127.0.0.1:${stage.port}/v1`,
      apiKey: 'wrong',
      maxRetries: 0,
    });
    await expect(client.chat.completions.create(ask)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('throws what failed in mid-answer, and never sees an end', async () => {
    const stage = failing(await openStage({ formats }), text);
    const stream = await clientOf(stage).chat.completions.create({ ...ask, stream: true });
    const seen: unknown[] = [];
    const error = await (async () => {
      for await (const chunk of stream) seen.push(chunk.choices[0]?.finish_reason);
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(String(error)).toContain('All routes failed.');
    expect(seen).toEqual([null, null, null]);
  });

  it('throws a refusal of its request, which names the field', async () => {
    const client = clientOf(await openStage({ formats }));
    const error = await client.chat.completions
      .create({ ...ask, temperature: 'hot' as never })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'temperature', code: 'endpoint.badRequest' });
  });

  it('aborts', async () => {
    const stage = await openStage({ formats });
    const aborted = waitingForAbort(stage);
    const stream = await clientOf(stage).chat.completions.create({ ...ask, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'Wait') break;
    stream.controller.abort();
    expect(await aborted).toBe('aborted');
  });

  it('lists the models', async () => {
    const page = await clientOf(await openStage({ formats })).models.list();
    expect(page.data).toMatchObject([{ id: 'auto', object: 'model', owned_by: 'task-router' }]);
  });
});

describe('the anthropic library', () => {
  const clientOf = (stage: EndpointStage): Anthropic =>
    new Anthropic({ baseURL: `http://127.0.0.1:${stage.port}`, apiKey: stage.key(), maxRetries: 0 });
  const ask = { model: 'auto', max_tokens: 100, messages: [question] };
  const thinks = { thinking: { type: 'enabled', budget_tokens: 2000 } } as const;

  it('reads a streamed answer with thinking, text, tool calls and usage', async () => {
    const redacted: AnswerPart = {
      type: 'thinking',
      text: '',
      metadata: { anthropic: { redactedData: 'xyz' } },
    };
    const stage = await answering([...thinking, redacted, ...text, ...calls], { finishReason: 'stop' });
    const message = await clientOf(stage)
      .messages.stream({ ...ask, ...thinks })
      .finalMessage();
    expect(message).toMatchObject({
      id: expect.stringMatching(/^msg_./) as string,
      model: 'local/small',
      role: 'assistant',
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'Let me see.', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'xyz' },
        { type: 'text', text: 'In the “file”.\n\n😀' },
        { type: 'tool_use', id: 'call_1', name: 'read', input: { path: 'a b' } },
        {
          type: 'tool_use',
          id: expect.stringMatching(/^toolu_[0-9a-f]{24}$/) as string,
          name: 'list',
          input: {},
        },
      ],
      usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 20 },
    });
  });

  it('reads an answer in one piece, without thinking that it did not ask for', async () => {
    const stage = await answering([...thinking, ...text, ...calls], { finishReason: 'toolCalls' });
    const message = await clientOf(stage).messages.create(ask);
    expect(message.content.map(({ type }) => type)).toEqual(['text', 'tool_use', 'tool_use']);
    expect(message).toMatchObject({
      stop_reason: 'tool_use',
      usage: { input_tokens: 40, output_tokens: 20 },
    });
    const thought = await clientOf(stage).messages.create({ ...ask, ...thinks });
    expect(thought.content[0]).toEqual({ type: 'thinking', thinking: 'Let me see.', signature: 'c2ln' });
  });

  it('carries thinking of another vendor to its next question and back', async () => {
    const foreign: AnswerPart = {
      ...{ type: 'thinking', text: 'Hm.' },
      metadata: { google: { thoughtSignature: 'Zm9v' } },
    };
    const stage = await answering([foreign, ...text]);
    const client = clientOf(stage);
    const { content } = await client.messages.stream({ ...ask, ...thinks }).finalMessage();
    await client.messages.create({
      ...ask,
      messages: [question, { role: 'assistant', content }, { role: 'user', content: 'And then?' }],
    });
    expect(stage.calls[1]?.call.prompt[1]?.content).toEqual([
      { type: 'reasoning', text: 'Hm.', providerOptions: foreign.metadata },
      { type: 'text', text: 'In the “file”.\n\n😀' },
    ]);
  });

  it.each([
    ['length', 'max_tokens'],
    ['contentFilter', 'refusal'],
    ['other', 'end_turn'],
  ] as const)('is told of the finish reason %s as %s', async (finishReason, told) => {
    const client = clientOf(await answering(text, { finishReason }));
    expect((await client.messages.create(ask)).stop_reason).toBe(told);
    expect((await client.messages.stream(ask).finalMessage()).stop_reason).toBe(told);
  });

  it('reads structured output, and sends its schema', async () => {
    const stage = await answering([{ type: 'text', text: '{"path":"a"}' }]);
    const message = await clientOf(stage).messages.parse({
      ...ask,
      output_config: { format: { type: 'json_schema', schema: inputSchema } },
    });
    expect(message.content[0]).toMatchObject({ text: '{"path":"a"}' });
    expect(stage.calls[0]?.call.responseFormat).toMatchObject({ type: 'json', schema: inputSchema });
  });

  it('throws what failed before the answer, with the status and the type', async () => {
    const stage = failing(await openStage({ formats }), [], { code: 'task.tooMany', retryAfterMs: 3000 });
    for (const stream of [true, false]) {
      const error = await clientOf(stage)
        .messages.create({ ...ask, stream })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Anthropic.RateLimitError);
      expect(error).toMatchObject({ error: { error: { type: 'rate_limit_error', code: 'task.tooMany' } } });
      expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).toBe('3');
    }
    const client = new Anthropic({
      baseURL: `http://127.0.0.1:${stage.port}`,
      apiKey: 'wrong',
      maxRetries: 0,
    });
    await expect(client.messages.create(ask)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  });

  it('throws what failed in mid-answer, and never sees an end', async () => {
    const stage = failing(await openStage({ formats }), text);
    const stream = await clientOf(stage).messages.create({ ...ask, stream: true });
    const seen: string[] = [];
    const error = await (async () => {
      for await (const event of stream) seen.push(event.type);
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(String(error)).toContain('All routes failed.');
    expect(seen).not.toContain('message_stop');
    expect(seen).not.toContain('message_delta');
  });

  it('aborts', async () => {
    const stage = await openStage({ formats });
    const aborted = waitingForAbort(stage);
    const stream = clientOf(stage).messages.stream(ask);
    stream.on('text', () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    expect(await aborted).toBe('aborted');
  });

  it('lists the models and counts tokens', async () => {
    const client = clientOf(await openStage({ formats }));
    expect((await client.models.list()).data).toMatchObject([
      { type: 'model', id: 'auto', display_name: 'Auto' },
    ]);
    expect(await client.messages.countTokens({ model: 'auto', messages: [question] })).toEqual({
      input_tokens: 42,
    });
  });
});

describe.each(['openai-chat', 'anthropic-messages'] as const)('the AI SDK through %s', (format) => {
  const modelOf = (stage: EndpointStage) =>
    format === 'openai-chat'
      ? createOpenAICompatible({
          name: 'router',
          baseURL: `http://127.0.0.1:${stage.port}/v1`,
          apiKey: stage.key(),
          includeUsage: true,
        })('auto')
      : createAnthropic({ baseURL: `http://127.0.0.1:${stage.port}/v1`, apiKey: stage.key() })('auto');
  const tools = {
    read: { description: 'Reads.', inputSchema: jsonSchema(inputSchema) },
    list: { inputSchema: jsonSchema({ type: 'object', properties: {} }) },
    // The library's types know no exact optional fields.
  } as ToolSet;
  const ask = { prompt: 'Where is it?', maxRetries: 0, maxOutputTokens: 500, tools };

  it('reads streamed text, tool calls and usage', async () => {
    const stage = await answering([...text, ...calls], { finishReason: 'toolCalls' });
    const result = streamText({ model: modelOf(stage), ...ask });
    expect(await result.text).toBe('In the “file”.\n\n😀');
    expect((await result.toolCalls).map(({ toolName, input }) => [toolName, input as unknown])).toEqual([
      ['read', { path: 'a b' }],
      ['list', {}],
    ]);
    expect(await result.finishReason).toBe('tool-calls');
    expect(await result.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
    expect(stage.calls[0]?.call.tools).toMatchObject([
      { name: 'read', description: 'Reads.' },
      { name: 'list' },
    ]);
  });

  it('reads an answer in one piece', async () => {
    const stage = await answering([...text, ...calls], { finishReason: 'toolCalls' });
    const result = await generateText({ model: modelOf(stage), ...ask });
    expect(result.text).toBe('In the “file”.\n\n😀');
    expect(result.toolCalls.map(({ toolName }) => toolName)).toEqual(['read', 'list']);
  });

  it('shows thinking', async () => {
    const stage = await answering([...thinking, ...text]);
    const result = streamText({
      model: modelOf(stage),
      ...ask,
      providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
    });
    expect((await result.finalStep).reasoningText).toBe('Let me see.');
  });

  it('sends images and results of tools', async () => {
    const stage = await answering(text);
    const image = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
    await generateText({
      model: modelOf(stage),
      maxRetries: 0,
      maxOutputTokens: 500,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'file', data: image, mediaType: 'image/png' },
          ],
        },
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'read', input: { path: 'a' } }],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: 'c1', toolName: 'read', output: { type: 'text', value: 'x' } },
          ],
        },
      ],
    });
    expect(stage.calls[0]?.call.prompt).toMatchObject([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw0KGgo=' } },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'read', input: { path: 'a' } }],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'c1', toolName: 'read', output: { type: 'text', value: 'x' } },
        ],
      },
    ]);
  });

  it('sees an error in mid-answer', async () => {
    const stage = failing(await openStage({ formats }), text);
    const errors: unknown[] = [];
    const result = streamText({
      model: modelOf(stage),
      ...ask,
      onError: ({ error }) => void errors.push(error),
    });
    let seen = '';
    for await (const part of result.textStream) seen += part;
    expect(seen).toBe('In the “file”.\n\n😀');
    expect(JSON.stringify(errors) + String(errors[0])).toContain('All routes failed.');
  });

  it('aborts', async () => {
    const stage = await openStage({ formats });
    const aborted = waitingForAbort(stage);
    const controller = new AbortController();
    const result = streamText({ model: modelOf(stage), ...ask, abortSignal: controller.signal });
    for await (const part of result.textStream) if (part === 'Wait') controller.abort();
    expect(await aborted).toBe('aborted');
  });
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
