/** The three times of a stream, on a clock that the test moves. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTimers } from './timers.ts';

const second = 1_000;

describe('timers of a stream', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const started = (timeouts: Partial<Parameters<typeof createTimers>[0]> = {}) => {
    const fired: string[] = [];
    const timers = createTimers(
      { firstTokenTimeoutMs: 10 * second, stallTimeoutMs: 5 * second, timeoutMs: 300 * second, ...timeouts },
      ({ kind }) => fired.push(kind),
    );
    return { timers, fired, pass: (seconds: number) => vi.advanceTimersByTime(seconds * second) };
  };

  it('ends a stream that never begins, once, and whatever pings arrive', () => {
    const { timers, fired, pass } = started();
    pass(9);
    timers.alive(false);
    expect(fired).toEqual([]);
    pass(2);
    expect(fired).toEqual(['firstTokenTimeout']);
    timers.alive(true);
    pass(1_000);
    expect([fired, vi.getTimerCount()]).toEqual([['firstTokenTimeout'], 0]);
  });

  it('waits for the next piece anew after each, and no longer', () => {
    const { timers, fired, pass } = started();
    for (let piece = 0; piece < 20; piece++) {
      timers.alive(true);
      pass(4);
    }
    expect(fired).toEqual([]);
    pass(2);
    expect(fired).toEqual(['stall']);
  });

  it('bears pings instead of content for a minute', () => {
    const { timers, fired, pass } = started();
    timers.alive(true);
    let seconds = 0;
    for (; fired.length === 0 && seconds < 300; seconds += 3) {
      pass(3);
      timers.alive(false);
    }
    expect([fired, seconds]).toEqual([['stall'], 60]);
  });

  it('ends the whole at its time, also while nobody waits for a piece', () => {
    const { timers, fired, pass } = started({ timeoutMs: 60 * second });
    timers.alive(true);
    timers.pause();
    pass(59);
    expect(fired).toEqual([]);
    pass(2);
    expect(fired).toEqual(['deadline']);
  });

  it('waits again after a pause, and for nothing once it was stopped', () => {
    const { timers, fired, pass } = started();
    timers.alive(true);
    timers.pause();
    pass(100);
    timers.alive(true);
    pass(4);
    expect(fired).toEqual([]);
    timers.stop();
    timers.alive(true);
    pass(1_000);
    expect([fired, vi.getTimerCount()]).toEqual([[], 0]);
  });
});
