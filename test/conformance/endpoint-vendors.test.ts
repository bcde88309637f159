/**
 * What only one vendor understands, through the whole daemon: thinking stays with whoever signed it, files go where each
 * wire has room for them, and a field that can't be translated is never lost in silence.
 */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedHome, scriptedKinds } from '../support/scripted-home.ts';

const [openaiKind, anthropicKind] = scriptedKinds;
const question = { role: 'user', content: 'Where is it?' } as const;
const png = 'iVBORw0KGgo=';

let home: ScriptedHome;
beforeEach(() => {
  home = new ScriptedHome();
});
afterEach(() => home.dispose());

async function open() {
  const { key, servers, routes } = await home.openWith(openaiKind, anthropicKind);
  const [openaiServer, anthropicServer] = servers as [(typeof servers)[0], (typeof servers)[0]];
  const [openaiRoute, anthropicRoute] = routes as [string, string];
  return {
    ...{ openaiServer, anthropicServer, openaiRoute, anthropicRoute },
    openai: new OpenAI({ baseURL: `${home.address}/v1`, apiKey: key, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: home.address, apiKey: key, maxRetries: 0 }),
  };
}

describe('thinking', () => {
  const thinks = { max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 } } as const;

  it('that Anthropic signed comes back to it as it was', async () => {
    const { anthropic, anthropicServer, anthropicRoute: model } = await open();
    anthropicServer.reply = () => ({ thinking: 'Let me see.', text: 'Here.' });
    const { content } = await anthropic.messages
      .stream({ model, ...thinks, messages: [question] })
      .finalMessage();
    const block = { type: 'thinking', thinking: 'Let me see.', signature: 'c2ln' };
    expect(content).toEqual([block, { type: 'text', text: 'Here.' }]);
    const messages = [question, { role: 'assistant', content } as const, question];
    await anthropic.messages.create({ model, ...thinks, messages });
    const sent = anthropicServer.requests[1]?.body['messages'] as { content: unknown }[];
    expect(sent[1]?.content).toEqual([block, { type: 'text', text: 'Here.' }]);
  });

  it('of another vendor is shown, and never sent to Anthropic', async () => {
    const { anthropic, openaiServer, anthropicServer, openaiRoute, anthropicRoute } = await open();
    openaiServer.reply = () => ({ thinking: 'Let me see.', text: 'Here.' });
    const first = await anthropic.messages
      .stream({ model: openaiRoute, ...thinks, messages: [question] })
      .finalMessage();
    expect(first.content).toMatchObject([{ type: 'thinking', thinking: 'Let me see.' }, { text: 'Here.' }]);
    const messages = [question, { role: 'assistant', content: first.content } as const, question];
    await anthropic.messages.create({ model: anthropicRoute, ...thinks, messages });
    const sent = anthropicServer.requests[0]?.body['messages'] as { content: unknown }[];
    expect(sent[1]?.content).toEqual([{ type: 'text', text: 'Here.' }]);
  });

  it('of Anthropic is read by OpenAI’s clients, and not sent on', async () => {
    const { openai, openaiServer, anthropicServer, openaiRoute, anthropicRoute } = await open();
    anthropicServer.reply = () => ({ thinking: 'Let me see.', text: 'Here.' });
    const { choices } = await openai.chat.completions.create({
      ...{
        model: anthropicRoute,
        messages: [question],
        reasoning_effort: 'low',
        max_completion_tokens: 4000,
      },
    });
    const message = choices[0]!.message;
    expect(message).toMatchObject({ reasoning_content: 'Let me see.', content: 'Here.' });
    await openai.chat.completions.create({ model: openaiRoute, messages: [question, message, question] });
    const sent = openaiServer.requests[0]?.body['messages'] as object[];
    expect(sent[1]).toEqual({ role: 'assistant', content: 'Here.' });
  });
});

