/**
 * What was spent and how sure that is: settled money, an error bar for the part that is our own estimate, and per
 * provider how far predictions were off. A call without a known price is counted and never priced at 0.
 */
import { allocation } from '../config/allocation.ts';
import type { SpendEntry } from './ledger.ts';
import { usdOf } from './money.ts';

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

interface Compared {
  readonly predicted: number;
  readonly settled: number;
}

export function spentOf(entries: readonly SpendEntry[]): Spent {
  const known = entries.filter(({ settledNanoUsd }) => settledNanoUsd !== null);
  const estimated = known.filter((entry) => entry.estimated);
  const error = relativeError(compared(entries.filter((entry) => !entry.estimated)));
  return {
    settledUsd: usdOf(total(known)),
    // Errors of estimates share a cause (a wrong ratio), so they add up instead of cancelling out.
    plusMinusUsd: usdOf(total(estimated) * error),
    calls: entries.length,
    unknownCalls: entries.length - known.length,
  };
}

/** By provider, in the order of the alphabet. */
export function spendByProvider(entries: readonly SpendEntry[]): readonly ProviderSpend[] {
  const byProvider = Map.groupBy(entries, ({ target }) => target?.provider ?? 'unknown');
  return [...byProvider]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([provider, own]) => ({ provider, ...spentOf(own), ...driftOf(compared(own)) }));
}

function driftOf(pairs: readonly Compared[]) {
  const predicted = pairs.reduce((sum, pair) => sum + pair.predicted, 0);
  const settled = pairs.reduce((sum, pair) => sum + pair.settled, 0);
  const ratio = predicted > 0 ? settled / predicted : null;
  return { predictedUsd: usdOf(predicted), ratio, isDrifting: isDrifting(pairs, ratio) };
}

/** The difference of the sums must be large, and larger than single calls scatter by themselves. */
function isDrifting(pairs: readonly Compared[], ratio: number | null): boolean {
  if (ratio === null || pairs.length < allocation.driftCalls) return false;
  const differences = pairs.map(({ predicted, settled }) => settled - predicted);
  const sum = differences.reduce((all, difference) => all + difference, 0);
  const scatter = Math.sqrt(differences.reduce((all, difference) => all + difference ** 2, 0));
  return Math.abs(ratio - 1) > allocation.driftRatio && Math.abs(sum) > allocation.driftZ * scatter;
}

/** Root mean square of settled over predicted, minus 1. */
function relativeError(pairs: readonly Compared[]): number {
  const ratios = pairs.flatMap(({ predicted, settled }) => (predicted > 0 ? [settled / predicted - 1] : []));
  if (ratios.length < allocation.driftCalls) return allocation.estimateError;
  return Math.sqrt(ratios.reduce((sum, ratio) => sum + ratio ** 2, 0) / ratios.length);
}

function compared(entries: readonly SpendEntry[]): Compared[] {
  return entries.flatMap(({ predictedNanoUsd, settledNanoUsd }) =>
    predictedNanoUsd === null || settledNanoUsd === null
      ? []
      : [{ predicted: predictedNanoUsd, settled: settledNanoUsd }],
  );
}

function total(entries: readonly SpendEntry[]): number {
  return entries.reduce((sum, { settledNanoUsd }) => sum + (settledNanoUsd ?? 0), 0);
}
