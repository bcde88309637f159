/** Rules of understanding, each as a table of what people write and what it means. */
import { describe, expect, it } from 'vitest';
import { agenticEvidence, agenticFrom } from './agentic.ts';
import { isFollowUp } from './follow-up.ts';
import { guardOf } from './guard.ts';
import { kindByRules } from './kind-rules.ts';
import { languageOf } from './language.ts';
import { needsOf } from './needs.ts';
import { plainPrompt } from './normalize.ts';
import { looksLikeCode, proseOf } from './prose.ts';
import { generateClass } from './task-class.ts';
import { charsPerTokenOf, learnTokenRatio, noTokenRatios } from './token-ratio.ts';

describe('kindByRules', () => {
  const kindOf = (prompt: string) => kindByRules(proseOf(plainPrompt(prompt)))?.kind ?? null;
  it.each([
    ['Could you please fix the failing build?', 'fix'],
    ['fix the failing test', 'fix'],
    ['add tests for the parser', 'test'],
    ['Write a commit message for this diff', 'commit'],
    ['Make this loop faster', 'refactor'],
    ['write a function that adds tests to a list', 'generate'],
    ['I want you to document the public API', 'document'],
    ['What does this regex do?', 'explain'],
    ['Is there anything wrong with this approach?', 'review'],
    ['The app crashes when I rotate the phone', 'fix'],
    ['```js\nfix(test(review))\n```\nexplain this', 'explain'],
    ['Look at `fix_tests()` in src/test/review.ts and explain it', 'explain'],
  ])('%j is %s', (prompt, kind) => {
    expect(kindOf(prompt)).toBe(kind);
  });

  it('says nothing where no rule speaks', () => {
    expect(kindOf('banana')).toBeNull();
    expect(kindOf('')).toBeNull();
  });
});

describe('isFollowUp', () => {
  it.each([
    ...['yes', 'Yes, do it', 'ok go ahead', 'continue', 'do it again', 'apply it', 'sure, sounds good', 'no'],
    ...['the second one', 'option b', 'try again', 'perfect, go ahead.', 'yep', 'lgtm, apply this'],
  ])('%j goes on with the turn before', (turn) => {
    expect(isFollowUp(plainPrompt(turn))).toBe(true);
  });

  it.each([
    ...[
      'yes, but rename the class to User',
      'fix the tests',
      'do it in rust',
      'explain',
      'now write the docs',
    ],
    ...['continue the loop when x is null', 'no tests fail any more, write a changelog', ''],
  ])('%j says something of its own', (turn) => {
    expect(isFollowUp(plainPrompt(turn))).toBe(false);
  });

  it('ends on a long turn of nothing but agreement', () => {
    expect(isFollowUp('yes '.repeat(5_000))).toBe(false);
  });
});

describe('languageOf', () => {
  it.each([
    ['```rust\nfn main() {}\n```', 'rust'],
    ['rename the export in src/app.tsx', 'typescript'],
    ['a golang worker pool', 'go'],
    ['port this script from Python 2 to 3', 'python'],
    ['def f(x):\n    return x', 'python'],
    ['#include <vector>\nint main() { std::cout << 1; }', 'cpp'],
    ['SELECT * FROM users WHERE id = 1', 'sql'],
    ['go to the store', null],
    ['', null],
  ])('%j is %s', (prompt, language) => {
    expect(languageOf(plainPrompt(prompt), null)).toBe(language);
  });

  it('believes the editor', () => {
    expect(languageOf('def f(x):', 'ruby')).toBe('ruby');
    expect(languageOf('def f(x): pass', 'plaintext')).toBe('python');
  });
});

describe('agenticEvidence', () => {
  it.each([
    ['rename the package across the whole repo and make sure all tests pass', true],
    ['upgrade every package in the repository and run the tests', true],
    ['what does this function return?', false],
    ['write a function that opens all files in a folder', false],
    ['how is dependency injection set up in this project', false],
  ])('%j: %s', (prompt, expected) => {
    expect(agenticEvidence(plainPrompt(prompt)) >= agenticFrom).toBe(expected);
  });
});

describe('the rest', () => {
  it('knows sub-classes of new code', () => {
    expect(generateClass('plot a histogram with matplotlib', 'python')).toBe('generate.dataScience');
    expect(generateClass('complete the following function', null)).toBe('generate.completion');
    expect(generateClass('you are given an array. constraints: 1 <= n <= 10^5', null)).toBe(
      'generate.algorithm',
    );
    expect(generateClass('write a linked list', 'rust')).toBe('generate.otherLanguage');
    expect(generateClass('write a login form', 'typescript')).toBe('generate');
  });

  it('demands from words only what is useless otherwise', () => {
    expect(needsOf('return only valid json', {})).toEqual({
      tools: false,
      vision: false,
      structuredOutput: true,
      reasoning: false,
    });
    expect(needsOf('parse this json file', {}).structuredOutput).toBe(false);
    expect(needsOf('look at this screenshot', { images: true }).vision).toBe(true);
    expect(needsOf('return only valid json', { jsonSchema: false }).structuredOutput).toBe(false);
  });

  it('tells code from prose', () => {
    expect(looksLikeCode('const a = 1;\nfunction f() {\n  return a;\n}')).toBe(true);
    expect(looksLikeCode('please look at\nthe login page again')).toBe(false);
  });

  it('guards: far, of unusual length, or agentic', () => {
    const ground = { landmarks: 2, minSimilarity: 0.2, minChars: 20, maxChars: 5_000 };
    expect(guardOf(100, false, [0.1, 0.3], ground)).toEqual({ fired: false, similarity: 0.3, reasons: [] });
    expect(guardOf(5, true, [0.1, 0.1], ground).reasons).toEqual([
      'farFromKnown',
      'unusualLength',
      'agentic',
    ]);
  });

  it('learns characters per token from usage and ignores what cannot be', () => {
    let ratios = noTokenRatios;
    expect(charsPerTokenOf(ratios, 'x')).toBeCloseTo(3.6, 6);
    for (let call = 0; call < 50; call += 1)
      ratios = learnTokenRatio(ratios, 'x', { chars: 3_000, tokens: 1_000 });
    expect(charsPerTokenOf(ratios, 'x')).toBeCloseTo(3.02, 1);
    expect(charsPerTokenOf(ratios, 'y')).toBeCloseTo(3.6, 6);
    expect(learnTokenRatio(ratios, 'x', { chars: 10, tokens: 0 })).toBe(ratios);
    expect(learnTokenRatio(ratios, 'x', { chars: 10, tokens: 1_000 })).toBe(ratios);
    expect(charsPerTokenOf(ratios, '__proto__')).toBeCloseTo(3.6, 6);
  });

  it('takes hostile text in linear time', () => {
    const hostile = [
      'a-'.repeat(8_000),
      '('.repeat(16_000),
      '/'.repeat(16_000),
      '\n'.repeat(16_000),
      '`'.repeat(16_000),
    ];
    for (const prompt of [
      ...hostile,
      `def x${'\n'.repeat(9_000)}`,
      'yes '.repeat(4_000),
      'a'.repeat(16_000),
    ]) {
      // The quickest of three: on a busy machine any of them may have waited for a core.
      const tookMs = [1, 2, 3].map(() => {
        const startMs = performance.now();
        const plain = plainPrompt(prompt);
        const prose = proseOf(plain);
        kindByRules(prose);
        languageOf(plain, null);
        agenticEvidence(plain);
        isFollowUp(plain);
        looksLikeCode(plain);
        return performance.now() - startMs;
      });
      expect(Math.min(...tookMs)).toBeLessThan(100);
    }
  });
});
