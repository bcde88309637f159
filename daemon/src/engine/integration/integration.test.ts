import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFailureKinds, buildResult } from '../../../../test/support/engine-facts.ts';
import { failureRules } from '../config.ts';
import { noEvidence } from '../math/evidence.ts';
import { createRandom } from '../math/random.ts';
import type { FailureKind, HealthState } from '../model.ts';
import {
  decisionShare,
  healthAction,
  healthEventOf,
  integrateHealthMonitoring,
  isLastResort,
  networkThere,
  nextProbeAtMs,
  readRouteHealthState,
  routeHealthFacts,
  watchOwnNetwork,
  type HealthEvent,
  type HealthTransition,
  type RouteHealthState,
} from './index.ts';

const second = 1_000;
const states: readonly HealthState[] = [
  ...([
    'unknown',
    'healthy',
    'degraded',
    'ejected',
    'probing',
    'recovering',
    'draining',
    'disabled',
  ] as const),
];
const succeeded: HealthEvent = { type: 'attemptSucceeded' };
const failed = (kind: FailureKind, retryAfterMs: number | null = null): HealthEvent => ({
  type: 'attemptFailed',
  kind,
  retryAfterMs,
});
const elapsed: HealthEvent = { type: 'cooldownElapsed' };

/** Events at instants, from nothing; gives the last state and all transitions as `from→to`. */
function run(...events: readonly (readonly [atMs: number, event: HealthEvent])[]) {
  let state: RouteHealthState | null = null;
  const transitions: HealthTransition[] = [];
  for (const [atMs, event] of events) {
    const step = integrateHealthMonitoring(state, event, atMs);
    state = step.state;
    if (step.transition !== null) transitions.push(step.transition);
  }
  return { state: state!, path: transitions.map(({ from, to }) => `${from}→${to}`), transitions };
}
const times = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);

/** A typical way into each state, ending at 100 s. */
function stateNamed(name: HealthState): RouteHealthState {
  const at = (seconds: number, event: HealthEvent) => [seconds * second, event] as const;
  const out = [at(10, failed('server'))];
  const ways: Record<HealthState, readonly (readonly [number, HealthEvent])[]> = {
    unknown: [at(10, { type: 'enable' })],
    healthy: [at(10, succeeded)],
    degraded: [at(9, succeeded), at(10, { type: 'slow', evidence: 'slower than it was' })],
    ejected: out,
    probing: [...out, at(25, elapsed)],
    recovering: [...out, at(25, elapsed), at(90, elapsed)],
    draining: [at(10, { type: 'drain' })],
    disabled: [at(10, { type: 'disable' })],
  };
  const { state } = run(...ways[name]);
  expect(state.state).toBe(name);
  return state;
}

