/** Time moves routes on when it is due, however seldom anything has to be looked at. */
import { describe, expect, it } from 'vitest';
import { buildResult } from '../../../../test/support/engine-facts.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { createLogger } from '../../platform/logger.ts';
import { Lessons } from '../memory/lessons.ts';
import { RouteStates } from './route-states.ts';

const second = 1_000;

function stage() {
  const clock = { atMs: 1_700_000_000_000, nowMs: () => clock.atMs };
  const store = new MemoryStore('test');
  const log = createLogger({ sink: () => undefined, clock, redact: (text) => text });
  const lessons = new Lessons(log);
  const open = () =>
    new RouteStates({
      ...{ store, clock, lessons, createSeed: () => 1, nodes: () => [] },
      onChange: () => undefined,
      onAlarm: () => undefined,
    });
  const refuse = (states: RouteStates, routeId: string, seconds: number) =>
    states.recordHealth(routeId, {
      type: 'attemptFailed',
      kind: 'rateLimit',
      retryAfterMs: seconds * second,
    });
  return { clock, store, states: open(), open, refuse };
}

describe('RouteStates', () => {
  it('lets each route come back at its time, also one that was refused later and for less', () => {
    const { clock, states, refuse } = stage();
    const namesAt = (seconds: number) => {
      clock.atMs += seconds * second;
      states.elapse();
      return ['a/one', 'b/two'].map((routeId) => states.health(routeId)?.state);
    };
    refuse(states, 'a/one', 50);
    expect(namesAt(10)).toEqual(['ejected', undefined]);
    refuse(states, 'b/two', 20);
    expect(namesAt(19)).toEqual(['ejected', 'ejected']);
    expect(namesAt(2)).toEqual(['ejected', 'recovering']);
    expect(namesAt(20)).toEqual(['recovering', 'recovering']);
    expect(namesAt(45)).toEqual(['recovering', 'healthy']);
    expect(namesAt(60)).toEqual(['healthy', 'healthy']);
  });

  it('knows after a restart which routes are due', () => {
    const { clock, states, open, refuse } = stage();
    refuse(states, 'a/one', 50);
    clock.atMs += 51 * second;
    const restarted = open();
    expect(restarted.health('a/one')?.state).toBe('ejected');
    restarted.elapse();
    expect(restarted.health('a/one')?.state).toBe('recovering');
  });

  it('has learned every answer when it is asked, in the order in which the calls ended', () => {
    const { clock, store, states } = stage();
    const ended = (changes: Parameters<typeof buildResult>[0]) =>
      states.recordAttempt(buildResult({ routeId: 'a/one', endedAtMs: clock.atMs, ...changes }));
    ended({ totalMs: 100 });
    expect(store.readEngineState('performance')).toEqual([]);
    expect(states.performance('a/one')?.successes).toBe(1);
    ended({ totalMs: 200 });
    expect(states.quantiles('a/one', 'hour')?.calls).toBe(2);
    ended({ totalMs: 300 });
    ended({ status: 'failed', failure: 'server' });
    const [kept] = store.readEngineState('health');
    expect(kept?.json).toContain('"recent":"...x"');
  });
});
