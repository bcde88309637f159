/** What an attempt cost, from reported usage and the model's prices; unknown stays unknown. */
import type { Prices } from '@task-router/protocol';
import type { Usage } from '../providers/provider.ts';

const perToken = 1 / 1_000_000;

/** US dollars; null when the price or the usage is not known. */
export function attemptCostUsd(usage: Usage, prices: Prices | null, emittedText: boolean): number | null {
  if (prices === null) return null;
  if (prices.inputPerMTok === 0 && prices.outputPerMTok === 0) return 0;
  if (usage.inputTokens === null || usage.outputTokens === null) {
    // A call that failed before its first token isn't billed; one that broke off later is, by an amount nobody told.
    return emittedText ? null : 0;
  }
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  const fresh = usage.inputTokens - cached;
  return (
    perToken *
    (fresh * prices.inputPerMTok +
      cached * (prices.cacheReadPerMTok ?? prices.inputPerMTok) +
      usage.outputTokens * prices.outputPerMTok)
  );
}

/** Sum over attempts; one unknown makes the sum unknown. */
export function sumCostUsd(costs: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const cost of costs) {
    if (cost === null) return null;
    sum += cost;
  }
  return sum;
}
