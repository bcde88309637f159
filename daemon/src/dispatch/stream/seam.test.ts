import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callOf, plainMessages } from '../../providers/call-text.ts';
import { continuationFor } from './continuation.ts';
import { anchorOf, checkPrefilledSeam, checkRepeatedSeam } from './seam.ts';

const partial = `Here is how it works.\n\n\`\`\`ts\nexport function add(a: number, b: number): number {\n  return a + b;\n}\n\nexport function subtract(a: number, b: number): number {\n  ret`;
const rest = `urn a - b;\n}\n\`\`\`\n\nThat is all there is to it, and it is enough for most of what one wants.`;
/** The answer as it would be joined, or what was found. */
function joined(check: ReturnType<typeof checkRepeatedSeam>, head: string): string {
  const verdict = check(head, true);
  return verdict.type === 'joined' ? partial + head.slice(verdict.dropChars) : verdict.type;
}

describe('a seam behind repeated words', () => {
  const check = checkRepeatedSeam(partial);
  const anchor = anchorOf(partial);

  it('is joined right behind them', () => {
    expect(joined(check, anchor + rest)).toBe(partial + rest);
  });

  it('is found behind a remark or a re-opened fence, and with other blanks', () => {
    expect(joined(check, `Continuing:\n\`\`\`ts\n${anchor}${rest}`)).toBe(partial + rest);
    expect(joined(check, anchor.replace(/\s+/g, ' ') + rest)).toBe(partial + rest);
  });

  it('waits for enough text, and gives up without the words', () => {
    expect(check(anchor.slice(0, 30), false)).toEqual({ type: 'more' });
    expect(check('Something else altogether. '.repeat(40), false)).toEqual({ type: 'broken' });
    expect(check('Something else.', true)).toEqual({ type: 'broken' });
  });

  it('sees an answer that begins anew, once it is another', () => {
    expect(check(`${partial.slice(0, 60)}, or else`, false)).toEqual({ type: 'startedOver' });
    expect(check(partial.slice(0, 60), true)).toEqual({ type: 'startedOver' });
  });

  const prose = Array.from({ length: 30 }, (_, at) => `Sentence ${at} of many.`).join(' ');
  it.each([
    ['short', 'It says no more than this'],
    ['long', prose],
  ])('joins a %s answer that is told again in the same words, piece by piece', (_, told) => {
    const again = `\n${told} and on, with all that is to be said of it, and that is more than a line.`;
    for (const checkOf of [checkRepeatedSeam, checkPrefilledSeam]) {
      for (let end = 0; end < told.length; end += 1)
        expect(checkOf(told)(again.slice(0, end), false)).toEqual({ type: 'more' });
      const last = checkOf(told)(again, false);
      expect(last).toEqual({ type: 'joined', dropChars: told.length + 1 });
    }
  });

  it('does not write blanks at the end twice', () => {
    const broken = 'One paragraph that is long enough to be told from others.\n\n';
    const verdict = checkRepeatedSeam(broken)(`${anchorOf(broken)}\n\nThe next one.`, true);
    expect(verdict).toEqual({ type: 'joined', dropChars: anchorOf(broken).length + 2 });
    // Nor when they come a moment later.
    expect(checkRepeatedSeam(broken)(anchorOf(broken), false)).toEqual({ type: 'more' });
  });

  it('takes words with signs of patterns as they are, and never throws', () => {
    const odd = `${'x'.repeat(120)} if (a[0] * b.c + d?.e) { $x = "(\\\\d+)`;
    expect(checkRepeatedSeam(odd)(`${anchorOf(odd)}rest`, true)).toMatchObject({ type: 'joined' });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.boolean(), (before, head, isComplete) => {
        for (const each of [checkRepeatedSeam(before), checkPrefilledSeam(before)]) {
          const verdict = each(head, isComplete);
          if (verdict.type === 'joined') expect(verdict.dropChars).toBeLessThanOrEqual(head.length);
          if (isComplete) expect(verdict.type).not.toBe('more');
        }
      }),
    );
  });
});

describe('a seam behind a prefill', () => {
  const check = checkPrefilledSeam(partial);

  it('is joined as it comes', () => {
    expect(joined(check, rest)).toBe(partial + rest);
  });

  it('loses what is said twice', () => {
    expect(joined(check, partial.slice(-30) + rest)).toBe(partial + rest);
  });

  it('waits for its first words', () => {
    expect(check('urn a', false)).toEqual({ type: 'more' });
  });

  it('breaks at a greeting, at a fence inside a fence, and starts over with the answer', () => {
    expect(
      check('Sure, here is the rest of the function that you asked me to continue with:', false),
    ).toEqual({
      type: 'broken',
    });
    expect(check(`\`\`\`ts\nreturn a - b;\n}\n${' '.repeat(60)}`, false)).toEqual({ type: 'broken' });
    expect(check(`${partial.slice(0, 70)} or else`, false)).toEqual({ type: 'startedOver' });
  });
});

describe('the request for a continuation', () => {
  const call = callOf([{ role: 'user', text: 'Explain.' }]);
  const wayOf = (provider: 'anthropic' | 'openai', modelId: string) =>
    plainMessages(continuationFor({ provider, modelId }, call, `${partial} \n`).call).at(-1);

  it('prefills where the wire and the model take it, without blanks at the end', () => {
    expect(wayOf('anthropic', 'claude-sonnet-4-5')).toEqual({ role: 'assistant', text: partial });
    expect(wayOf('anthropic', 'demo-large')).toMatchObject({ role: 'assistant' });
  });

  it('tells every other model what to repeat', () => {
    for (const model of ['claude-opus-4-6', 'claude-sonnet-5', 'claude-opus-4-7-20260101', 'claude-fable-1'])
      expect([model, wayOf('anthropic', model)?.role]).toEqual([model, 'user']);
    expect(wayOf('openai', 'gpt-4.1')?.text).toContain(`<last_words>${anchorOf(partial)}</last_words>`);
  });
});
