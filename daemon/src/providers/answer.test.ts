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
