import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptRecord } from '../../../../test/support/stored-records.ts';
import { RouteQuantiles } from './route-quantiles.ts';

const hourMs = 3_600_000;

describe('route quantiles', () => {
  it('are within 1 % of the exact ones, merged over every slot', () => {
    const duration = fc.double({ min: 1, max: 600_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (durations) => {
        const quantiles = new RouteQuantiles();
        for (const [index, totalMs] of durations.entries()) quantiles.add('r', totalMs, index * 10_000);
        const sorted = [...durations].sort((a, b) => a - b);
        const { calls, p50Ms, p95Ms } = quantiles.of('r', 'week', durations.length * 10_000)!;
        expect(calls).toBe(durations.length);
        for (const [share, found] of [
          [0.5, p50Ms],
          [0.95, p95Ms],
        ] as const) {
          const exact = sorted[Math.floor(share * (sorted.length - 1))]!;
          expect(Math.abs(found / exact - 1)).toBeLessThanOrEqual(0.0101);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('forget what has left the window, and keep routes apart', () => {
    const quantiles = new RouteQuantiles();
    quantiles.add('r', 100, 0);
    quantiles.add('r', 900, 2 * hourMs);
    quantiles.add('other', 5, 2 * hourMs);
    expect(quantiles.of('r', 'hour', 2 * hourMs)).toMatchObject({ calls: 1 });
    expect(quantiles.of('r', 'week', 2 * hourMs)).toMatchObject({ calls: 2 });
    expect(quantiles.of('r', 'week', 400 * hourMs)).toBeNull();
    expect(quantiles.of('none', 'hour', 0)).toBeNull();
  });

  it('come back from the stored attempts', () => {
    const quantiles = new RouteQuantiles();
    quantiles.restore([attemptRecord('a1', 'd1', 0.1), attemptRecord('a2', 'd1', null)]);
    expect(quantiles.of('n/m', 'week', hourMs)).toMatchObject({ calls: 1 });
  });

  it('stay bounded and survive a clock that steps back', () => {
    const quantiles = new RouteQuantiles();
    for (const atMs of [10 * hourMs, 2 * hourMs, Number.NaN, 11 * hourMs])
      quantiles.add('r', 50, Number.isNaN(atMs) ? 11 * hourMs : atMs);
    quantiles.add('r', Number.NaN, 11 * hourMs);
    quantiles.add('r', -1, 11 * hourMs);
    expect(quantiles.of('r', 'week', 11 * hourMs)).toMatchObject({ calls: 4 });
  });
});
