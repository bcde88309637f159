/**
 * The comparison as rows: every policy on the same worlds, tasks and luck, medians over the seeds with bootstrap
 * intervals, and the bars of the issue on the figures of ours.
 */
import { bootstrap, median, type Interval } from '../base/statistics.ts';
import { budgetShares, budgetUse, newcomerSteps, regretOf, type Regret, type Sizes } from './figures.ts';
import { balancedWeights, matchedWeights, ours } from './policies/ours.ts';
import type { CreatePolicy } from './policies/policy.ts';
import { greedy, literalSpecification, priorAlone, thompsonFlat, ucb1 } from './policies/published.ts';

const options = { weights: matchedWeights, explores: true, detectsChange: true, budget: null } as const;

/** In the order of the table. `specification` is what the others are measured against. */
const policies: Readonly<Record<string, CreatePolicy>> = {
  specification: literalSpecification,
  'benchmark prior alone': priorAlone,
  greedy,
  UCB1: ucb1,
  'Thompson, flat prior': thompsonFlat,
  ours: ours(options),
  'ours, no exploration': ours({ ...options, explores: false }),
  'ours, no change detection': ours({ ...options, detectsChange: false }),
  // Its weights want speed as well, which this world's utility doesn't count.
  'ours, balanced weights': ours({ ...options, weights: balancedWeights }),
};

export const bars = {
  regretRatio: 0.4,
  regretRatioAfterRegression: 0.35,
  newcomerSteps: 142,
  budgetOvershoot: 0.004,
} as const;

export interface PolicyRow {
  readonly policy: string;
  /** Median regret up to the regression, and over all decisions. */
  readonly regret: number;
  readonly regretWithRegression: number;
  /** Ratio of the medians to those of the specification, with its interval. */
  readonly ratio: Interval;
  readonly ratioWithRegression: Interval;
  /** Median; null: not adopted in at least half of the runs. */
  readonly newcomerSteps: number | null;
}

export interface Comparison {
  readonly rows: readonly PolicyRow[];
  /** Ours, a newcomer of which nothing is published. */
  readonly unpublishedNewcomerSteps: number | null;
  /** Medians over the seeds, per budget, and the worst of all runs. */
  readonly overshoot: {
    readonly perBudget: readonly number[];
    readonly worst: number;
    readonly used: readonly number[];
  };
}

export function compare(sizes: Sizes): Comparison {
  const seeds = Array.from({ length: sizes.seeds }, (_, index) => index + 1);
  const regrets = Object.entries(policies).map(
    ([name, create]) => [name, seeds.map((seed) => regretOf(create, sizes, seed))] as const,
  );
  const baseline = regrets[0]![1];
  const steps = (create: CreatePolicy, published: boolean) =>
    finite(
      median(seeds.map((seed) => newcomerSteps(create, { decisions: sizes.decisions, published }, seed))),
    );
  const budgets = seeds.map((seed) => budgetUse(sizes, seed));
  return {
    rows: regrets.map(([policy, own]) => rowOf(policy, own, baseline, steps(policies[policy]!, true))),
    unpublishedNewcomerSteps: steps(ours(options), false),
    overshoot: {
      perBudget: budgetShares.map((_, at) => median(budgets.map(({ overshoots }) => overshoots[at]!))),
      worst: Math.max(...budgets.flatMap(({ overshoots }) => overshoots)),
      used: budgetShares.map((_, at) => median(budgets.map(({ used }) => used[at]!))),
    },
  };
}

function rowOf(
  policy: string,
  own: readonly Regret[],
  baseline: readonly Regret[],
  newcomer: number | null,
): PolicyRow {
  // Both regrets of a seed are resampled together.
  const pairs = own.map((regret, at) => ({ regret, base: baseline[at]! }));
  const ratioOf = (which: keyof Regret) =>
    bootstrap(
      pairs,
      (sample) =>
        median(sample.map(({ regret }) => regret[which])) / median(sample.map(({ base }) => base[which])),
    );
  return {
    policy,
    regret: median(own.map(({ before }) => before)),
    regretWithRegression: median(own.map(({ all }) => all)),
    ratio: ratioOf('before'),
    ratioWithRegression: ratioOf('all'),
    newcomerSteps: newcomer,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