describe('a route that fails', () => {
  it('is taken out by the first failure when nothing good is known of it, and not by two in a row else', () => {
    expect(run([0, failed('server')]).path).toEqual(['unknown→ejected']);
    expect(run([0, succeeded], [1, failed('server')], [2, failed('empty')]).path).toEqual([
      'unknown→healthy',
    ]);
  });

  it('is taken out by the third in a row, and the reason says so', () => {
    const { state, path, transitions } = run([0, succeeded], ...times(3, [1_000, failed('server')] as const));
    expect(path).toEqual(['unknown→healthy', 'healthy→ejected']);
    expect(transitions.at(-1)?.reason).toBe('3 failures in a row, the last: server error');
    expect(state).toMatchObject({ state: 'ejected', cause: 'failures', untilMs: 16_000, ejections: 1 });
  });

  it('is taken out at once when no connection comes about', () => {
    const refused: HealthEvent = { type: 'attemptFailed', kind: 'network', connected: false };
    const { state, transitions } = run([0, succeeded], [1, refused]);
    expect(state.state).toBe('ejected');
    expect(transitions.at(-1)?.reason).toBe('no connection');
  });

  it('is taken out by an alarm, with its evidence as the reason', () => {
    const { transitions } = run(
      [0, succeeded],
      [1, { type: 'alarm', evidence: '8 of the last 50 calls failed' }],
    );
    expect(transitions.at(-1)).toEqual({
      from: 'healthy',
      to: 'ejected',
      reason: '8 of the last 50 calls failed',
    });
  });

  it('heals after three answers in a row', () => {
    const start = [
      [0, succeeded],
      [0, { type: 'slow', evidence: 'slower' }],
      [1, succeeded],
      [2, succeeded],
    ] as const;
    const { state } = run(...start.slice(0, 3));
    expect(state.state).toBe('degraded');
    expect(run(...start, [3, failed('server')], [4, succeeded]).state.state).toBe('degraded');
    expect(run(...start, [3, succeeded]).state.state).toBe('healthy');
  });

  it('is held back while it fails often, heals when the evidence is gone, and begins anew then', () => {
    const failing: HealthEvent = { type: 'failing', evidence: '5 of the last 22 calls failed' };
    const calls = 'x...x...x...x...x'
      .split('')
      .map((each, index) => [index * second, each === 'x' ? failed('server') : succeeded] as const);
    const held = run([0, succeeded], ...calls, [60 * second, failing]).state;
    expect(held).toMatchObject({ state: 'degraded', cause: 'failures' });
    expect([60, 120, 180, 500].map((atS) => decisionShare(held, atS * second))).toEqual(
      [0.1, 0.55, 1, 1].map((each) => expect.closeTo(each, 9) as number),
    );
    expect(isLastResort(held)).toBe(false);
    // As long as the evidence stands, again and again, and at most once a minute.
    const again = (atS: number) => integrateHealthMonitoring(held, failing, atS * second).state.sinceMs;
    expect([119, 120].map(again)).toEqual([60 * second, 120 * second]);
    let state = held;
    let answers = 0;
    for (; state.state === 'degraded'; answers += 1)
      ({ state } = integrateHealthMonitoring(state, succeeded, (61 + answers) * second));
    expect(answers).toBeGreaterThan(30);
    expect(state).toMatchObject({ state: 'healthy', cause: null, recent: '', errorEvidence: noEvidence });
  });

  it('is unknown again when nothing was heard for a while', () => {
    const { state } = run([0, succeeded], [0, { type: 'slow', evidence: 'slower' }]);
    expect(state.untilMs).toBe(300 * second);
    expect(integrateHealthMonitoring(state, elapsed, 299 * second).transition).toBeNull();
    expect(integrateHealthMonitoring(state, elapsed, 300 * second).state.state).toBe('unknown');
    // Two failures are news, though not enough of it.
    const heard = integrateHealthMonitoring(state, failed('server'), 200 * second).state;
    expect(heard).toMatchObject({ state: 'degraded', untilMs: 500 * second });
  });
});

