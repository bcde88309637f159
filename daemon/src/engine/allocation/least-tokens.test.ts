import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastTokens } from './least-tokens.ts';

/** The same count as one would write it down: pieces by a regular expression. */
function byPattern(text: string): number {
  const pieces = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]{2,}|[^\s\p{L}\p{M}\p{N}](?!\p{L})/gu;
  return [...text.matchAll(pieces)].reduce(
    (count, [piece]) => count + Math.ceil(piece.length / (/^[\p{L}\p{M}\p{N}]/u.test(piece) ? 20 : 64)),
    0,
  );
}

const code = fc
  .array(
    fc.constantFrom(
      'const',
      'x1',
      ' ',
      '\n',
      '(',
      ')',
      '=>',
      '"',
      'é',
      'e\u0301',
      '中文',
      '😀',
      '_',
      '7',
      ';',
    ),
  )
  .map((pieces) => pieces.join(''));

describe('the least number of tokens of a text', () => {
  it.each([
    ['', 0],
    ['two words', 2],
    ['f(x)', 3],
    ['a  ==  b', 3],
    ['x'.repeat(41), 3],
    ['-'.repeat(65), 2],
    [' (a', 1],
    [' (1', 2],
  ])('of %j is %i', (text, count) => {
    expect(leastTokens(text)).toBe(count);
  });

  it('is that of the pieces, in any script', () => {
    fc.assert(
      fc.property(fc.oneof(code, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        expect(leastTokens(text)).toBe(byPattern(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is that of the pieces in a long text, with words and rows of marks of any length', () => {
    const long = fc.tuple(fc.constantFrom('x', '7', '-', '=', 'é', ' '), fc.nat(150));
    const piece = fc.oneof(
      code,
      long.map(([character, times]) => character.repeat(times)),
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 5, maxLength: 20 }), fc.nat(4), (pieces, shift) => {
        const text = ' '.repeat(shift) + `${pieces.join('')}\n`.repeat(20);
        expect(leastTokens(text)).toBe(byPattern(text));
      }),
      { numRuns: 200 },
    );
  });
});