describe('ids of tool calls', () => {
  it('of any form reach Anthropic in its own, the same for call and result', async () => {
    const { openai, anthropicServer, anthropicRoute: model } = await open();
    const id = 'functions.read:0';
    await openai.chat.completions.create({
      model,
      messages: [
        question,
        {
          role: 'assistant',
          tool_calls: [{ id, type: 'function', function: { name: 'read', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: id, content: 'x' },
      ],
    });
    const [, answer, result] = anthropicServer.requests[0]?.body['messages'] as {
      content: { id?: string; tool_use_id?: string }[];
    }[];
    expect(answer?.content[0]?.id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(result?.content[0]?.tool_use_id).toBe(answer?.content[0]?.id);
  });
});

describe('files', () => {
  it('in the result of a tool follow it as a message where results are text', async () => {
    const { anthropic, openaiServer, openaiRoute: model } = await open();
    const source = { type: 'base64', media_type: 'image/png', data: png } as const;
    await anthropic.messages.create({
      ...{ model, max_tokens: 100 },
      messages: [
        question,
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'look', input: {} }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'image', source }] }],
        },
      ],
    });
    const sent = openaiServer.requests[0]?.body['messages'] as { role: string; content: unknown }[];
    expect(sent.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
    expect(sent[2]?.content).toMatch(/follows/);
    expect(sent[3]?.content).toContainEqual({
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${png}` },
    });
  });

  it('of an OpenAI client reach Anthropic', async () => {
    const { openai, anthropicServer, anthropicRoute: model } = await open();
    const url = `data:image/png;base64,${png}`;
    await openai.chat.completions.create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'image_url', image_url: { url } },
          ],
        },
      ],
    });
    const sent = anthropicServer.requests[0]?.body['messages'] as { content: unknown[] }[];
    expect(sent[0]?.content).toContainEqual({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: png },
    });
  });
});

describe('a wish for structured output', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  } as const;

  it('reaches Anthropic from an OpenAI client', async () => {
    const { openai, anthropicServer, anthropicRoute: model } = await open();
    const response_format = {
      type: 'json_schema',
      json_schema: { name: 'thing', strict: true, schema },
    } as const;
    await openai.chat.completions.create({ model, messages: [question], response_format });
    expect(JSON.stringify(anthropicServer.requests[0]?.body)).toContain('"required":["a"]');
  });

  it('reaches a server of OpenAI’s format from an Anthropic client', async () => {
    const { anthropic, openaiServer, openaiRoute: model } = await open();
    const output_config = { format: { type: 'json_schema', schema } } as const;
    await anthropic.messages.create({ model, max_tokens: 100, messages: [question], output_config });
    expect(JSON.stringify(openaiServer.requests[0]?.body['response_format'])).toContain('"required":["a"]');
  });
});

describe('a field that can’t be translated', () => {
  it('goes with the bytes to a provider that knows it, whichever is preferred', async () => {
    const { openai, openaiServer, anthropicServer } = await open();
    for (let round = 0; round < 4; round += 1) {
      await openai.chat.completions.create({
        model: 'auto',
        messages: [question],
        logprobs: true,
        top_logprobs: 2,
      });
    }
    expect([openaiServer.requests.length, anthropicServer.requests.length]).toEqual([4, 0]);
    expect(openaiServer.requests[0]?.body).toMatchObject({ logprobs: true, top_logprobs: 2 });
  });

  it('is refused by name elsewhere', async () => {
    const { openai, anthropic, openaiRoute, anthropicRoute, openaiServer, anthropicServer } = await open();
    const chat = openai.chat.completions.create({
      model: anthropicRoute,
      messages: [question],
      logprobs: true,
    });
    await expect(chat).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('logprobs') as string,
    });
    const message = anthropic.messages.create({
      ...{ model: openaiRoute, max_tokens: 100, messages: [question] },
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    });
    await expect(message).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('tools.web_search_20250305') as string,
    });
    expect([openaiServer.requests.length, anthropicServer.requests.length]).toEqual([0, 0]);
  });
});
