/** No pattern is passed over that would match. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signs } from './agentic.ts';
import { createClueReader, hasChance } from './clue-words.ts';
import { phrases } from './kind-rules.ts';

describe('words of patterns', () => {
  const read = createClueReader([{ words: 'one two' }, { words: 'two three' }, { words: 'four' }]);
  const found = (text: string): number[] => [0, 1, 2].filter((at) => hasChance(read(text), at));

  it('are found whole, wherever they stand', () => {
    expect(found('')).toEqual([]);
    expect(found('one')).toEqual([0]);
    expect(found('(two) and more')).toEqual([0, 1]);
    expect(found('a three\nfour')).toEqual([1, 2]);
    expect(found('ones someone twofold')).toEqual([]);
    expect(found('_one4')).toEqual([0]);
  });

  it('are found for each of as many patterns as there may be', () => {
    const words = Array.from({ length: 32 }, (_, at) => ({ words: 'x'.repeat(at + 1) }));
    const readAll = createClueReader(words);
    for (const [at, { words: word }] of words.entries()) {
      const chances = readAll(`so ${word} it is`);
      expect(words.filter((_, each) => hasChance(chances, each))).toEqual([words[at]]);
    }
  });

  const around = fc.constantFrom('', ' ', '\n', '(', '. ', 'a ', ' 7', '_', 'é', '-');

  it.each([...signs, ...phrases])('of $pattern stand in all that it matches', (clued) => {
    const { pattern } = clued;
    const readClues = createClueReader([clued]);
    // Nothing is generated from boundaries of words; the pattern itself tells what it matches.
    const form = new RegExp(pattern.source.replaceAll(/\\b|\^/g, '').replaceAll(/\.(?:\*|\{0,\d+\})/g, ' '));
    const isFirst = pattern.source.startsWith('^') && !pattern.multiline;
    let matched = 0;
    fc.assert(
      fc.property(fc.stringMatching(form, { maxLength: 200 }), around, around, (text, before, behind) => {
        const whole = (isFirst ? '' : before) + text.toLowerCase() + behind;
        if (!pattern.test(whole)) return;
        matched += 1;
        expect(hasChance(readClues(whole), 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
    // A tenth at the least, give or take: enough that it is not for nothing.
    expect(matched).toBeGreaterThan(20);
  });
});
