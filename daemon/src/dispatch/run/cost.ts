/** What an attempt cost: as its server says, else from reported usage and the model's prices; unknown stays unknown. */
import type { PriceTable } from '../../engine/index.ts';
import { costNanoUsd, usdOf } from '../../engine/index.ts';
import type { Usage } from '../../providers/provider.ts';

/** What the server says that the call cost goes before what a price table says; US dollars, null: neither knows. */
export function settledCostUsd(usage: Usage, table: PriceTable | null, emittedText: boolean): number | null {
  return usage.reportedCostUsd ?? attemptCostUsd(usage, table, emittedText);
}

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
