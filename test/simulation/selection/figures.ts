/** What is read off a run: regret, how soon a newcomer is used, and what became of a budget. */
import { dearestUsd, matchedWeights, ours } from './policies/ours.ts';
import type { CreatePolicy } from './policies/policy.ts';
import { runPolicy, type Step } from './run-policy.ts';

/** Sizes of a run; a test runs smaller ones. */
export interface Sizes {
  readonly seeds: number;
  /** Decisions before the regression, and as many after it. */
  readonly decisions: number;
}

export interface Regret {
  readonly before: number;
  readonly all: number;
}

/** Regret up to the regression, and over the whole run with it. */
export function regretOf(create: CreatePolicy, { decisions }: Sizes, seed: number): Regret {
  const steps = runPolicy(create, { decisions: 2 * decisions, regressionAt: decisions }, seed);
  return { before: sumOf(steps.slice(0, decisions)), all: sumOf(steps) };
}

/** Of the last decisions for which the newcomer was best, this many are looked at, and half must have gone to it. */
const adoptionWindow = 20;
const newcomerPosition = 6;

/**
 * Decisions of any kind from the newcomer's arrival until it is adopted; Infinity where the run ended first. It counts
 * as adopted once it got half a window's worth of the decisions for which it truly was the best model.
 */
export function newcomerSteps(
  create: CreatePolicy,
  { decisions, published }: { readonly decisions: number; readonly published: boolean },
  seed: number,
): number {
  const at = Math.floor(decisions / 2);
  const after = runPolicy(create, { decisions, newcomer: { at, published } }, seed).slice(at);
  const given: boolean[] = [];
  const adopted = after.findIndex(({ best, choice }) => {
    if (best === newcomerPosition) given.push(choice === newcomerPosition);
    return given.slice(-adoptionWindow).filter(Boolean).length >= adoptionWindow / 2;
  });
  return adopted === -1 ? Infinity : adopted + 1;
}

/** Shares of what the same policy spends without a budget. */
export const budgetShares = [0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95] as const;

export interface BudgetUse {
  /** Spent / limit - 1, at least 0, per budget. */
  readonly overshoots: readonly number[];
  /** Spent / limit, per budget. */
  readonly used: readonly number[];
}

/** Ours under budgets that each bind, over the whole run. */
export function budgetUse({ decisions }: Sizes, seed: number): BudgetUse {
  const options = { weights: matchedWeights, explores: true, detectsChange: true } as const;
  const spentWith = (limitUsd: number | null) => {
    const budget = limitUsd === null ? null : { limitUsd, requests: decisions };
    const steps = runPolicy(ours({ ...options, budget }), { decisions }, seed);
    return dearestUsd * steps.reduce((sum, { price }) => sum + price, 0);
  };
  const freeUsd = spentWith(null);
  const used = budgetShares.map((share) => spentWith(share * freeUsd) / (share * freeUsd));
  return { used, overshoots: used.map((each) => Math.max(0, each - 1)) };
}

function sumOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { regret }) => sum + regret, 0);
}
