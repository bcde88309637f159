import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRequest, freshRetryBudget, takeRetry, type RetryBudget } from './index.ts';

const begun = (requests: number, atMs = 0): RetryBudget =>
  Array.from({ length: requests }).reduce<RetryBudget>(
    (budget) => countRequest(budget, atMs),
    freshRetryBudget,
  );

describe('the retry budget', () => {
  it('gives a lone developer one doubtful retry in ten seconds', () => {
    const first = takeRetry(begun(1), 0, true);
    expect(first.allowed).toBe(true);
    expect(takeRetry(first.budget, 9_000, true).allowed).toBe(false);
    expect(takeRetry(first.budget, 10_000, true).allowed).toBe(true);
  });

  it('gives many requests a share of them', () => {
    let budget = begun(70);
    const allowed = Array.from({ length: 20 }, () => {
      const taken = takeRetry(budget, 500, true);
      ({ budget } = taken);
      return taken.allowed;
    });
    expect(allowed.filter(Boolean)).toHaveLength(10);
  });

  it('never holds a failover to a sound route back, and counts it', () => {
    let budget = begun(1);
    for (let call = 0; call < 5; call += 1) {
      const taken = takeRetry(budget, 0, false);
      expect(taken.allowed).toBe(true);
      ({ budget } = taken);
    }
    expect(takeRetry(budget, 0, true).allowed).toBe(false);
  });

  it('stays small and within its share, whatever the clock does', () => {
    const step = fc.record({ ms: fc.integer({ min: -5_000, max: 5_000 }), isRetry: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let [budget, nowMs]: [RetryBudget, number] = [freshRetryBudget, 1e12];
        for (const { ms, isRetry } of steps) {
          nowMs += ms;
          budget = isRetry ? takeRetry(budget, nowMs, true).budget : countRequest(budget, nowMs);
          expect(budget.seconds.length).toBeLessThanOrEqual(11);
          const sum = (name: 'requests' | 'retries') =>
            budget.seconds.reduce((total, each) => total + each[name], 0);
          expect(sum('retries')).toBeLessThanOrEqual(Math.max(1, steps.length * 0.2 + 1));
        }
      }),
    );
  });
});
