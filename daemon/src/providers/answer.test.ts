import { describe, expect, it } from 'vitest';
import { callOf } from './call-text.ts';
import { Answer } from './answer.ts';
import { isHarmless, hasError } from './chunk.ts';
import { toPrompt } from './prompt.ts';
import { unknownUsage, usageOf } from './usage.ts';

const source = { host: 'host', keys: [], rules: {} };

describe('Answer', () => {
  it('is empty with white space only', () => {
    const answer = new Answer(source);
    answer.text(' \n ');
    expect(() => answer.finish('stop', unknownUsage)).toThrow('without any text');
  });

  it('says where the tokens went when all went elsewhere', () => {
    expect(() => new Answer(source).finish('length', unknownUsage)).toThrow('used up all tokens');
  });

  it('may consist of a tool call', () => {
    const answer = new Answer(source);
    answer.tools([{ type: 'toolStart', id: 'a', name: 'read' }]);
    expect(answer.finish('toolCalls', unknownUsage)).toMatchObject({ type: 'finish' });
    expect(() => new Answer(source).finish('toolCalls', unknownUsage)).toThrow('without any text');
  });

  it('is cut off beyond 16 million characters', () => {
    const answer = new Answer(source);
    const piece = 'z'.repeat(1024 * 1024);
    expect(() => {
      for (let index = 0; index < 20; index += 1) answer.text(piece);
    }).toThrow('without end');
  });
});

describe('usageOf', () => {
  it('keeps what can be true', () => {
    expect(usageOf({ input: 10, output: 5, cachedInput: 4, reasoning: 5 })).toEqual({
      inputTokens: 10,
      outputTokens: 5,
      cachedInputTokens: 4,
      reasoningTokens: 5,
    });
    expect(usageOf({ input: 10, output: 5, cachedInput: 0, reasoning: 0 })).toMatchObject({
      cachedInputTokens: 0,
      reasoningTokens: 0,
    });
  });

  it('takes the impossible for unknown', () => {
    for (const wrong of [0, -1, 1.5, NaN, Infinity, 2 ** 40, '7', null, undefined, {}]) {
      expect(usageOf({ input: wrong, output: wrong }), JSON.stringify(wrong)).toEqual(unknownUsage);
    }
    expect(usageOf({ input: 10, output: 5, cachedInput: 11, reasoning: 6 })).toMatchObject({
      cachedInputTokens: null,
      reasoningTokens: null,
    });
  });
});

describe('the cost that a server reports', () => {
  const costOf = (raw: unknown) => usageOf({ input: 10, output: 5, raw }).reportedCostUsd;

  it('is found where gateways write it', () => {
    expect(costOf({ cost: 0.0123 })).toBe(0.0123);
    expect(costOf({ cost: { total_cost: 0.02, input_tokens_cost: 0.01 } })).toBe(0.02);
    expect(costOf({ estimated_cost: 0.003 })).toBe(0.003);
    expect(costOf({ cost: 0.95, is_byok: false, cost_details: { upstream_inference_cost: 19 } })).toBe(0.95);
  });

  it('is the fee and the bill of the provider where the key is one’s own', () => {
    expect(costOf({ cost: 0.01, is_byok: true, cost_details: { upstream_inference_cost: 0.2 } })).toBeCloseTo(
      0.21,
      12,
    );
    expect(costOf({ cost: 0.01, is_byok: true })).toBeUndefined();
  });

  it('is unknown where it says nothing that can be true', () => {
    const wrong = [
      undefined,
      null,
      7,
      'x',
      [],
      {},
      { cost: 0 },
      { cost: -1 },
      { cost: 1e6 },
      { cost: '0.1' },
    ];
    for (const raw of [
      ...wrong,
      { cost: Number.NaN },
      { cost: Infinity },
      { cost: null },
      { cost: { total: 1 } },
    ])
      expect(costOf(raw), JSON.stringify(raw)).toBeUndefined();
    expect(costOf({ cost: 'free', estimated_cost: 0.003 })).toBe(0.003);
  });
});

describe('a chunk of unknown shape', () => {
  it.each([
    { type: 'ping' },
    { id: 'x', usage: { total: 1 } },
    { choices: [] },
    { choices: [{ delta: { content: '' } }] },
  ])('is passed over: %j', (chunk) => {
    expect(isHarmless(chunk)).toBe(true);
  });

  it.each([
    { choices: [{ delta: { content: 'text' }, index: 'x' }] },
    { candidates: [{ content: { parts: [{ text: 'text' }] } }] },
    { type: 'content_block_delta', delta: { text: 'text' } },
    { message: { content: 'text', done: 'maybe' } },
    'text',
    null,
  ])('is not passed over when text would be lost: %j', (chunk) => {
    expect(isHarmless(chunk)).toBe(false);
  });

  it.each([
    { error: 'text' },
    { error: { message: 'x' } },
    { object: 'error', message: 'x' },
    { type: 'error' },
  ])('is an error: %j', (chunk) => {
    expect(hasError(chunk)).toBe(true);
    expect(isHarmless(chunk)).toBe(false);
  });

  it('is not searched without end', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 1_000; depth += 1) deep = { inner: deep };
    expect(isHarmless(deep)).toBe(false);
  });
});

describe('toPrompt', () => {
  const { prompt } = callOf([
    { role: 'system', text: 'a' },
    { role: 'user', text: 'b' },
    { role: 'system', text: 'c' },
    { role: 'assistant', text: '' },
  ]);

  it('keeps the order, without what is empty', () => {
    expect(toPrompt(prompt, false).map(({ role }) => role)).toEqual(['system', 'user', 'system']);
  });

  it('puts instructions first where the wire wants it', () => {
    expect(toPrompt(prompt, true)).toEqual([
      { role: 'system', content: 'a\n\nc' },
      { role: 'user', content: [{ type: 'text', text: 'b' }] },
    ]);
  });
});
