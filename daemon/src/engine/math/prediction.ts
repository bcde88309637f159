/**
 * What a call is expected to take and cost. Plain arithmetic over facts, here and not in an area, because selection
 * scores it, allocation derives timeouts from it and failover spends it. Where a law of length was fitted for a route
 * (`balancing/`), its prediction stands beside these times.
 */
import { clamp } from './clamp.ts';

export interface SpeedFacts {
  /** null: not measured. */
  readonly firstTokenMs: number | null;
  readonly tokensPerSecond: number | null;
  readonly speedPrior: { readonly firstTokenMs: number; readonly tokensPerSecond: number };
  /** Calls' worth of evidence behind the measurements; absent: believe them fully. */
  readonly confidence?: number | undefined;
}

export interface SpeedModel {
  readonly usualInputTokens: number;
  readonly msPerInputToken: number;
  readonly priorCalls: number;
  readonly fallbackFirstTokenMs: number;
  readonly fallbackTokensPerSecond: number;
  readonly maxMs: number;
}

/**
 * First token and total of one successful call, in ms, both finite and positive. Measurements are shrunk towards the
 * prior by their confidence; input beyond the usual size is read at a constant rate; the whole is stretched by
 * `slowdown` >= 1.
 */
export function expectedTimes(
  speed: SpeedFacts,
  tokens: { readonly input: number; readonly output: number },
  slowdown: number,
  model: SpeedModel,
): { firstTokenMs: number; totalMs: number } {
  const priorFirst = positive(speed.speedPrior.firstTokenMs, model.fallbackFirstTokenMs);
  const priorPerToken = 1000 / positive(speed.speedPrior.tokensPerSecond, model.fallbackTokensPerSecond);
  const share = evidenceShare(speed.confidence ?? Infinity, model.priorCalls);
  const firstMs = blend(speed.firstTokenMs, priorFirst, share);
  const measuredPerToken = positiveOrNull(speed.tokensPerSecond);
  const perTokenMs = blend(measuredPerToken === null ? null : 1000 / measuredPerToken, priorPerToken, share);
  const readingMs = Math.max(0, tokens.input - model.usualInputTokens) * model.msPerInputToken;
  const firstTokenMs = clamp((firstMs + readingMs) * slowdown, 1, model.maxMs);
  const writingMs = Math.max(0, tokens.output) * perTokenMs * slowdown;
  return { firstTokenMs, totalMs: clamp(firstTokenMs + writingMs, firstTokenMs, model.maxMs) };
}

/** US dollars of one call at these prices per million tokens. */
export function expectedCostUsd(
  prices: { readonly inputPerMTok: number; readonly outputPerMTok: number },
  tokens: { readonly input: number; readonly output: number },
): number {
  const input = clamp(tokens.input, 0, Number.MAX_SAFE_INTEGER) * clamp(prices.inputPerMTok, 0, 1e6);
  const output = clamp(tokens.output, 0, Number.MAX_SAFE_INTEGER) * clamp(prices.outputPerMTok, 0, 1e6);
  return (input + output) / 1e6;
}

function evidenceShare(confidence: number, priorCalls: number): number {
  if (!(confidence > 0)) return 0;
  return confidence === Infinity ? 1 : confidence / (confidence + priorCalls);
}

function blend(measured: number | null, prior: number, share: number): number {
  const usable = positiveOrNull(measured);
  return usable === null ? prior : prior + (usable - prior) * share;
}

function positive(value: number, fallback: number): number {
  return positiveOrNull(value) ?? fallback;
}

function positiveOrNull(value: number | null): number | null {
  return value !== null && value > 0 && value < Infinity ? value : null;
}
