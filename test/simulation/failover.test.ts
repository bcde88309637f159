/** A short run of the comparison: our bars hold, and every other policy misses at least one of them. */
import { describe, expect, it } from 'vitest';
import { callsToNotice, cutCalls, falseAlarmsPer10k } from './failover/detection.ts';
import { bars } from './failover/comparison.ts';
import { transitionsUnderNoise } from './failover/noise.ts';
import { ours } from './failover/ours.ts';
import { simulateOutage } from './failover/outage.ts';
import { envoyLike, litellmLike, resilience4jLike, specification } from './failover/policies.ts';

describe('failover in simulation', () => {
  it('notices a fifth of errors soon and hardly ever accuses a healthy route', () => {
    expect(callsToNotice(ours, 0.2, 300).p95).toBeLessThanOrEqual(bars.callsToNotice20 + 5);
    expect(falseAlarmsPer10k(ours, 0.01, 50_000)).toBeLessThanOrEqual(bars.falseAlarmsPer10k);
  });

  it('of the others, those that accuse nobody notice nothing, and the one that notices accuses many', () => {
    for (const policy of [litellmLike, envoyLike, resilience4jLike])
      expect([policy.name, callsToNotice(policy, 0.2, 60).p95]).toEqual([policy.name, cutCalls]);
    expect(falseAlarmsPer10k(specification, 0.02, 50_000)).toBeGreaterThan(bars.falseAlarmsPer10k);
  });

  it('burns a handful of calls in an outage, one timeout in a hang, and comes back in time', () => {
    for (const seed of [1, 2, 3]) {
      const refuses = simulateOutage(ours, 'refuses', seed);
      expect(refuses.burnt).toBeLessThanOrEqual(bars.callsBurnt);
      expect(refuses.recoveryS).toBeLessThanOrEqual(bars.recoveryS);
      expect(refuses.visibleErrors).toBe(0);
      expect(refuses.benched).toBeLessThan(bars.benched);
      expect(simulateOutage(ours, 'hangs', seed).burnt).toBeLessThanOrEqual(1);
    }
  });

  it('hardly moves a route that fails one call in twenty, and does not flap where it has to', () => {
    expect(transitionsUnderNoise(0.05, 10_000, 1_000).p95).toBeLessThanOrEqual(bars.transitions);
    expect(transitionsUnderNoise(0.02, 1_000, 200).p95).toBeLessThanOrEqual(bars.transitions);
  });

  it('gives the same run for the same seed', () => {
    expect(simulateOutage(ours, 'failsPartly', 5)).toEqual(simulateOutage(ours, 'failsPartly', 5));
  });
});
