/** A conversation in which several vendors took part, made fit for each target. */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { ModelCall } from './model-call.ts';
import { passesUnchanged, portable } from './portable-call.ts';
import type { CallTarget } from './portable/target.ts';
import {
  targets,
  anthropic,
  openai,
  compatible,
  mistral,
  deepseek,
  google,
  promptOf,
  partsOf,
  toolCall,
  toolResult,
  idsIn,
} from '../../../test/support/portable-calls.ts';

describe('thinking', () => {
  const signed = { anthropic: { signature: 'c2ln' } };
  const call = promptOf(
    { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.', providerOptions: signed },
        { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: 'x' } } },
        { type: 'text', text: 'Because.' },
      ],
    },
  );

  it('stays with the vendor that signed it', () => {
    expect(partsOf(call, anthropic, 1)).toEqual(call.prompt[1]?.content);
  });

  it('is left out for every other', () => {
    for (const target of [openai, compatible, mistral, deepseek, google]) {
      expect(partsOf(call, target, 1)).toEqual([{ type: 'text', text: 'Because.' }]);
    }
  });

  it('without a signature goes only to models that want it back', () => {
    const plain = promptOf({
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.' },
        { type: 'text', text: 'Because.' },
      ],
    });
    const kept = targets.filter((target) => partsOf(plain, target, 0).length === 2);
    expect(kept).toEqual([deepseek]);
  });

  it('takes a message with it in which nothing else stands', () => {
    const only = promptOf(
      { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
      { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.', providerOptions: signed }] },
    );
    expect(portable(only, openai).call.prompt).toHaveLength(1);
  });
});

describe('tool calls', () => {
  it('keep an id that the target accepts', () => {
    const call = promptOf(toolCall('toolu_01AbC'), toolResult('toolu_01AbC'));
    expect(portable(call, anthropic).call.prompt).toEqual(call.prompt);
  });

  it.each([
    [anthropic, 'functions.read:0', /^call_[0-9a-f]{24}$/],
    [openai, `chatcmpl-tool-${'0'.repeat(32)}`, /^call_[0-9a-f]{24}$/],
    [mistral, 'toolu_01AbC', /^[0-9a-f]{9}$/],
    [compatible, 'functions.read:0', /^functions\.read:0$/],
  ])('get an id of the form of $provider, always the same', (target, id, form) => {
    const call = promptOf(toolCall(id), toolResult(id));
    const ids = idsIn(portable(call, target).call);
    expect(ids.calls).toEqual(ids.results);
    expect(ids.calls[0]).toMatch(form);
    const longer = promptOf(...call.prompt, toolCall('another'), toolResult('another'));
    expect(idsIn(portable(longer, target).call).calls[0]).toBe(ids.calls[0]);
  });

  it('that share an id come apart, each with its result', () => {
    const call = promptOf(toolCall('c1'), toolResult('c1', 'one'), toolCall('c1'), toolResult('c1', 'two'));
    const ids = idsIn(portable(call, anthropic).call);
    expect(ids.calls[0]).toBe('c1');
    expect(ids.calls[1]).not.toBe('c1');
    expect(ids.results).toEqual(ids.calls);
  });

  it('tell the name back under which the client knows a renamed tool', () => {
    const name = 'mcp.files/read';
    const call: ModelCall = {
      ...promptOf({ ...toolCall('c1', name) }),
      tools: [{ type: 'function', name, inputSchema: { type: 'object', properties: {} } }],
      toolChoice: { type: 'tool', toolName: name },
    };
    const { call: sent, renamedTools } = portable(call, openai);
    const sentName = sent.tools?.[0]?.name ?? '';
    expect(sentName).toMatch(/^mcp_files_read_[0-9a-f]{8}$/);
    expect(renamedTools.get(sentName)).toBe(name);
    expect(sent.toolChoice).toEqual({ type: 'tool', toolName: sentName });
    expect(sent.prompt[0]?.content[0]).toMatchObject({ toolName: sentName });
  });
});

describe('files in results', () => {
  const image = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aWc=' } } as const;
  const output = { type: 'content', value: [{ type: 'text', text: 'Seen.' }, image] } as const;
  const call = promptOf(toolCall('c1'), {
    role: 'tool',
    content: [
      { type: 'tool-result', toolCallId: 'c1', toolName: 'look', output: structuredClone(output) as never },
    ],
  });

  it('stay where Anthropic and Google read them', () => {
    expect(portable(call, anthropic).call.prompt).toEqual(call.prompt);
  });

  it('follow the results elsewhere', () => {
    const { prompt } = portable(call, openai).call;
    expect(prompt[1]?.content[0]).toMatchObject({
      output: { type: 'text', value: 'Seen.\n(A file, which follows the results.)' },
    });
    expect(prompt[2]).toEqual({
      role: 'user',
      content: [{ type: 'text', text: expect.any(String) as string }, image],
    });
  });
});

