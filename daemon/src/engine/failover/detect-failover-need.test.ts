import { describe, expect, it } from 'vitest';
import { failoverThresholds } from '../config/failover.ts';
import { accumulate, bernoulliStep, noEvidence, type Evidence } from '../math/evidence.ts';
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
  slowness: null,
  ...changes,
});
const detect = (changes: Partial<RouteHealthFacts>) =>
  detectFailoverNeed({ routeId: 'a/one' }, facts(changes));
const { cusumP0, cusumP1 } = failoverThresholds;

/** Failures among calls, one after the other, as evidence. */
function evidenceOf(outcomes: string): Evidence {
  return outcomes
    .split('')
    .reduce<Evidence>(
      (sum, outcome) => accumulate(sum, bernoulliStep(outcome === 'x', cusumP0, cusumP1), 1),
      noEvidence,
    );
}

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

  it('sees it in the error CUSUM, holds the route back first and leaves it when it goes on', () => {
    const errorEvidence = evidenceOf('x.....x.....x....x....');
    expect(detect({ errorEvidence, recentCalls: 30, recentFailures: 4 }).needed).toBe(false);
    const alarmed = evidenceOf('x....x.....x....x....x');
    expect(detect({ errorEvidence: alarmed, recentCalls: 30, recentFailures: 5 })).toMatchObject({
      needed: true,
      action: 'holdBack',
      evidence: 'a/one: 5 of the last 22 calls failed: error CUSUM 6.6, alarm at 6 (line 5 %)',
    });
    const grave = evidenceOf('x....x.....x....x....x..x...x..x');
    expect(detect({ errorEvidence: grave, recentCalls: 30, recentFailures: 8 })).toMatchObject({
      action: 'eject',
      evidence: 'a/one: 8 of the last 32 calls failed: error CUSUM 10.8, alarm at 10 (line 5 %)',
    });
    // A streak decides sooner; so few calls have no rate.
    expect(detect({ errorEvidence: alarmed, recentCalls: 3 }).needed).toBe(false);
  });

  it('sees the slow leak that chance does not explain, and holds the route back', () => {
    expect(detect({ recentCalls: 100, recentFailures: 15 })).toMatchObject({
      action: 'holdBack',
      evidence: 'a/one: 15 of the last 100 calls failed: above 5 % even allowing for chance',
    });
    expect(detect({ recentCalls: 100, recentFailures: 11 }).needed).toBe(false);
  });

  it('takes the monitor’s word for slowness, and only degrades for it', () => {
    const slowness = 'takes longer than usual for as many tokens, over 7 calls';
    expect(detect({ slowness })).toMatchObject({ action: 'degrade', evidence: `a/one: ${slowness}` });
    // What fails is left, however fast.
    expect(detect({ slowness, consecutiveFailures: 3 }).action).toBe('eject');
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

describe('the error CUSUM', () => {
  it('has no drift at the line of 5 %', () => {
    const step = (failed: boolean) => bernoulliStep(failed, cusumP0, cusumP1);
    expect(0.0503 * step(true) + 0.9497 * step(false)).toBeCloseTo(0, 3);
  });

  it('forgets what does not go on', () => {
    expect(evidenceOf('x')).toMatchObject({ observations: 1 });
    expect(evidenceOf(`x${'.'.repeat(19)}`)).toBe(noEvidence);
  });
});
