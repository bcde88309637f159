/** How a route is taken out and comes back: failures, cool-downs, limits, keys, and what people set by hand. */
import { describe, expect, it } from 'vitest';
import { allFailureKinds } from '../../../../test/support/engine-facts.ts';
import { failureRules } from '../config/failover.ts';
import { noEvidence } from '../math/evidence.ts';
import { createRandom } from '../math/random.ts';
import {
  decisionShare,
  integrateHealthMonitoring,
  isLastResort,
  nextProbeAtMs,
  routeHealthFacts,
  type HealthEvent,
  type RouteHealthState,
} from './index.ts';
import {
  elapsed,
  failed,
  run,
  second,
  stateNamed,
  succeeded,
  times,
} from '../../../../test/support/health-runs.ts';

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
