/** Health over any history: every state against every event, noise, alarms. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFailureKinds } from '../../../../test/support/engine-facts.ts';
import { createRandom } from '../math/random.ts';
import type { HealthState } from '../model/route.ts';
import {
  integrateHealthMonitoring,
  readRouteHealthState,
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
  states,
  succeeded,
  times,
} from '../../../../test/support/health-runs.ts';

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
