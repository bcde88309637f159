import type { RouterEvent } from '@task-router/protocol';
import { emptySnapshot, reduceSnapshot } from '@task-router/protocol/reduce';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { outcome, qwen, sonnet, task } from '../dev/samples.ts';
import { Announcer, sentenceFor } from './announcer.ts';

function sentence(event: RouterEvent): string | null {
  const before = { ...emptySnapshot('e'), tasks: [task('t')] };
  return sentenceFor(event, reduceSnapshot(before, 1, event));
}

describe('sentenceFor', () => {
  const transition = {
    from: sonnet.route,
    to: qwen.route,
    cause: 'network',
    message: '',
    mode: 'restart',
    atMs: 1,
  } as const;

  it.each<[RouterEvent, string | null]>([
    [
      { type: 'transition', taskId: 't', transition },
      'Claude Sonnet 4.5 failed: network failure. qwen3-coder:30b answers from the start.',
    ],
    [{ type: 'outcome', taskId: 't', outcome: outcome() }, 'Answered in 9.1 s.'],
    [
      { type: 'error', taskId: 't', error: { code: 'route.none', message: 'No route.', next: '' } },
      'Error: No route.',
    ],
    [{ type: 'delta', taskId: 't', text: 'x' }, null],
    [{ type: 'outcome', taskId: 'gone', outcome: outcome() }, null],
    [{ type: 'health', nodes: [] }, null],
  ])('%j', (event, expected) => expect(sentence(event)).toBe(expected));
});

describe('Announcer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('speaks at once, then gathers what follows and keeps the last three', () => {
    const region = { textContent: '' } as HTMLElement;
    const announcer = new Announcer(region);
    announcer.say('one');
    expect(region.textContent).toBe('one');
    for (const word of ['two', 'three', 'four', 'five']) announcer.say(word);
    expect(region.textContent).toBe('one');
    vi.advanceTimersByTime(1_500);
    expect(region.textContent).toBe('three four five');
    vi.advanceTimersByTime(10_000);
    announcer.say('six');
    expect(region.textContent).toBe('six');
  });
});
