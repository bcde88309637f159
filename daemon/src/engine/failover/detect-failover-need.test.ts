import { describe, expect, it } from 'vitest';
import { failoverThresholds } from '../config/failover.ts';
import { noEvidence, observeFailureRate, observeResidual, type Cusum } from '../math/cusum.ts';
import { createRandom } from '../math/random.ts';
import type { RouteHealthFacts } from '../model/health.ts';
import type { HealthState } from '../model/route.ts';
import { detectFailoverNeed } from './index.ts';

const facts = (changes: Partial<RouteHealthFacts> = {}): RouteHealthFacts => ({
  state: 'healthy',
  recentCalls: 0,
  recentFailures: 0,
  consecutiveFailures: 0,
  probeLatenciesMs: [],
  errorEvidence: noEvidence,
  slowEvidence: { ...noEvidence, sessions: 0 },
  ...changes,
});
const detect = (changes: Partial<RouteHealthFacts>) =>
  detectFailoverNeed({ routeId: 'a/one' }, facts(changes));
const { cusumP0, cusumP1, latencyCusumK, latencyClip } = failoverThresholds;

describe('detectFailoverNeed', () => {
  it("has the specification's thresholds as the lines it reports", () => {
    expect(failoverThresholds).toMatchObject({ errorRate: 0.05, successRate: 0.95, latencyMs: 500 });
    expect(detect({}).lines).toEqual({ errorRate: null, successRate: null, probeLatencyMs: null });
    // Two failures in the first two calls are shown as what they are evidence for, not as 100 %.
    const { lines } = detect({ recentCalls: 2, recentFailures: 2, probeLatenciesMs: [30] });
    expect(lines).toEqual({ errorRate: 3 / 52, successRate: 1 - 3 / 52, probeLatencyMs: 30 });
  });

  it('sees no need without evidence', () => {
    expect(detect({})).toMatchObject({ needed: false, action: null, evidence: null });
    // Each of these is above 5 %, and none of them proves it.
    for (const [recentFailures, recentCalls] of [
      [1, 1],
      [1, 4],
      [1, 10],
      [2, 20],
      [3, 40],
      [2, 4],
    ] as const) {
      expect(detect({ recentFailures, recentCalls }).needed).toBe(false);
    }
  });

  it('sees it in a row of hard failures', () => {
    expect(detect({ consecutiveFailures: 2 }).needed).toBe(false);
    expect(detect({ consecutiveFailures: 3 })).toMatchObject({
      needed: true,
      action: 'eject',
      evidence: 'a/one: 3 failures in a row',
    });
  });

  it('sees it in the error CUSUM, and names its numbers', () => {
    const errorEvidence: Cusum = { sum: 6.24, observations: 22, hits: 5 };
    expect(detect({ errorEvidence, recentCalls: 30, recentFailures: 5 })).toMatchObject({
      action: 'eject',
      evidence: 'a/one: 5 of the last 22 calls failed: error CUSUM 6.2, alarm at 6 (line 5 %)',
    });
    expect(detect({ errorEvidence: { ...errorEvidence, sum: 5.99 }, recentCalls: 30 }).needed).toBe(false);
    // A streak decides sooner; so few calls have no rate.
    expect(detect({ errorEvidence, recentCalls: 3 }).needed).toBe(false);
  });

  it('sees the slow leak that chance does not explain', () => {
    expect(detect({ recentCalls: 100, recentFailures: 15 })).toMatchObject({
      action: 'eject',
      evidence: 'a/one: 15 of the last 100 calls failed: above 5 % even allowing for chance',
    });
    expect(detect({ recentCalls: 100, recentFailures: 11 }).needed).toBe(false);
  });

  it('sees slowness from two sessions, and only degrades for it', () => {
    const slow = { sum: 8.5, observations: 6, hits: 5 };
    expect(detect({ slowEvidence: { ...slow, sessions: 2 } })).toMatchObject({
      needed: true,
      action: 'degrade',
      evidence:
        'a/one: slower than predicted in 5 of the last 6 calls, from 2 sessions: latency CUSUM 8.5, alarm at 8',
    });
    expect(detect({ slowEvidence: { ...slow, sessions: 1 } }).needed).toBe(false);
    expect(detect({ slowEvidence: { ...slow, sum: 7.9, sessions: 2 } }).needed).toBe(false);
  });

  it('sees it in a state that takes no calls', () => {
    const needed = (state: HealthState) => detect({ state }).needed;
    expect((['ejected', 'draining', 'disabled'] as const).map(needed)).toEqual([true, true, true]);
    expect((['unknown', 'healthy', 'degraded', 'probing', 'recovering'] as const).map(needed)).toEqual([
      ...[false, false, false, false, false],
    ]);
  });

  it('holds 500 ms against connecting and local probes, after several, and only degrades', () => {
    expect(detect({ probeLatenciesMs: [900, 900] }).needed).toBe(false);
    expect(detect({ probeLatenciesMs: [900, 100, 900, 900] }).needed).toBe(false);
    expect(detect({ probeLatenciesMs: [100, 900, 900, 501] })).toMatchObject({
      action: 'degrade',
      evidence: 'a/one: the last 3 probes each took over 500 ms',
    });
  });

  it('takes other thresholds', () => {
    const strict = { ...failoverThresholds, consecutiveFailures: 1 };
    expect(detectFailoverNeed({ routeId: 'a' }, facts({ consecutiveFailures: 1 }), strict).needed).toBe(true);
    const lax = { ...failoverThresholds, errorRate: 0.5, successRate: 0.5 };
    expect(
      detectFailoverNeed({ routeId: 'a' }, facts({ recentCalls: 100, recentFailures: 40 }), lax).needed,
    ).toBe(false);
  });
});

describe('cumulative sums', () => {
  it('have no drift at the line of 5 %', () => {
    const gain = (failed: boolean) =>
      observeFailureRate({ sum: 100, observations: 0, hits: 0 }, failed, cusumP0, cusumP1).sum - 100;
    expect(0.0503 * gain(true) + 0.9497 * gain(false)).toBeCloseTo(0, 3);
  });

  it('forget what does not go on', () => {
    let evidence = observeFailureRate(noEvidence, true, cusumP0, cusumP1);
    expect(evidence).toMatchObject({ observations: 1, hits: 1 });
    for (let call = 0; call < 19; call += 1) evidence = observeFailureRate(evidence, false, cusumP0, cusumP1);
    expect(evidence).toBe(noEvidence);
  });

  it('find answers twice as slow in a few calls, and let ordinary ones pass', () => {
    const random = createRandom(5);
    // Log-residuals of the spread that the engine assumes.
    const residual = () =>
      Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const observe = (evidence: Cusum, shift: number) =>
      observeResidual(evidence, residual() + shift, latencyCusumK, latencyClip);
    let alarms = 0;
    let evidence = noEvidence;
    for (let call = 0; call < 200_000; call += 1) {
      evidence = observe(evidence, 0);
      if (evidence.sum < failoverThresholds.latencyCusumH) continue;
      alarms += 1;
      evidence = noEvidence;
    }
    expect(alarms).toBeLessThanOrEqual(20);
    const delays = Array.from({ length: 501 }, () => {
      let calls = 0;
      for (let sum = noEvidence; sum.sum < failoverThresholds.latencyCusumH; calls += 1)
        sum = observe(sum, Math.log(2) / 0.35);
      return calls;
    }).sort((a, b) => a - b);
    expect(delays[250]).toBeLessThanOrEqual(9);
  });
});
