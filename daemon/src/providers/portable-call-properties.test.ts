/** What holds for any conversation that is made fit for any target. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelCall, ModelMessage } from './model-call.ts';
import { portable } from './portable-call.ts';
import { targets, anthropic, mistral, idsIn } from '../../../test/support/portable-calls.ts';

describe('any conversation', () => {
  const text = fc.string({ minLength: 1, maxLength: 12 });
  const id = fc.oneof(
    fc.constantFrom('c1', 'toolu_01', 'functions.read:0', 'x'.repeat(60), 'abcdefghi', ''),
    fc.string({ maxLength: 90, unit: 'binary' }),
  );
  const name = fc.oneof(
    fc.constantFrom('read', 'write', '__proto__', 'mcp.a/b'),
    fc.string({ maxLength: 140 }),
  );
  const options = fc.option(
    fc.dictionary(
      fc.constantFrom('anthropic', 'openai', 'google', 'compatible', 'openaiCompatible', 'ollama', 'other'),
      fc.dictionary(text, text),
    ),
    { nil: undefined },
  );
  const withOptions = <Each extends object>(each: fc.Arbitrary<Each>): fc.Arbitrary<Each> =>
    fc
      .tuple(each, options)
      .map(([part, providerOptions]) => (providerOptions ? { ...part, providerOptions } : part));
  const file = fc.constant({
    type: 'file',
    mediaType: 'image/png',
    data: { type: 'data', data: 'aWc=' },
  } as const);
  const textPart = withOptions(text.map((each) => ({ type: 'text' as const, text: each })));
  const output = fc.oneof(
    text.map((value) => ({ type: 'text' as const, value })),
    text.map((value) => ({ type: 'error-text' as const, value })),
    fc.array(fc.oneof(textPart, file)).map((value) => ({ type: 'content' as const, value })),
  );
  /** A turn: thinking, text and calls, and each call's result. */
  const turn = fc
    .tuple(
      fc.array(withOptions(text.map((each) => ({ type: 'reasoning' as const, text: each }))), {
        maxLength: 2,
      }),
      fc.array(textPart, { maxLength: 2 }),
      fc.array(fc.tuple(id, name, output), { maxLength: 3 }),
      fc.array(fc.oneof(textPart, file), { minLength: 1, maxLength: 2 }),
    )
    .map(([thinking, texts, calls, question]): ModelMessage[] => [
      { role: 'user', content: question },
      {
        role: 'assistant',
        content: [
          ...thinking,
          ...texts,
          ...calls.map(([toolCallId, toolName]) => ({
            type: 'tool-call' as const,
            toolCallId,
            toolName,
            input: {},
          })),
        ],
      },
      ...calls.map(([toolCallId, toolName, each]): ModelMessage => ({
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId, toolName, output: each }],
      })),
    ]);
  const conversation = fc
    .tuple(fc.array(turn, { maxLength: 5 }), options, fc.array(name, { maxLength: 3 }))
    .map(([turns, providerOptions, names]): ModelCall => ({
      prompt: turns.flat(),
      tools: names.map((each) => ({
        type: 'function',
        name: each,
        inputSchema: { type: 'object', properties: {} },
      })),
      ...(providerOptions && { providerOptions }),
    }));
  const anyTarget = fc.constantFrom(...targets);

  it('keeps every result with its call, and every id once', () => {
    fc.assert(
      fc.property(conversation, anyTarget, (call, target) => {
        const { calls, results } = idsIn(portable(call, target).call);
        expect(results).toEqual(calls);
        expect(new Set(calls).size).toBe(calls.length);
        if (target === mistral) for (const each of calls) expect(each).toMatch(/^[a-zA-Z0-9]{9}$/);
        if (target === anthropic) for (const each of calls) expect(each).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      }),
    );
  });

  it('is changed once only, and never in place', () => {
    fc.assert(
      fc.property(conversation, anyTarget, (call, target) => {
        const before = structuredClone(call);
        const once = portable(call, target);
        expect(call).toEqual(before);
        const twice = portable(once.call, target);
        expect(twice.call).toEqual(once.call);
        expect(twice.renamedTools.size).toBe(0);
      }),
    );
  });

  it('keeps all texts and files in their order', () => {
    fc.assert(
      fc.property(conversation, anyTarget, (call, target) => {
        expect(said(portable(call, target).call)).toEqual(said(call));
      }),
    );
  });

  it('gives every name back', () => {
    fc.assert(
      fc.property(conversation, anyTarget, (call, target) => {
        const { call: sent, renamedTools } = portable(call, target);
        const back = sent.tools?.map((tool) => renamedTools.get(tool.name) ?? tool.name);
        expect(back).toEqual(call.tools?.map((tool) => tool.name));
      }),
    );
  });

  /** What people and models said, without tools and thinking. */
  function said({ prompt }: ModelCall): unknown[] {
    const parts = prompt.flatMap(({ role, content }) =>
      role === 'user' || role === 'assistant' ? [...content] : [],
    );
    return parts.flatMap((part) =>
      part.type === 'text' && part.text !== 'Files from the results:' ? [part.text] : [],
    );
  }
});
