import { describe, expect, it, vi } from 'vitest';
import type { AnswerPart } from '../../providers/model-call.ts';
import { holdBack, holdBackGate, seamGate } from './hold-back.ts';

const said = (text: string): AnswerPart => ({ type: 'text', text });
const thought = (text: string): AnswerPart => ({ type: 'thinking', text });
const called: AnswerPart = { type: 'toolStart', id: 'a', name: 'read' };

/** What a gate shows, each piece by its text or its kind. */
function screen() {
  const shown: string[] = [];
  const show = (part: AnswerPart): void => {
    shown.push(part.type === 'text' ? part.text : `${part.type}${'text' in part ? ` ${part.text}` : ''}`);
  };
  return { shown, show };
}

describe('a fresh answer', () => {
  it('is shown from a few words on, and whole at its end', () => {
    const { shown, show } = screen();
    const gate = holdBackGate(show);
    gate.push(said('short'));
    expect(shown).toEqual([]);
    gate.push(said('x'.repeat(holdBack.chars)));
    expect(shown).toEqual([`short${'x'.repeat(holdBack.chars)}`]);
    gate.push(said('more'));
    expect(shown.at(-1)).toBe('more');
    const short = screen();
    const other = holdBackGate(short.show);
    other.push(said('ok'));
    other.finish();
    other.drop();
    expect(short.shown).toEqual(['ok']);
  });

  it('that stands still is shown after a moment', async () => {
    const { shown, show } = screen();
    const gate = holdBackGate(show);
    gate.push(said('slow'));
    await vi.waitFor(() => expect(shown).toEqual(['slow']));
    gate.drop();
  });

  it('that fails at once was never shown', async () => {
    const { shown, show } = screen();
    const gate = holdBackGate(show);
    gate.push(thought('hm'));
    gate.drop();
    gate.drop();
    await new Promise((resolve) => setTimeout(resolve, 2 * holdBack.ms));
    expect(shown).toEqual([]);
  });

  it('holds thinking for a moment of its own, and the text behind it again', () => {
    const { shown, show } = screen();
    const gate = holdBackGate(show);
    const long = 'y'.repeat(holdBack.chars);
    gate.push(thought('let me see'));
    expect(shown).toEqual([]);
    gate.push(thought(long));
    gate.push(thought('on'));
    const thinking = ['thinking let me see', `thinking ${long}`, 'thinking on'];
    expect(shown).toEqual(thinking);
    gate.push(said('a'));
    gate.push(thought('once more'));
    gate.push(said('b'));
    expect(shown).toEqual(thinking);
    gate.finish();
    expect(shown).toEqual([...thinking, 'a', 'thinking once more', 'b']);
  });

  it('goes out before a tool call', () => {
    const { shown, show } = screen();
    const gate = holdBackGate(show);
    gate.push(thought('hm'));
    gate.push(said('I look.'));
    gate.push(called);
    expect(shown).toEqual(['thinking hm', 'I look.', 'toolStart']);
  });
});

describe('a continued answer', () => {
  const gateWith = (verdict: 'more' | 'broken' | 'startedOver', mayStartOver = true) => {
    const { shown, show } = screen();
    const gate = seamGate(
      (_, isComplete) => ({ type: isComplete && verdict === 'more' ? 'broken' : verdict }),
      show,
      () => {
        if (mayStartOver) shown.push('|');
        return mayStartOver;
      },
    );
    return { gate, shown };
  };

  it('is held until its seam is judged, without what was thought of being asked', () => {
    const { shown, show } = screen();
    const gate = seamGate(
      (head) => (head.length < 6 ? { type: 'more' } : { type: 'joined', dropChars: 3 }),
      show,
      () => true,
    );
    const pushed = [thought('hm'), said('abc'), said('def'), said('ghi')].map((part) => gate.push(part));
    expect(pushed).toEqual([true, true, true, true]);
    expect(shown).toEqual(['def', 'ghi']);
  });

  it('ends where it does not join on', () => {
    const { gate, shown } = gateWith('broken');
    expect([gate.push(said('abc')), shown]).toEqual([false, []]);
  });

  it('is announced when it starts over, and ends where it may not', () => {
    const free = gateWith('startedOver');
    expect([free.gate.push(said('abc')), free.shown]).toEqual([true, ['|', 'abc']]);
    const bound = gateWith('startedOver', false);
    expect([bound.gate.push(said('abc')), bound.shown]).toEqual([false, []]);
  });

  it('calls no tool before its seam holds', () => {
    const { gate, shown } = gateWith('more');
    expect([gate.push(said('abc')), gate.push(called), shown]).toEqual([true, false, []]);
  });
});