describe('a route that comes back', () => {
  const out = [[0, succeeded], ...times(3, [0, failed('server')] as const)] as const;

  it('is probed after its cool-down, recovers after two good probes, and is healthy after three answers', () => {
    const { path, state } = run(
      ...out,
      [15 * second, elapsed],
      [16 * second, { type: 'probeSucceeded' }],
      [17 * second, { type: 'probeSucceeded' }],
      ...times(3, [18 * second, succeeded] as const),
    );
    expect(path.slice(2)).toEqual(['ejected→probing', 'probing→recovering', 'recovering→healthy']);
    expect(state).toMatchObject({ cause: null, untilMs: null });
  });

  it('may be probed before its cool-down is over', () => {
    const { path } = run(...out, [2_000, { type: 'probeSucceeded' }], [3_000, { type: 'probeSucceeded' }]);
    expect(path.slice(2)).toEqual(['ejected→probing', 'probing→recovering']);
  });

  it('recovers by real calls, or by time alone, when nobody probes', () => {
    expect(run(...out, [15 * second, elapsed], [16 * second, succeeded]).path.at(-1)).toBe(
      'probing→recovering',
    );
    expect(
      run(...out, [15 * second, elapsed], [45 * second, elapsed], [105 * second, elapsed]).path.slice(2),
    ).toEqual([...['ejected→probing', 'probing→recovering', 'recovering→healthy']]);
  });

  it('starts with clean counters: what took it out does not take it out again', () => {
    const { state } = run(...out, [15 * second, elapsed]);
    expect(routeHealthFacts(state)).toEqual({
      state: 'probing',
      recentCalls: 0,
      recentFailures: 0,
      consecutiveFailures: 0,
      probeLatenciesMs: [],
      errorEvidence: noEvidence,
      slowness: null,
    });
  });

  it('goes out for longer each time, up to a minute', () => {
    let { state } = run(...out);
    const lengths = [state.untilMs];
    for (let round = 0; round < 4; round += 1) {
      const dueMs = state.untilMs ?? 0;
      ({ state } = integrateHealthMonitoring(state, elapsed, dueMs));
      ({ state } = integrateHealthMonitoring(state, { type: 'probeFailed', message: 'refused' }, dueMs));
      expect(state.reason).toBe('probe failed: refused');
      lengths.push((state.untilMs ?? 0) - dueMs);
    }
    expect(lengths).toEqual([15, 30, 60, 60, 60].map((seconds) => seconds * second));
  });

  it('starts from the shortest again after ten healthy minutes', () => {
    const back = [
      ...out,
      [15 * second, elapsed],
      [16 * second, succeeded],
      ...times(3, [17 * second, succeeded] as const),
    ] as const;
    const again = (atMs: number) => run(...back, ...times(3, [atMs, failed('server')] as const)).state;
    expect(again(60 * second)).toMatchObject({ ejections: 2, untilMs: 90 * second });
    expect(again(700 * second)).toMatchObject({ ejections: 1, untilMs: 715 * second });
    const alarmed = run(...back, [700 * second, { type: 'alarm', evidence: 'x' }]).state;
    expect(alarmed).toMatchObject({ ejections: 1, untilMs: 715 * second });
  });

  it('varies its time out when a random source is given, by a fifth at most', () => {
    const random = createRandom(3);
    const shaky = run(...out.slice(0, 3)).state;
    const lengths = new Set<number | null>();
    for (let draw = 0; draw < 200; draw += 1) {
      const { untilMs } = integrateHealthMonitoring(shaky, failed('server'), 0, { random }).state;
      expect(untilMs).toBeGreaterThanOrEqual(12 * second);
      expect(untilMs).toBeLessThanOrEqual(18 * second);
      lengths.add(untilMs);
    }
    expect(lengths.size).toBeGreaterThan(100);
  });

  it('an early timer changes nothing', () => {
    const { state } = run(...out);
    expect(integrateHealthMonitoring(state, elapsed, 14_999)).toEqual({ state, transition: null });
  });
});

