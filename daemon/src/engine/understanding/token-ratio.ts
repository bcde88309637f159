/**
 * Characters per token, learned per model family from the usage that providers report. A tokenizer would cost
 * milliseconds and megabytes per family; a ratio costs a division and is right within a few percent on code.
 */
import { clamp } from '../math/clamp.ts';

export interface TokenRatios {
  readonly version: 1;
  /** Weighted characters and tokens seen per family. */
  readonly families: Readonly<Record<string, { readonly chars: number; readonly tokens: number }>>;
}

export const noTokenRatios: TokenRatios = { version: 1, families: {} };

/** Before any usage was reported; belief in it, in tokens. */
const priorCharsPerToken = 3.6;
const priorTokens = 2_000;
/** Older usage fades so that about this many tokens count. */
const windowTokens = 2_000_000;
/** Ratios outside are a miscount: images, cached parts, another unit. */
const [minRatio, maxRatio] = [1, 12];

/** Characters per token of a family, 1..12. */
export function charsPerTokenOf(ratios: TokenRatios, family: string): number {
  const seen = Object.hasOwn(ratios.families, family) ? ratios.families[family] : undefined;
  const chars = priorCharsPerToken * priorTokens + (seen?.chars ?? 0);
  return clamp(chars / (priorTokens + (seen?.tokens ?? 0)), minRatio, maxRatio);
}

/** Folds in one call's reported input. Impossible reports change nothing. */
export function learnTokenRatio(
  ratios: TokenRatios,
  family: string,
  usage: { readonly chars: number; readonly tokens: number },
): TokenRatios {
  const ratio = usage.chars / usage.tokens;
  if (!(usage.tokens > 0 && ratio >= minRatio && ratio <= maxRatio)) return ratios;
  const seen = Object.hasOwn(ratios.families, family) ? ratios.families[family] : undefined;
  const total = (seen?.tokens ?? 0) + usage.tokens;
  const kept = total > windowTokens ? windowTokens / total : 1;
  const next = {
    chars: ((seen?.chars ?? 0) + usage.chars) * kept,
    tokens: total * kept,
  };
  return { version: 1, families: { ...ratios.families, [family]: next } };
}
