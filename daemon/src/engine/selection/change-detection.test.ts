import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../math/random.ts';
import { detectChange, initialChange, shrinkAfterChange, type ChangeState } from './change-detection.ts';

/** Outcomes until the first alarm; `limit` without one. */
function outcomesUntilAlarm(
  rate: number,
  expected: number,
  { seed, limit }: { seed: number; limit: number },
): number {
  const random = createRandom(seed);
  let state: ChangeState = initialChange;
  for (let count = 1; count <= limit; count += 1) {
    const next = detectChange(state, { success: random.next() < rate, expected });
    if (next.changed) return count;
    state = next.state;
  }
  return limit;
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const runs = (rate: number, expected: number, limit: number) =>
  Array.from({ length: 200 }, (_, seed) => outcomesUntilAlarm(rate, expected, { seed, limit }));

describe('detectChange', () => {
  it('notices a model that succeeds 0.6 times as often within a hundred outcomes', () => {
    expect(mean(runs(0.6 * 0.8, 0.8, 2_000))).toBeLessThan(40);
    expect(mean(runs(0.6 * 0.5, 0.5, 2_000))).toBeLessThan(100);
  });

  it('rarely cries wolf: a model that is as good as expected goes thousands of outcomes without an alarm', () => {
    expect(mean(runs(0.8, 0.8, 5_000))).toBeGreaterThan(2_000);
    expect(mean(runs(0.5, 0.5, 5_000))).toBeGreaterThan(2_000);
  });

  it('takes hard tasks as they are: failing where failure was expected is no evidence', () => {
    expect(outcomesUntilAlarm(0.05, 0.05, { seed: 1, limit: 5_000 })).toBe(5_000);
  });

  it('begins anew after an alarm and stays finite for any expectation', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.double()), { maxLength: 60 }), (outcomes) => {
        let state: ChangeState = initialChange;
        for (const [success, expected] of outcomes) {
          const next = detectChange(state, { success, expected });
          expect(next.state.evidence >= 0 && next.state.evidence < 6).toBe(true);
          expect(next.state.changes).toBe(state.changes + (next.changed ? 1 : 0));
          state = next.state;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('shrinkAfterChange', () => {
  it('keeps the mean and a fifth of the pseudo-counts', () => {
    const after = shrinkAfterChange({ alpha: 80, beta: 20 });
    expect(after.alpha).toBeCloseTo(16, 12);
    expect(after.beta).toBeCloseTo(4, 12);
  });

  it('never below two pseudo-counts, and never adds any', () => {
    const few = shrinkAfterChange({ alpha: 3, beta: 1 });
    expect([few.alpha, few.beta]).toEqual([1.5, 0.5]);
    expect(shrinkAfterChange({ alpha: 0.5, beta: 0.5 })).toEqual({ alpha: 0.5, beta: 0.5 });
  });
});
