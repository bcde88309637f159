/** When a server is said to have cut a prompt, and when not: caches, dense text, odd tokenizers, and servers that grow. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeReading, leastTokens, learnReading, readContextState, windowStillHeld } from './index.ts';
import type { ContextReading, ContextState } from './index.ts';

const atMs = 1_800_000_000_000;
const day = 86_400_000;

/** 11,000 tokens of usual text, of which the server read all. */
const reading = (changes: Partial<ContextReading> = {}): ContextReading => ({
  sentChars: 39_600,
  leastTokens: 7_500,
  reportedTokens: 11_000,
  cachedTokens: 0,
  windowTokens: null,
  askedWindow: null,
  hasMore: false,
  ...changes,
});

const judge = (changes: Partial<ContextReading>, state: ContextState | null = null) =>
  judgeReading(state, reading(changes));

function afterReadings(count: number, changes: Partial<ContextReading> = {}): ContextState {
  let state: ContextState | null = null;
  for (let index = 0; index < count; index += 1) {
    const each = reading(changes);
    state = learnReading(state, each, judgeReading(state, each), atMs + index);
  }
  if (state === null) throw new Error('no readings');
  return state;
}

function cutState(changes: Partial<ContextReading> = {}): ContextState {
  const each = reading({ reportedTokens: 4_096, ...changes });
  return learnReading(null, each, judgeReading(null, each), atMs);
}

describe('a cut', () => {
  it('is told with what was read, of about how much', () => {
    expect(judge({ reportedTokens: 4_096 })).toEqual({
      type: 'truncated',
      readTokens: 4_096,
      sentTokens: 11_000,
      windowTokens: 4_096,
      evidence: 'count',
    });
  });

  it('is sure where the server’s own window is smaller than the text, even without a count', () => {
    expect(judge({ reportedTokens: null, windowTokens: 4_096 })).toMatchObject({
      type: 'truncated',
      readTokens: null,
      windowTokens: 4_096,
      evidence: 'window',
    });
    expect(judge({ reportedTokens: 4_000, cachedTokens: 'unknown', windowTokens: 4_096 })).toMatchObject({
      evidence: 'window',
    });
  });

  it('takes the window that explains it, and else what was read', () => {
    // llama.cpp keeps half a window; a server that claims 32,768 and reads 4,096 is wrong about itself.
    const half = { reportedTokens: 2_048 };
    expect(judge({ ...half, leastTokens: 4_200, windowTokens: 4_096 })).toMatchObject({
      windowTokens: 4_096,
    });
    expect(judge({ ...half, windowTokens: 32_768 })).toMatchObject({ windowTokens: 2_048 });
  });

  it('is no cut when the text may just have few tokens', () => {
    expect(judge({ reportedTokens: 6_800 }).type).toBe('complete');
    expect(judge({ reportedTokens: 6_700 }).type).toBe('unknown');
  });

  it('is not concluded from what may have been in the cache', () => {
    expect(judge({ reportedTokens: 300, cachedTokens: 'unknown' }).type).toBe('unknown');
    expect(judge({ reportedTokens: 300, cachedTokens: 7_000 }).type).toBe('unknown');
    expect(judge({ reportedTokens: 300, cachedTokens: 2_000 }).type).toBe('truncated');
  });

  it('is nothing without a count and a window', () => {
    expect(judge({ reportedTokens: null }).type).toBe('unknown');
  });
});

describe('the ratio of a model', () => {
  it('finds cuts that the pieces of the text alone do not show', () => {
    // Five tokens for each piece, as a model without the words has them.
    const dense = { reportedTokens: 30_000, leastTokens: 6_000 };
    const cut = { ...dense, reportedTokens: 8_000 };
    expect(judge(cut, afterReadings(2, dense)).type).toBe('complete');
    expect(judge(cut, afterReadings(3, dense))).toMatchObject({ type: 'truncated', sentTokens: 30_000 });
  });

  it('is not held against another kind of text', () => {
    const chinese = { reportedTokens: 30_000, leastTokens: 2_000 };
    expect(judge({}, afterReadings(9, chinese)).type).toBe('complete');
  });

  it('is not learned from short, cached or cut prompts', () => {
    for (const changes of [{ sentChars: 900 }, { cachedTokens: 400 }, { reportedTokens: 4_096 }])
      expect(afterReadings(3, changes).ratio).toBeNull();
  });
});