describe('limits, keys and models', () => {
  it('a rate-limited route stays out until the reset that the provider named, whatever else happens', () => {
    const limited = run([0, succeeded], [1_000, failed('rateLimit', 45 * second)]).state;
    expect(limited).toMatchObject({ state: 'ejected', cause: 'rateLimit', untilMs: 46 * second });
    expect(isLastResort(limited)).toBe(false);
    expect(nextProbeAtMs(limited)).toBeNull();
    for (const event of [succeeded, elapsed, { type: 'probeSucceeded' }, { type: 'probeFailed' }] as const) {
      expect(integrateHealthMonitoring(limited, event, 45 * second).state.state).toBe('ejected');
    }
    expect(integrateHealthMonitoring(limited, elapsed, 46 * second).state.state).toBe('recovering');
  });

  it('a later, longer limit holds; a shorter one changes nothing', () => {
    const limited = run([0, failed('rateLimit', 60 * second)]).state;
    expect(integrateHealthMonitoring(limited, failed('rateLimit', 10 * second), 1_000).state).toEqual(
      limited,
    );
    const longer = integrateHealthMonitoring(limited, failed('overloaded', 90 * second), 1_000);
    expect(longer.state.untilMs).toBe(91 * second);
    expect(longer.transition).toBeNull();
  });

  it('believes no limit without bounds, and gives a nameless one 15 s', () => {
    const until = (retryAfterMs: number | null) => run([0, failed('rateLimit', retryAfterMs)]).state.untilMs;
    expect([until(null), until(0), until(-5), until(Number.NaN)]).toEqual(times(4, 15 * second));
    expect(until(1e15)).toBe(24 * 3_600 * second);
  });

  it('a refused key puts the route out until the key changes, and is looked at again now and then', () => {
    const refused = run([0, succeeded], [1, failed('auth')]).state;
    expect(refused).toMatchObject({ state: 'ejected', cause: 'credential', reason: 'key refused' });
    expect(integrateHealthMonitoring(refused, { type: 'credentialChanged' }, 2).state.state).toBe('unknown');
    expect(nextProbeAtMs(refused)).toBe(1 + 900 * second);
    expect(integrateHealthMonitoring(refused, elapsed, 1 + 900 * second).state.state).toBe('probing');
  });

  it('a missing model is looked for again after five minutes', () => {
    const missing = run([0, failed('modelNotFound')]).state;
    expect(missing).toMatchObject({ cause: 'model', untilMs: 300 * second });
    expect(isLastResort(missing)).toBe(false);
  });

  it('what is nobody else’s fault changes nothing', () => {
    const healthy = run([0, succeeded]).state;
    for (const kind of allFailureKinds) {
      const { countsAgainstHealth, coolsDown } = failureRules[kind];
      if (countsAgainstHealth || coolsDown !== null) continue;
      let state = healthy;
      for (let call = 0; call < 10; call += 1)
        ({ state } = integrateHealthMonitoring(state, failed(kind), 1));
      expect([kind, state]).toEqual([kind, healthy]);
    }
  });
});

describe('what people set by hand', () => {
  it('holds until people change it', () => {
    const others: HealthEvent[] = [
      succeeded,
      failed('server'),
      failed('rateLimit', 1_000),
      failed('auth'),
      { type: 'probeSucceeded' },
      { type: 'probeFailed' },
      elapsed,
      { type: 'alarm', evidence: 'x' },
      { type: 'credentialChanged' },
    ];
    for (const name of ['draining', 'disabled'] as const) {
      let state = stateNamed(name);
      for (const event of [...others, ...others, ...others]) {
        ({ state } = integrateHealthMonitoring(state, event, 1e12));
        expect(state.state).toBe(name);
      }
      expect(integrateHealthMonitoring(state, { type: 'enable' }, 1e12).state).toMatchObject({
        state: 'unknown',
        consecutiveFailures: 0,
      });
    }
  });

  it('keeps what it was behind it, which lives on and comes back', () => {
    const { state } = run([0, succeeded], [1, { type: 'drain' }], [2, { type: 'disable' }]);
    const undone = (from: RouteHealthState, atMs: number) =>
      integrateHealthMonitoring(from, { type: 'undo' }, atMs).state;
    expect(undone(state, 3)).toMatchObject({ state: 'draining', setAside: { state: 'healthy' } });
    expect(undone(undone(state, 3), 4)).toMatchObject({ state: 'healthy', reason: 'taken back by hand' });
    // A call that was under way meets a limit: its reset holds, whoever enables the route.
    const limited = integrateHealthMonitoring(state, failed('rateLimit', 60 * second), 5).state;
    for (const type of ['enable', 'undo'] as const) {
      let back = limited;
      while (back.setAside !== null) ({ state: back } = integrateHealthMonitoring(back, { type }, 6));
      expect(back).toMatchObject({ state: 'ejected', cause: 'rateLimit', untilMs: 60 * second + 5 });
    }
  });

  it('draining does not switch a disabled route on', () => {
    expect(run([0, { type: 'disable' }], [1, { type: 'drain' }]).path).toEqual(['unknown→disabled']);
    expect(run([0, { type: 'drain' }], [1, { type: 'disable' }]).path).toEqual([
      ...['unknown→draining', 'draining→disabled'],
    ]);
  });
});

