/**
 * The AI SDK, unmodified, against the endpoint's real server and formats. What answers is scripted: routing has its own
 * tests.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { ToolSet } from 'ai';
import { generateText, jsonSchema, streamText } from 'ai';
import { describe, expect, it } from 'vitest';
import { formats } from '../../daemon/src/endpoint/formats/index.ts';
import type { EndpointStage } from '../support/endpoint-stage.ts';
import { openStage } from '../support/endpoint-stage.ts';
import {
  answering,
  calls,
  failing,
  inputSchema,
  text,
  thinking,
  waitingForAbort,
} from '../support/scripted-answers.ts';

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
