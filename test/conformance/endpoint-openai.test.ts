/**
 * OpenAI's own client library, unmodified, against the endpoint's real server and formats. What answers is scripted:
 * routing has its own tests.
 */
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { formats } from '../../daemon/src/endpoint/formats/index.ts';
import type { EndpointStage } from '../support/endpoint-stage.ts';
import { openStage } from '../support/endpoint-stage.ts';
import {
  all,
  answering,
  calls,
  failing,
  inputSchema,
  question,
  text,
  thinking,
  waitingForAbort,
} from '../support/scripted-answers.ts';

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