describe('schemas', () => {
  const schemaFor = (inputSchema: object, target: CallTarget): unknown =>
    portable({ prompt: [], tools: [{ type: 'function', name: 'f', inputSchema }] }, target).call.tools?.[0];

  it('lose references and words about themselves for Google', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      properties: {
        additionalProperties: { type: 'string' },
        at: { $ref: '#/$defs/place', description: 'Where.' },
      },
      $defs: {
        place: { type: 'object', properties: { inside: { $ref: '#/$defs/place' }, x: { type: 'number' } } },
      },
    };
    expect(schemaFor(schema, google)).toMatchObject({
      inputSchema: {
        type: 'object',
        properties: {
          additionalProperties: { type: 'string' },
          at: { type: 'object', description: 'Where.', properties: { inside: {}, x: { type: 'number' } } },
        },
      },
    });
    expect(JSON.stringify(schemaFor(schema, google))).not.toMatch(/\$|additionalProperties":false/);
    expect(schemaFor(schema, openai)).toMatchObject({ inputSchema: schema });
  });

  it('that grow without end are cut', () => {
    const level = (next: string): object => ({
      anyOf: Array.from({ length: 8 }, () => ({ $ref: `#/$defs/${next}` })),
    });
    const $defs = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`l${at}`, level(`l${at + 1}`)]));
    const result = JSON.stringify(
      schemaFor({ type: 'object', properties: { a: { $ref: '#/$defs/l0' } }, $defs }, google),
    );
    expect(Buffer.byteLength(result)).toBeLessThan(500_000);
  });

  it('are objects with properties at the top', () => {
    expect(schemaFor({}, openai)).toMatchObject({ inputSchema: { type: 'object', properties: {} } });
    const choice = {
      anyOf: [
        { type: 'object', properties: { a: { type: 'string' }, k: {} }, required: ['a', 'k'] },
        { type: 'object', properties: { b: { type: 'string' }, k: {} }, required: ['k'] },
      ],
    };
    expect(schemaFor(choice, anthropic)).toEqual({
      type: 'function',
      name: 'f',
      inputSchema: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' }, k: {} },
        required: ['k'],
      },
    });
  });
});

it('keeps provider options of the target alone', () => {
  const call: ModelCall = {
    prompt: [
      {
        role: 'user',
        content: [
          {
            type: 'text',
            text: 'a',
            providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
          },
        ],
      },
    ],
    providerOptions: { openai: { user: 'u' }, anthropic: { effort: 'low' }, compatible: { user: 'u' } },
  };
  expect(portable(call, openai).call).toEqual({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }],
    providerOptions: { openai: { user: 'u' } },
  });
  expect(portable(call, anthropic).call).toEqual({
    ...call,
    providerOptions: { anthropic: { effort: 'low' } },
  });
});

it('joins instructions in several blocks, except for Anthropic, whose blocks may end a cached part', () => {
  const call = promptOf(
    { role: 'system', content: 'Be brief.' },
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
  );
  expect(portable(call, anthropic).call).toEqual(call);
  expect(portable(call, compatible).call.prompt[0]).toEqual({
    role: 'system',
    content: 'Be brief.\n\nBe kind.',
  });
});

it('says later instructions in the user’s name where only the first message may be one', () => {
  const call = promptOf(
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    { role: 'system', content: 'It is late.' },
    { role: 'system', content: 'It rains.' },
    { role: 'user', content: [{ type: 'text', text: 'And?' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] },
    { role: 'system', content: 'It is later.' },
  );
  const reminder = (said: string) => `<system-reminder>\n${said}\n</system-reminder>`;
  const texts = (target: CallTarget) =>
    portable(call, target).call.prompt.map(({ role, content }) => [
      role,
      typeof content === 'string' ? content : content.map((part) => (part.type === 'text' ? part.text : '')),
    ]);
  for (const target of [compatible, anthropic])
    expect(texts(target)).toEqual([
      ['system', 'Be brief.'],
      ['user', ['Hi', reminder('It is late.'), reminder('It rains.'), 'And?']],
      ['assistant', ['Hello.']],
      ['user', [reminder('It is later.')]],
    ]);
  expect(texts(openai).map(([role]) => role)).toEqual([
    'system',
    'user',
    'system',
    'user',
    'assistant',
    'system',
  ]);
});

describe('a conversation passes unchanged', () => {
  const ids = (...each: string[]): ModelCall =>
    promptOf(...each.flatMap((id) => [toolCall(id), toolResult(id)]));
  const thought = (providerOptions: Record<string, { signature: string }>): ModelCall =>
    promptOf({ role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.', providerOptions }] });

  it.each<[string, boolean, ModelCall, CallTarget]>([
    ['with ids of its own', true, ids('toolu_1', 'toolu_2'), anthropic],
    ['with ids of another', false, ids('toolu_1', 'functions.f:0'), anthropic],
    ['with an id twice', false, ids('toolu_1', 'toolu_1'), anthropic],
    ['with long ids', false, ids('call_1'), mistral],
    ['with thinking of its own', true, thought({ anthropic: { signature: 'a' } }), anthropic],
    ['with thinking of another', false, thought({ google: { signature: 'a' } }), anthropic],
    [
      'with unsigned thinking',
      false,
      promptOf({ role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.' }] }),
      anthropic,
    ],
  ])('%s: %s', (_what, expected, call, target) => {
    expect(passesUnchanged(call, target)).toBe(expected);
  });
});
