/** What an ended attempt really used, for the ledger. */
import type { Actual, PriceTable, ResourceNeeds } from '../../engine/index.ts';
import { costNanoUsd, estimateTokens } from '../../engine/index.ts';
import type { AttemptEnd } from '../run/attempt-end.ts';

export interface EndedCall {
  readonly end: AttemptEnd;
  /** null: not known from reported usage. */
  readonly costUsd: number | null;
  readonly estimate: Pick<ResourceNeeds, 'inputTokens'>;
  readonly prices: PriceTable | null;
}

/**
 * Reported usage where there is any. A call that ended before its first token wrote nothing; what broke off later is
 * estimated from what was seen of it, and marked so.
 */
export function actualOf({ end, costUsd, estimate, prices }: EndedCall): Actual {
  const input = end.usage.inputTokens ?? estimate.inputTokens;
  const output = end.usage.outputTokens ?? (end.wroteText ? estimateTokens(end.writtenChars) : 0);
  const money = costUsd === null ? estimated({ input, output }, prices) : Math.ceil(costUsd * 1e9 - 1e-3);
  const tokens = { inputTokens: input, outputTokens: output, tokens: input + output };
  return {
    amounts: money === null ? tokens : { ...tokens, moneyNanoUsd: money },
    estimated: costUsd === null && prices !== null,
  };
}

function estimated(tokens: { readonly input: number; readonly output: number }, prices: PriceTable | null) {
  return prices === null ? null : costNanoUsd(prices, tokens);
}
