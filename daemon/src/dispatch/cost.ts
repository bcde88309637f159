/** What an attempt cost, from reported usage and the model's prices; unknown stays unknown. */
import type { PriceTable } from '../engine/index.ts';
import { costNanoUsd, usdOf } from '../engine/index.ts';
import type { Usage } from '../providers/provider.ts';

/** US dollars, long-prompt tier and cached input as they are priced; null when the price or the usage is not known. */
export function attemptCostUsd(usage: Usage, table: PriceTable | null, emittedText: boolean): number | null {
  if (table === null) return null;
  if (table.prices.inputPerMTok === 0 && table.prices.outputPerMTok === 0) return 0;
  const { inputTokens, outputTokens, cachedInputTokens } = usage;
  if (inputTokens === null || outputTokens === null) {
    // A call that failed before its first token isn't billed; one that broke off later is, by an amount nobody told.
    return emittedText ? null : 0;
  }
  const tokens = { input: inputTokens, output: outputTokens, cacheRead: cachedInputTokens ?? 0 };
  return usdOf(costNanoUsd(table, tokens));
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
