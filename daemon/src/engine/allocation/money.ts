/**
 * Money as whole billionths of a US dollar. A token at $0.01 a million is 10 of them, so prices stay whole numbers or
 * nearly so, and sums are exact up to nine million dollars.
 */

const nanoPerUsd = 1_000_000_000;
/** Nanodollars a token at one dollar per million tokens. */
const nanoPerTokenAtOneUsd = 1_000;

export interface TokenPrices {
  readonly inputPerMTok: number;
  readonly outputPerMTok: number;
  readonly cacheReadPerMTok?: number | undefined;
  readonly cacheWritePerMTok?: number | undefined;
}

/** Prices with the tier for long prompts, as the catalogue has them. */
export interface PriceTable {
  readonly prices: TokenPrices;
  readonly longPrompt: { readonly fromTokens: number; readonly prices: TokenPrices } | null;
}

export interface TokenCounts {
  /** All input, cached included. */
  readonly input: number;
  readonly output: number;
  /** Input read from the provider's cache. */
  readonly cacheRead?: number;
  /** Input written to it. */
  readonly cacheWrite?: number;
}

/** Rounded up to a whole nanodollar. The tier is decided by the whole input, as providers do. */
export function costNanoUsd({ prices, longPrompt }: PriceTable, tokens: TokenCounts): number {
  const tier = longPrompt && tokens.input >= longPrompt.fromTokens ? longPrompt.prices : prices;
  const read = Math.min(tokens.cacheRead ?? 0, tokens.input);
  const written = Math.min(tokens.cacheWrite ?? 0, tokens.input - read);
  const fresh = tokens.input - read - written;
  const sum =
    fresh * tier.inputPerMTok +
    read * (tier.cacheReadPerMTok ?? tier.inputPerMTok) +
    written * (tier.cacheWritePerMTok ?? tier.inputPerMTok) +
    tokens.output * tier.outputPerMTok;
  // Decimal prices are not exact in binary: a millionth of a nanodollar is rounding noise, not money.
  return Math.ceil(sum * nanoPerTokenAtOneUsd - 1e-6);
}

export function usdOf(nanoUsd: number): number {
  return nanoUsd / nanoPerUsd;
}

/** A limit, rounded down; bounded so that it stays a whole number. */
export function nanoUsdOf(usd: number): number {
  return Math.floor(Math.min(Math.max(usd, 0), 1_000_000) * nanoPerUsd + 1e-6);
}
