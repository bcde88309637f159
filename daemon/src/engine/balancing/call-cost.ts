/** What a call costs when a part of its prompt comes from the provider's cache. */
import { balance } from '../config/balancing.ts';
import { clamp } from '../math/clamp.ts';
import type { BalancePrices, CallLength } from './model.ts';

/** US dollars: cached tokens at the price of a read, the others at that of a write. */
export function callCostUsd(
  { inputTokens, outputTokens }: Pick<CallLength, 'inputTokens' | 'outputTokens'>,
  cachedTokens: number,
  prices: BalancePrices,
): number {
  const { inputPerMTok, outputPerMTok } = prices;
  const read = clamp(prices.cacheReadPerMTok ?? inputPerMTok * balance.cacheReadShare, 0, 1e6);
  const write = clamp(prices.cacheWritePerMTok ?? inputPerMTok * balance.cacheWriteShare, 0, 1e6);
  const input = tokens(inputTokens);
  const cached = Math.min(tokens(cachedTokens), input);
  const usd = write * (input - cached) + read * cached + clamp(outputPerMTok, 0, 1e6) * tokens(outputTokens);
  return usd / 1e6;
}

function tokens(count: number): number {
  return clamp(count, 0, Number.MAX_SAFE_INTEGER);
}
