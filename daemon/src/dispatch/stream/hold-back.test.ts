import { describe, expect, it, vi } from 'vitest';
import { holdBack, holdBackGate, seamGate } from './hold-back.ts';

describe('a fresh answer', () => {
  it('is shown from a few words on, and whole at its end', () => {
    const shown: string[] = [];
    const gate = holdBackGate((text) => shown.push(text));
    gate.push('short');
    expect(shown).toEqual([]);
    gate.push('x'.repeat(holdBack.chars));
    expect(shown.join('')).toBe(`short${'x'.repeat(holdBack.chars)}`);
    gate.push('more');
    expect(shown.at(-1)).toBe('more');
    const short: string[] = [];
    const other = holdBackGate((text) => short.push(text));
    other.push('ok');
    other.finish();
    other.drop();
    expect(short).toEqual(['ok']);
  });

  it('that stands still is shown after a moment', async () => {
    const shown: string[] = [];
    const gate = holdBackGate((text) => shown.push(text));
    gate.push('slow');
    await vi.waitFor(() => expect(shown).toEqual(['slow']));
    gate.drop();
  });

  it('that fails at once was never shown', async () => {
    const shown: string[] = [];
    const gate = holdBackGate((text) => shown.push(text));
    gate.push('gone');
    gate.drop();
    await new Promise((resolve) => setTimeout(resolve, 2 * holdBack.ms));
    expect(shown).toEqual([]);
  });
});

describe('a continued answer', () => {
  const gateWith = (verdict: 'more' | 'broken' | 'startedOver') => {
    const shown: string[] = [];
    const gate = seamGate(
      () => ({ type: verdict }),
      (text) => shown.push(text),
      () => shown.push('|'),
    );
    return { gate, shown };
  };

  it('is held until its seam is judged', () => {
    const shown: string[] = [];
    const gate = seamGate(
      (head) => (head.length < 6 ? { type: 'more' } : { type: 'joined', dropChars: 3 }),
      (text) => shown.push(text),
      () => undefined,
    );
    expect([gate.push('abc'), gate.push('def'), gate.push('ghi')]).toEqual([true, true, true]);
    expect(shown).toEqual(['def', 'ghi']);
  });

  it('ends where it does not join on', () => {
    const { gate, shown } = gateWith('broken');
    expect([gate.push('abc'), shown]).toEqual([false, []]);
  });

  it('is announced when it starts over', () => {
    const { gate, shown } = gateWith('startedOver');
    expect([gate.push('abc'), shown]).toEqual([true, ['|', 'abc']]);
  });
});
