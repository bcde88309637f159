import { describe, expect, it } from 'vitest';
import { FirstTokens } from './first-tokens.ts';

const minuteMs = 60_000;

function server() {
  let nowMs = 1e12;
  const seen = new FirstTokens({ nowMs: () => nowMs });
  const call = (routeId: string, tokens: number, firstTokenMs: number | null, isLoaded = false) => {
    const ended = seen.watch({ nodeId: 'n', routeId, isLoaded }, tokens);
    ended({ status: firstTokenMs === null ? 'failed' : 'succeeded', firstTokenMs, connected: true });
  };
  return { seen, call, wait: (ms: number) => (nowMs += ms) };
}

describe('first tokens of servers on this machine', () => {
  it('are known of prompts about as long, once three have been seen of a warm model', () => {
    const { seen, call } = server();
    // The first one may have had to load the model, and is not counted.
    for (const ms of [30_000, 200, 300]) call('a', 400, ms);
    expect(seen.longestMs('a', 400)).toBeNull();
    call('a', 100, 250);
    expect([seen.longestMs('a', 500), seen.longestMs('a', 600), seen.longestMs('b', 500)]).toEqual([
      ...[300, null, null],
    ]);
  });

  it('count from the first one where the server says that the model is loaded', () => {
    const { seen, call } = server();
    for (const ms of [200, 300, 250]) call('a', 3_000, ms, true);
    expect([seen.longestMs('a', 2_100), seen.longestMs('a', 4_000)]).toEqual([300, 300]);
  });

  it('say nothing of a model that rested, or had to make room, or whose server went away', () => {
    const { seen, call, wait } = server();
    const warm = () => seen.isWarm('n', 'a');
    call('a', 1, 100);
    expect(warm()).toBe(true);
    wait(6 * minuteMs);
    expect(warm()).toBe(false);
    call('a', 1, 100);
    call('b', 1, null);
    expect(warm()).toBe(false);
    call('a', 1, 100);
    // A call that stood still says nothing against the model, a server that is gone does.
    call('a', 1, null);
    expect(warm()).toBe(true);
    const ended = seen.watch({ nodeId: 'n', routeId: 'a', isLoaded: false }, 1);
    ended({ status: 'failed', firstTokenMs: null, connected: false });
    expect(warm()).toBe(false);
  });

  it('are forgotten, the oldest first', () => {
    const { seen, call } = server();
    call('a', 1, 9_000, true);
    for (let at = 0; at < 100; at += 1) call('a', 1, 50, true);
    expect(seen.longestMs('a', 1)).toBe(50);
  });
});
