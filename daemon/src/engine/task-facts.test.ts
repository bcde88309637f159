import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskKind } from './model.ts';
import { estimateTokens, expectedOutputTokens, inferTaskKind } from './task-facts.ts';

describe('inferTaskKind', () => {
  const cases: readonly (readonly [string, TaskKind])[] = [
    ['Explain what daemon/src/engine/selection does', 'explain'],
    ['What does this function do?', 'explain'],
    ['why is the build slow', 'explain'],
    ['Summarise this module', 'explain'],
    ['Fix the failing login', 'fix'],
    ['There is a bug in src/cart.ts', 'fix'],
    ['please debug this', 'fix'],
    ['Refactor the parser into smaller functions', 'refactor'],
    ['rename userId to accountId everywhere', 'refactor'],
    ['Write tests for the cart', 'test'],
    ['add a few unit tests', 'test'],
    ['Test the edge cases of parse()', 'test'],
    ['Add docstrings to this class', 'document'],
    ['Write a README for this folder', 'document'],
    ['document the public API', 'document'],
    ['Write a commit message', 'commit'],
    ['commit message for these changes', 'commit'],
    ['Review this change for security problems', 'review'],
    ['Write a review of this pull request', 'review'],
    ['Implement a rate limiter', 'generate'],
    ['create a React component that lists the users', 'generate'],
    ['Hello there', 'chat'],
    ['', 'chat'],
    ['yes, do it', 'chat'],
    // Paths, calls and quoted code ask for nothing.
    ['src/test/fix.ts', 'chat'],
    ['`fix()` in tests/review.ts: explain it', 'explain'],
    ['"fix" the thing', 'fix'],
    // Words that every object has must not be mistaken for verbs.
    ['constructor toString hasOwnProperty __proto__', 'chat'],
  ];
  it.each(cases)('%j is %s', (prompt, kind) => {
    expect(inferTaskKind(prompt)).toBe(kind);
  });

  it('lets the beginning of a prompt decide, not the code pasted below', () => {
    expect(inferTaskKind(`Hello ${'word '.repeat(1_000)} fix`)).toBe('chat');
  });

  it('answers for any text within milliseconds', () => {
    fc.assert(
      fc.property(fc.string(), (prompt) => {
        expect(inferTaskKind(prompt)).toMatch(/^[a-z]+$/);
      }),
    );
    const startedAt = performance.now();
    for (const hostile of [
      '!'.repeat(100_000),
      '("'.repeat(50_000),
      "a'-".repeat(33_000),
      ' '.repeat(100_000),
    ]) {
      expect(inferTaskKind(hostile)).toBe('chat');
    }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('estimateTokens', () => {
  it('divides characters by the usual ratio and rounds up', () => {
    expect([0, 1, 36, 37, 3_600].map(estimateTokens)).toEqual([0, 1, 10, 11, 1_000]);
    expect([Number.NaN, -5].map(estimateTokens)).toEqual([0, 0]);
  });
});

describe('expectedOutputTokens', () => {
  const kinds: readonly TaskKind[] = [
    ...(['explain', 'fix', 'refactor', 'test', 'document'] as const),
    ...(['generate', 'review', 'commit', 'chat'] as const),
  ];

  it('grows with the context where the answer repeats it, and is bounded', () => {
    expect(expectedOutputTokens('commit', 100_000)).toBe(120);
    expect(expectedOutputTokens('refactor', 1_000)).toBe(1_200);
    expect(expectedOutputTokens('refactor', 100_000)).toBe(4_000);
    for (const kind of kinds) {
      const sizes = [0, 100, 1_000, 10_000, 1e9].map((tokens) => expectedOutputTokens(kind, tokens));
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
      expect(sizes[0]).toBeGreaterThan(0);
      expect(sizes.at(-1)).toBeLessThanOrEqual(4_000);
      expect(sizes.every(Number.isInteger)).toBe(true);
    }
  });

  it('takes nonsense as nothing', () => {
    expect(expectedOutputTokens('chat', Number.NaN)).toBe(400);
    expect(expectedOutputTokens('fix', -1_000)).toBe(400);
  });
});
