import { describe, expect, it } from 'vitest';
import { ReadTexts } from './read-texts.ts';

describe('texts that were read', () => {
  it('are the last thirty-two, and the oldest makes room', () => {
    const texts = new ReadTexts<number>((key) => key.length);
    for (let at = 0; at < 40; at += 1) texts.keep(`text ${at}`, at, 1_000);
    expect(texts.get('text 7', 1_001)).toBeNull();
    expect(texts.get('text 8', 1_002)).toBe(8);
    expect(texts.get('text 39', 1_003)).toBe(39);
    expect(texts.stats).toMatchObject({ entries: 32, evictions: 8, hits: 2, misses: 1 });
    expect(texts.stats).toMatchObject({ usageCount: 2, lastUsedAtMs: 1_003, bytes: 2 * 6 + 30 * 7 });
  });
});