describe('a learned window', () => {
  it('holds for a day, and until the server reports a larger one', () => {
    const state = cutState();
    expect(windowStillHeld(state, null, atMs + day)).toMatchObject({ tokens: 4_096, readTokens: 4_096 });
    expect(windowStillHeld(state, 4_096, atMs)).not.toBeNull();
    expect(windowStillHeld(state, 8_192, atMs)).toBeNull();
    expect(windowStillHeld(state, null, atMs + day + 1)).toBeNull();
    // It claimed 32,768 when it cut: the same claim changes nothing.
    const liar = cutState({ windowTokens: 32_768 });
    expect([windowStillHeld(liar, 32_768, atMs), windowStillHeld(liar, 65_536, atMs)]).toMatchObject([
      { tokens: 4_096 },
      null,
    ]);
  });

  it('is forgotten when more was read after all', () => {
    const more = reading({ sentChars: 20_000, leastTokens: 4_000, reportedTokens: 5_500 });
    const state = cutState();
    expect(learnReading(state, more, judgeReading(state, more), atMs).learned).toBeNull();
  });

  it('says whether asking for more is of use, and how much text fits', () => {
    expect(cutState().learned).toMatchObject({
      wasAsked: false,
      chars: Math.floor((39_600 * 4_096) / 11_000),
    });
    expect(cutState({ askedWindow: 16_384 }).learned).toMatchObject({ wasAsked: true });
    const dense = afterReadings(3, { reportedTokens: 30_000, leastTokens: 6_000 });
    const cut = reading({ leastTokens: 6_000, reportedTokens: 8_000 });
    expect(learnReading(dense, cut, judgeReading(dense, cut), atMs).learned).toMatchObject({
      tokens: 8_000,
      chars: Math.floor((39_600 * 8_000) / 30_000),
    });
  });

  it('survives the store, and nothing else does', () => {
    const state = cutState();
    expect(readContextState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    const full = afterReadings(3);
    expect(readContextState(JSON.parse(JSON.stringify(full)))).toEqual(full);
    for (const broken of [
      null,
      7,
      {},
      { ...state, version: 2 },
      { ...state, learned: { tokens: -1 } },
      { ...full, ratio: 3 },
    ])
      expect(readContextState(broken)).toBeNull();
  });
});

describe('any reading', () => {
  it('that is whole is never called a cut, whatever was learned on text of its kind', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000 }),
        fc.double({ min: 1.1, max: 2, noNaN: true }),
        fc.double({ min: 0.85, max: 1.15, noNaN: true }),
        fc.double({ min: 3, max: 8, noNaN: true }),
        (least, ratio, wobble, chars) => {
          const learned = afterReadings(4, {
            leastTokens: 5_000,
            sentChars: 5_000 * chars,
            reportedTokens: Math.round(5_000 * ratio),
          });
          const whole = {
            leastTokens: least,
            sentChars: Math.round(least * chars),
            reportedTokens: Math.max(least, Math.round(least * ratio * wobble)),
          };
          expect(judge(whole, learned).type).not.toBe('truncated');
          expect(judge(whole).type).not.toBe('truncated');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('of half a text is always seen where nothing can be cached', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2_000, max: 100_000 }),
        fc.double({ min: 1, max: 1.5, noNaN: true }),
        (least, ratio) => {
          const half = {
            leastTokens: least,
            sentChars: least * 5,
            reportedTokens: Math.floor((least * ratio) / 2),
          };
          expect(judge(half).type).toBe('truncated');
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('the floor under a text', () => {
  it.each([
    ['', 0],
    ['one two three', 3],
    // A blank or a single mark may belong to the word behind it.
    ['a.b(c)', 4],
    ['    return   value;\n\n', 3],
    ['==================', 1],
    ['x'.repeat(100), 5],
    ['你好世界', 1],
  ])('%j is %i', (text, tokens) => {
    expect(leastTokens(text)).toBe(tokens);
  });

  it('grows with the text and never exceeds its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(leastTokens(a)).toBeLessThanOrEqual(a.length);
        expect(leastTokens(`${a} ${b}`)).toBeGreaterThanOrEqual(leastTokens(b));
      }),
    );
  });
});
