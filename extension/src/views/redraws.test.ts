import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Redraws } from './redraws.ts';

describe('a tree is drawn anew', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function tree() {
    const draw = vi.fn<() => void>();
    const redraws = new Redraws(draw, 5_000);
    const show = (rows: string, figures: string) =>
      redraws.request({ rows, everything: () => `${rows} ${figures}` });
    return { show, drawn: () => draw.mock.calls.length, dispose: () => redraws.dispose() };
  }

  it('at once when its rows change', () => {
    const { show, drawn } = tree();
    for (const rows of ['a', 'a b', 'a']) show(rows, '1 call');
    expect(drawn()).toBe(3);
  });

  it('not while it shows the same, however long that is', () => {
    const { show, drawn } = tree();
    for (let second = 0; second < 60; second += 1) {
      show('a', '1 call');
      vi.advanceTimersByTime(1_000);
    }
    expect(drawn()).toBe(1);
  });

  it('every five seconds while figures change, with the newest ones', () => {
    const { show, drawn } = tree();
    for (let call = 0; call < 100; call += 1) {
      show('a', `${call} calls`);
      vi.advanceTimersByTime(200);
    }
    expect(drawn()).toBe(5);
    vi.advanceTimersByTime(60_000);
    expect(drawn()).toBe(5);
    // After a while in which nothing changed, at once.
    show('a', '101 calls');
    expect(drawn()).toBe(6);
  });

  it('never after its end', () => {
    const { show, drawn, dispose } = tree();
    show('a', '1 call');
    show('a', '2 calls');
    dispose();
    vi.advanceTimersByTime(60_000);
    expect(drawn()).toBe(1);
  });
});
