/** What is read off a health state, and what brings about a state from outside: the own network, attempts, the store. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildResult } from '../../../../test/support/engine-facts.ts';
import {
  decisionShare,
  hasJustFailed,
  healthAction,
  healthEventOf,
  integrateHealthMonitoring,
  isLastResort,
  networkThere,
  nextProbeAtMs,
  readRouteHealthState,
  routeHealthFacts,
  watchOwnNetwork,
} from './index.ts';
import {
  failed,
  run,
  second,
  stateNamed,
  states,
  succeeded,
  times,
} from '../../../../test/support/health-runs.ts';

describe('a network of our own that was lost', () => {
  it('takes back what was held against a route since then, and nothing older', () => {
    const out = run([0, succeeded], ...times(3, [10_000, failed('network')] as const)).state;
    const since = (sinceMs: number) =>
      integrateHealthMonitoring(out, { type: 'forgive', sinceMs }, 20_000).state;
    expect(since(9_000)).toMatchObject({
      state: 'unknown',
      reason: 'this machine was offline',
      ejections: 0,
    });
    expect(since(15_000).state).toBe('ejected');
    expect(run([0, failed('auth')], [1, { type: 'forgive', sinceMs: 0 }]).state.state).toBe('ejected');
  });

  it('is told from an outage by all nodes failing together, with no answer in between', () => {
    const watch = (...news: readonly (readonly [nodeId: string, connected: boolean, atMs: number])[]) =>
      news.reduce(
        (state, [nodeId, connected, atMs]) =>
          watchOwnNetwork(state, { nodeId, connected, atMs, remoteNodes: 3 }),
        networkThere,
      ).lostSinceMs;
    expect(watch(['a', false, 1], ['b', false, 2])).toBeNull();
    expect(watch(['a', false, 1], ['b', false, 2], ['c', false, 3])).toBe(1);
    expect(watch(['a', false, 1], ['a', false, 2], ['a', false, 3])).toBeNull();
    expect(watch(['a', false, 1], ['b', true, 2], ['c', false, 3], ['a', false, 4])).toBeNull();
    expect(watch(['a', false, 1], ['b', false, 2], ['c', false, 40_000])).toBeNull();
    expect(watch(['a', false, 1], ['b', false, 2], ['c', false, 3], ['b', true, 4])).toBeNull();
    const lone = { nodeId: 'a', connected: false, atMs: 1, remoteNodes: 1 };
    expect(watchOwnNetwork(networkThere, lone).lostSinceMs).toBeNull();
  });
});

describe('coming back', () => {
  it('gets a share that grows from a tenth to all within a minute', () => {
    const back = stateNamed('recovering');
    const share = (seconds: number) => decisionShare(back, back.sinceMs + seconds * second);
    expect([0, 30, 60, 90].map(share)).toEqual(
      [0.1, 0.55, 1, 1].map((each) => expect.closeTo(each, 9) as number),
    );
    expect(decisionShare(null, 0)).toBe(1);
    expect(decisionShare(stateNamed('healthy'), 0)).toBe(1);
  });

  it('every action on a route says what takes it back', () => {
    for (const name of states) {
      const action = healthAction(stateNamed(name));
      expect([name, action === null]).toEqual([name, name === 'unknown' || name === 'healthy']);
      if (action !== null) expect(action.undoneBy).not.toBe('');
    }
  });
});

describe('just after a failure', () => {
  const isPassedOver = (seconds: number, ...calls: readonly boolean[]) => {
    const events = calls.map(
      (answered, at) => [at * second, answered ? succeeded : failed('server')] as const,
    );
    const { state } = run(...events);
    return hasJustFailed(state, (events.length - 1 + seconds) * second);
  };

  it('other routes come first for ten seconds, however many good answers came before', () => {
    for (const answers of [1, 4, 200]) {
      const after = [0, 9.9, 10, 600].map((seconds) => isPassedOver(seconds, ...times(answers, true), false));
      expect(after).toEqual([true, true, false, false]);
    }
    expect(isPassedOver(1, true, false, true)).toBe(false);
    expect([hasJustFailed(null, 0), hasJustFailed(stateNamed('healthy'), 10 * second)]).toEqual([
      false,
      false,
    ]);
    // A clock that was set back.
    expect(isPassedOver(-1, true, false)).toBe(false);
  });

  it('but not where its failures come one at a time', () => {
    expect(isPassedOver(1, true, false, true, false)).toBe(true);
    expect(isPassedOver(1, true, false, true, true, false, true, false)).toBe(false);
    // Until two come in a row again.
    expect(isPassedOver(1, true, false, true, true, false, true, false, false)).toBe(true);
  });

  it('nor when the network of this machine was to blame, or by what came before it was out', () => {
    const { state } = run([0, succeeded], [10, failed('network')], [20, { type: 'forgive', sinceMs: 5 }]);
    expect(hasJustFailed(state, 30)).toBe(false);
    expect(hasJustFailed(stateNamed('recovering'), 11 * second)).toBe(false);
  });
});

describe('facts about a health state', () => {
  it('count the newest hundred calls', () => {
    const { state } = run(...times(120, [0, succeeded] as const), [1, failed('server')]);
    expect(routeHealthFacts(state)).toMatchObject({
      state: 'healthy',
      recentCalls: 100,
      recentFailures: 1,
      consecutiveFailures: 1,
    });
    expect(routeHealthFacts(null)).toMatchObject({ state: 'unknown', recentCalls: 0 });
  });

  it('keep the newest five times of probes', () => {
    const probes = [10, 20, 30, 40, 50, 60].map(
      (latencyMs, index) => [index, { type: 'probeSucceeded', latencyMs }] as const,
    );
    expect(run(...probes).state.probeLatenciesMs).toEqual([20, 30, 40, 50, 60]);
  });

  it('say when a probe is due', () => {
    expect(nextProbeAtMs(stateNamed('ejected'))).toBe(25 * second);
    expect(nextProbeAtMs(stateNamed('probing'))).toBe(25 * second);
    for (const name of ['unknown', 'healthy', 'degraded', 'recovering', 'draining', 'disabled'] as const) {
      expect(nextProbeAtMs(stateNamed(name))).toBeNull();
    }
  });

  it('call a route a last resort only while it is out for failures', () => {
    expect(states.filter((name) => isLastResort(stateNamed(name)))).toEqual(['ejected']);
    expect(isLastResort(null)).toBe(false);
  });
});

describe('healthEventOf', () => {
  it('turns an ended attempt into its event, and a cancelled one into none', () => {
    expect(healthEventOf(buildResult())).toEqual(succeeded);
    expect(healthEventOf(buildResult({ status: 'failed', failure: 'rateLimit', retryAfterMs: 7 }))).toEqual(
      failed('rateLimit', 7),
    );
    expect(healthEventOf(buildResult({ status: 'cancelled' }))).toBeNull();
  });
});

describe('readRouteHealthState', () => {
  it('forgets what it cannot go on with', () => {
    const good = stateNamed('ejected');
    expect(readRouteHealthState(good)).toBe(good);
    const damaged: unknown[] = [
      null,
      'ejected',
      {},
      { ...good, version: 1 },
      { ...good, errorEvidence: { sum: -1, observations: 0, sinceMs: null } },
      { ...good, setAside: { ...good, state: 'broken' } },
      { ...good, version: 2 },
      { ...good, actedAtMs: 'once' },
      { ...good, failedAtMs: 'lately' },
      { ...good, state: 'broken' },
      { ...good, cause: 'bad luck' },
      { ...good, reason: 3 },
      { ...good, untilMs: 'soon' },
      { ...good, sinceMs: undefined },
      { ...good, recent: 'abc' },
      { ...good, recent: '.'.repeat(5_000) },
      { ...good, probeLatenciesMs: ['x'] },
      { ...good, ejections: Number.NaN },
    ];
    expect(damaged.map(readRouteHealthState)).toEqual(damaged.map(() => null));
    fc.assert(
      fc.property(fc.anything(), (stored) => {
        readRouteHealthState(stored);
      }),
    );
  });
});
