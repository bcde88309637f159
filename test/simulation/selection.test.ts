/**
 * A short run of the comparison against the committed baseline. The same code gives the same figures to the last
 * digit; a change of the engine that moves them is seen here, and `npm run simulate -- selection` tells whether the
 * bars still hold.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bars, compare } from './selection/comparison.ts';

const baseline = JSON.parse(
  readFileSync(new URL('./selection/baseline.json', import.meta.url), 'utf8'),
) as unknown;
const sizes = { seeds: 8, decisions: 600 };

describe('selection in the bandit world', () => {
  const comparison = compare(sizes);
  const figures = Object.fromEntries(
    comparison.rows.map(({ policy, regret, regretWithRegression, newcomerSteps }) => [
      policy,
      { regret: round(regret), regretWithRegression: round(regretWithRegression), newcomerSteps },
    ]),
  );

  it('gives the figures of the baseline', () => {
    expect(figures).toEqual(baseline);
  });

  it('gives the same figures again', () => {
    expect(compare({ seeds: 2, decisions: 200 })).toEqual(compare({ seeds: 2, decisions: 200 }));
  }, 60_000);

  it('loses less than every policy that ours is measured against, and keeps budgets', () => {
    const ours = figures['ours']!;
    for (const other of [
      'specification',
      'benchmark prior alone',
      'greedy',
      'UCB1',
      'Thompson, flat prior',
    ]) {
      expect([other, figures[other]!.regretWithRegression > ours.regretWithRegression]).toEqual([
        other,
        true,
      ]);
    }
    expect(ours.newcomerSteps).toBeLessThanOrEqual(bars.newcomerSteps);
    for (const overshoot of comparison.overshoot.perBudget) {
      expect(overshoot).toBeLessThanOrEqual(bars.budgetOvershoot);
    }
    for (const used of comparison.overshoot.used) expect(used).toBeGreaterThan(0.8);
  });
});

/** Four figures: enough to see a change, and not the last bits of a sum. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
