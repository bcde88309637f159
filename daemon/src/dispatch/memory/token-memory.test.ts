import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { TokenMemory } from './token-memory.ts';

const clock = { nowMs: () => 1 };

describe('TokenMemory', () => {
  it('learns how many tokens a family makes of a text, and keeps it over a restart', () => {
    const store = new MemoryStore('test');
    const tokens = new TokenMemory(store, clock);
    expect(tokens.factorOf('claude-opus-4-5')).toBe(1);
    for (let call = 0; call < 50; call += 1)
      tokens.learn('claude-opus-4-5', { chars: 30_000, tokens: 10_000 });
    expect(tokens.factorOf('claude-sonnet-4-5')).toBeCloseTo(1.2, 2);
    expect(tokens.factorOf('gpt-5')).toBe(1);
    expect(new TokenMemory(store, clock).factorOf('claude-haiku-4-5')).toBe(
      tokens.factorOf('claude-haiku-4-5'),
    );
  });

  it('takes nothing from impossible or missing reports', () => {
    const tokens = new TokenMemory(new MemoryStore('test'), clock);
    for (const reported of [null, 0, -5, Number.NaN, 1e9])
      tokens.learn('m', { chars: 1_000, tokens: reported });
    expect(tokens.factorOf('m')).toBe(1);
  });

  it.each([
    '',
    '{',
    'null',
    '{"version":1,"families":{"other":{"chars":-1,"tokens":1e999}}}',
    '{"version":2}',
  ])('starts from the usual ratio when %j was kept', (json) => {
    const store = new MemoryStore('test');
    store.saveEngineState([{ area: 'tokenRatios', key: 'families', json, updatedAtMs: 1 }]);
    expect(new TokenMemory(store, clock).factorOf('m')).toBe(1);
  });
});
