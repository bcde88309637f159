/**
 * What was spent and how sure that is: settled money, an error bar for the part that is our own estimate, and per
 * provider how far predictions were off. A call without a known price is counted and never priced at 0.
 */
import { allocation } from '../config/allocation.ts';
import type { SpendSum } from './ledger.ts';
import { usdOf } from './money.ts';
import { addedUp } from './spend-sums.ts';

export interface Spent {
  readonly settledUsd: number;
  /** How far the true sum may be off, both ways. */
  readonly plusMinusUsd: number;
  readonly calls: number;
  readonly unknownCalls: number;
}

export interface ProviderSpend extends Spent {
  readonly provider: string;
  /** Of the calls with a known price. */
  readonly predictedUsd: number;
  /** Settled over predicted; null: nothing to compare. */
  readonly ratio: number | null;
  readonly isDrifting: boolean;
}

/** Over all of them. */
export function spentOf(sums: readonly SpendSum[]): Spent {
  const all = addedUp(sums);
  return {
    settledUsd: usdOf(all.settledNanoUsd),
    // Errors of estimates share a cause (a wrong ratio), so they add up instead of cancelling out.
    plusMinusUsd: usdOf(all.estimatedNanoUsd * relativeError(all)),
    calls: all.calls,
    unknownCalls: all.unknownCalls,
  };
}

/** One sum a provider, in the order given. */
export function spendByProvider(sums: readonly SpendSum[]): readonly ProviderSpend[] {
  return sums.map((sum) => {
    const { provider, predictedNanoUsd, comparedNanoUsd } = sum;
    const ratio = predictedNanoUsd > 0 ? comparedNanoUsd / predictedNanoUsd : null;
    const drift = { predictedUsd: usdOf(predictedNanoUsd), ratio, isDrifting: isDrifting(sum, ratio) };
    return { provider, ...spentOf([sum]), ...drift };
  });
}

/** The difference of the sums must be large, and larger than single calls scatter by themselves. */
function isDrifting(sum: SpendSum, ratio: number | null): boolean {
  if (ratio === null || sum.compared < allocation.driftCalls) return false;
  const difference = sum.comparedNanoUsd - sum.predictedNanoUsd;
  const scatter = Math.sqrt(sum.squaredDifference);
  return Math.abs(ratio - 1) > allocation.driftRatio && Math.abs(difference) > allocation.driftZ * scatter;
}

/** Root mean square of settled over predicted, minus 1. */
function relativeError({ ratios, squaredError }: SpendSum): number {
  return ratios < allocation.driftCalls ? allocation.estimateError : Math.sqrt(squaredError / ratios);
}
