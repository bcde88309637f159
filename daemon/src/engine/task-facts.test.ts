import { describe, expect, it } from 'vitest';
import type { TaskKind } from './model/task.ts';
import { estimateTokens, expectedOutputTokens } from './task-facts.ts';

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