describe('every state against every event', () => {
  const atMs = 100 * second;
  const events: Record<string, HealthEvent> = {
    succeeded,
    failed: failed('server'),
    limited: failed('rateLimit', 60 * second),
    keyRefused: failed('auth'),
    clientError: failed('badRequest'),
    probeGood: { type: 'probeSucceeded', latencyMs: 20 },
    probeBad: { type: 'probeFailed' },
    elapsed,
    hang: failed('firstTokenTimeout'),
    alarm: { type: 'alarm', evidence: 'too many errors' },
    slow: { type: 'slow', evidence: 'slower than predicted' },
    failing: { type: 'failing', evidence: 'fails often' },
    forgiven: { type: 'forgive', sinceMs: 0 },
    undone: { type: 'undo' },
    drain: { type: 'drain' },
    disable: { type: 'disable' },
    enable: { type: 'enable' },
    keyChanged: { type: 'credentialChanged' },
  };

  it('has a defined result', () => {
    const table = states.map((name) => {
      const cells = Object.entries(events).map(([label, event]) => {
        const { state } = integrateHealthMonitoring(stateNamed(name), event, atMs);
        return state.state === name ? null : `${label}: ${state.state}`;
      });
      return `${name} | ${cells.filter((cell) => cell !== null).join(', ')}`;
    });
    expect(table).toEqual([
      'unknown | succeeded: healthy, failed: ejected, limited: ejected, keyRefused: ejected, probeGood: healthy, probeBad: degraded, hang: ejected, alarm: ejected, slow: degraded, failing: degraded, drain: draining, disable: disabled',
      'healthy | limited: ejected, keyRefused: ejected, hang: ejected, alarm: ejected, slow: degraded, failing: degraded, drain: draining, disable: disabled, keyChanged: unknown',
      'degraded | limited: ejected, keyRefused: ejected, hang: ejected, alarm: ejected, forgiven: unknown, undone: recovering, drain: draining, disable: disabled, keyChanged: unknown',
      'ejected | succeeded: recovering, probeGood: probing, elapsed: probing, forgiven: unknown, undone: recovering, drain: draining, disable: disabled, enable: unknown, keyChanged: unknown',
      'probing | succeeded: recovering, failed: ejected, limited: ejected, keyRefused: ejected, probeBad: ejected, elapsed: recovering, hang: ejected, alarm: ejected, forgiven: unknown, undone: recovering, drain: draining, disable: disabled, keyChanged: unknown',
      'recovering | failed: ejected, limited: ejected, keyRefused: ejected, probeBad: ejected, hang: ejected, alarm: ejected, forgiven: unknown, drain: draining, disable: disabled, keyChanged: unknown',
      'draining | undone: unknown, disable: disabled, enable: unknown',
      'disabled | undone: unknown, enable: unknown',
    ]);
  });

  it('no state but those set by hand is a dead end: time alone leads every route back into rotation', () => {
    for (const name of states) {
      if (name === 'draining' || name === 'disabled') continue;
      let state = stateNamed(name);
      let nowMs = atMs;
      for (let wait = 0; wait < 10 && state.untilMs !== null; wait += 1) {
        nowMs = Math.max(nowMs, state.untilMs);
        ({ state } = integrateHealthMonitoring(state, elapsed, nowMs));
      }
      expect(['unknown', 'healthy']).toContain(state.state);
    }
  });

  it('holds over any history: data, monotone records, and a way back', () => {
    const event = fc.oneof(
      fc.constantFrom<HealthEvent>(...Object.values(events)),
      fc.record({
        type: fc.constant('attemptFailed' as const),
        kind: fc.constantFrom(...allFailureKinds),
        retryAfterMs: fc.option(fc.double()),
        connected: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(120_000)), { maxLength: 80 }), (history) => {
        let state: RouteHealthState | null = null;
        let nowMs = 0;
        for (const [each, waitMs] of history) {
          nowMs += waitMs;
          const before: HealthState = state?.state ?? 'unknown';
          const step = integrateHealthMonitoring(state, each, nowMs);
          state = step.state;
          expect(step.transition === null).toBe(before === state.state);
          if (step.transition !== null) {
            expect([step.transition.from, step.transition.to]).toEqual([before, state.state]);
            expect(step.transition.reason).not.toBe('');
          }
          const stored: unknown = JSON.parse(JSON.stringify(state));
          expect(readRouteHealthState(stored)).toEqual(state);
          expect(state.recent.length).toBeLessThanOrEqual(100);
          const timed = ['degraded', 'ejected', 'probing', 'recovering'].includes(state.state);
          expect(state.untilMs !== null).toBe(timed);
          if (state.untilMs !== null) expect(state.untilMs - state.sinceMs).toBeLessThanOrEqual(86_400_000);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('noise', () => {
  it('hardly moves a healthy route that fails 2 % of its calls', () => {
    const random = createRandom(21);
    let state = run([0, succeeded]).state;
    let outMs = 0;
    const calls = 100_000;
    for (let call = 1; call <= calls; call += 1) {
      const nowMs = call * second;
      const event = random.next() < 0.02 ? failed('server') : succeeded;
      // A route that is out gets no calls; its clock runs.
      const isOut = state.state === 'ejected' || state.state === 'probing';
      if (isOut) outMs += second;
      ({ state } = integrateHealthMonitoring(state, isOut ? elapsed : event, nowMs));
    }
    expect(outMs / (calls * second)).toBeLessThan(0.001);
  });
});

describe('an alarm', () => {
  const alarm: HealthEvent = { type: 'alarm', evidence: 'too many errors' };
  const slow: HealthEvent = { type: 'slow', evidence: 'slower than predicted' };

  it('acts at most once a minute, whichever detector raised it', () => {
    const degraded = run([0, succeeded], [1_000, slow]).state;
    expect(degraded).toMatchObject({ state: 'degraded', reason: 'slower than predicted' });
    expect(integrateHealthMonitoring(degraded, alarm, 60 * second).state).toEqual(degraded);
    expect(integrateHealthMonitoring(degraded, alarm, 61 * second).state.state).toBe('ejected');
    // Failures in a row are no statistics and need not wait.
    expect(
      run([0, succeeded], [1_000, slow], ...times(3, [2_000, failed('server')] as const)).state.state,
    ).toBe('ejected');
  });

  it('can be taken back by a person, except where the provider named a reset', () => {
    const out = run([0, succeeded], [1_000, alarm], [2_000, { type: 'undo' }]);
    expect(out.path).toEqual(['unknown→healthy', 'healthy→ejected', 'ejected→recovering']);
    expect(run([0, failed('rateLimit', 60 * second)], [1_000, { type: 'undo' }]).state.state).toBe('ejected');
  });

  it('of the detectors comes from what the state counted', () => {
    const { state } = run([0, succeeded], ...times(2, [1, failed('server')] as const), [2, succeeded]);
    const { errorEvidence } = routeHealthFacts(state);
    expect(errorEvidence.observations).toBe(3);
    expect(errorEvidence.sum).toBeCloseTo(2 * Math.log(5) + Math.log(0.9 / 0.98), 9);
    expect(routeHealthFacts(state, 'slower').slowness).toBe('slower');
  });
});

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
