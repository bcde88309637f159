/**
 * `npm run simulate -- selection`: the bandit world on the engine's own code, beside the specification's score and the
 * usual bandits. Virtual time and one seed a run: the same code gives the same bytes.
 */
import type { Measured } from '../bench/report.ts';
import { bars, compare, type Comparison } from './selection/comparison.ts';
import type { Interval } from './base/statistics.ts';

export const name = 'selection';

const sizes = { seeds: 40, decisions: 3_000 };

export function run(): Promise<Measured> {
  return Promise.resolve(measured(compare(sizes)));
}

function measured({ rows, unpublishedNewcomerSteps, overshoot }: Comparison): Measured {
  const own = rows.find(({ policy }) => policy === 'ours')!;
  const budgetOvershoot = Math.max(...overshoot.perBudget);
  return {
    decisions: sizes.decisions,
    seeds: sizes.seeds,
    regretRatio: digits(own.ratio.value),
    regretRatioBar: bars.regretRatio,
    regretRatioAfterRegression: digits(own.ratioWithRegression.value),
    regretRatioAfterRegressionBar: bars.regretRatioAfterRegression,
    newcomerSteps: own.newcomerSteps,
    newcomerStepsBar: bars.newcomerSteps,
    unpublishedNewcomerSteps,
    budgetOvershoot: digits(budgetOvershoot),
    budgetOvershootBar: bars.budgetOvershoot,
    worstBudgetOvershoot: digits(overshoot.worst),
    leastBudgetUse: digits(Math.min(...overshoot.used)),
    passes:
      own.ratio.value <= bars.regretRatio &&
      own.ratioWithRegression.value <= bars.regretRatioAfterRegression &&
      (own.newcomerSteps ?? Infinity) <= bars.newcomerSteps &&
      budgetOvershoot <= bars.budgetOvershoot,
    rows: rows.map((row) => ({
      policy: row.policy,
      regretAt3000: digits(row.regret),
      regretAt6000: digits(row.regretWithRegression),
      ratioAt3000: digits(row.ratio.value),
      ratioAt3000Interval: worded(row.ratio),
      ratioAt6000: digits(row.ratioWithRegression.value),
      ratioAt6000Interval: worded(row.ratioWithRegression),
      newcomerSteps: row.newcomerSteps,
    })),
    seed: 1,
  };
}

function worded({ low, high }: Interval): string {
  return `${low.toFixed(3)} to ${high.toFixed(3)}`;
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
