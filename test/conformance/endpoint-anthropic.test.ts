/**
 * Anthropic's own client library, unmodified, against the endpoint's real server and formats. What answers is scripted:
 * routing has its own tests.
 */
import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { formats } from '../../daemon/src/endpoint/formats/index.ts';
import type { AnswerPart } from '../../daemon/src/providers/model-call.ts';
import type { EndpointStage } from '../support/endpoint-stage.ts';
import { openStage } from '../support/endpoint-stage.ts';
import {
  answering,
  calls,
  failing,
  inputSchema,
  question,
  text,
  thinking,
  waitingForAbort,
} from '../support/scripted-answers.ts';

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
