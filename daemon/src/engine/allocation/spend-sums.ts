/**
 * What was spent, as sums: by quarter of an hour and provider, so that the question for a day or a month adds up a few
 * hundred sums however many calls there were. A quarter of an hour, because every time zone's midnight falls on one.
 */
import type { SpendEntry, SpendSum } from './ledger.ts';

export const spendSlotMs = 900_000;

const nothing: Omit<SpendSum, 'provider'> = {
  ...{ calls: 0, unknownCalls: 0, settledNanoUsd: 0, estimatedNanoUsd: 0 },
  ...{ compared: 0, predictedNanoUsd: 0, comparedNanoUsd: 0, squaredDifference: 0 },
  ...{ ratios: 0, squaredError: 0 },
};

/** The sums of one settled attempt. */
export function spendOf({ target, predictedNanoUsd, settledNanoUsd, estimated }: SpendEntry): SpendSum {
  const provider = target?.provider ?? 'unknown';
  const settled = settledNanoUsd;
  if (settled === null) return { ...nothing, provider, calls: 1, unknownCalls: 1 };
  const predicted = predictedNanoUsd ?? 0;
  const isCompared = predictedNanoUsd !== null;
  const hasRatio = !estimated && predicted > 0;
  return {
    provider,
    calls: 1,
    unknownCalls: 0,
    settledNanoUsd: settled,
    estimatedNanoUsd: estimated ? settled : 0,
    compared: isCompared ? 1 : 0,
    predictedNanoUsd: predicted,
    comparedNanoUsd: isCompared ? settled : 0,
    squaredDifference: isCompared ? (settled - predicted) ** 2 : 0,
    ratios: hasRatio ? 1 : 0,
    squaredError: hasRatio ? (settled / predicted - 1) ** 2 : 0,
  };
}

/** Under the provider of the first; `nothing` of a provider for an empty list. */
export function addedUp(sums: readonly SpendSum[], provider = sums[0]?.provider ?? 'unknown'): SpendSum {
  return sums.reduce<SpendSum>(added, { ...nothing, provider });
}

function added(a: SpendSum, b: SpendSum): SpendSum {
  return {
    provider: a.provider,
    calls: a.calls + b.calls,
    unknownCalls: a.unknownCalls + b.unknownCalls,
    settledNanoUsd: a.settledNanoUsd + b.settledNanoUsd,
    estimatedNanoUsd: a.estimatedNanoUsd + b.estimatedNanoUsd,
    compared: a.compared + b.compared,
    predictedNanoUsd: a.predictedNanoUsd + b.predictedNanoUsd,
    comparedNanoUsd: a.comparedNanoUsd + b.comparedNanoUsd,
    squaredDifference: a.squaredDifference + b.squaredDifference,
    ratios: a.ratios + b.ratios,
    squaredError: a.squaredError + b.squaredError,
  };
}

export class SpendSums {
  readonly #slots = new Map<number, Map<string, SpendSum>>();

  /** `atMs`: any instant of the slot that the sum belongs to. */
  add(atMs: number, sum: SpendSum): void {
    const slot = Math.floor(atMs / spendSlotMs);
    const providers = this.#slots.get(slot) ?? new Map<string, SpendSum>();
    const before = providers.get(sum.provider);
    providers.set(sum.provider, before ? added(before, sum) : sum);
    this.#slots.set(slot, providers);
  }

  /** By provider, from the beginning of the quarter of an hour on which `sinceMs` falls. O(slots since). */
  since(sinceMs: number): readonly SpendSum[] {
    const first = Math.floor(sinceMs / spendSlotMs);
    const recent = [...this.#slots].flatMap(([slot, sums]) => (slot < first ? [] : [...sums.values()]));
    return [...Map.groupBy(recent, ({ provider }) => provider).values()]
      .map((sums) => addedUp(sums))
      .sort((a, b) => (a.provider < b.provider ? -1 : 1));
  }

  forget(beforeMs: number): void {
    for (const slot of this.#slots.keys()) {
      if ((slot + 1) * spendSlotMs <= beforeMs) this.#slots.delete(slot);
    }
  }
}
