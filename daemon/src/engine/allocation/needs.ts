/** What one call needs, before anybody asks whether there is that much. */
import { allocation } from '../config/allocation.ts';
import { costNanoUsd, type PriceTable } from './money.ts';
import { outputTokensCap, outputTokensNeeded, type OutputWindow } from './output-window.ts';

export interface NeedsInput {
  /** Best estimate. */
  readonly inputTokens: number;
  /** A bound nobody doubts, where one is known: the context window, a tokenizer's count. */
  readonly inputTokensAtMost?: number | undefined;
  /** Part of the input that should come from the provider's cache; counts in the estimate, never in the worst case. */
  readonly cachedInputTokens?: number | undefined;
  /** Expected output, for the estimate of cost. */
  readonly expectedOutputTokens: number;
  readonly outputs: OutputWindow;
  /** The most that the model or the task allows; null: unknown. */
  readonly maxOutputTokens: number | null;
  /** null: unknown, which is never treated as free. */
  readonly prices: PriceTable | null;
  /** True where a hard budget applies: the answer is then capped, and the cap is what the worst case is made of. */
  readonly isHard: boolean;
  /** Memory a model still has to load, on this machine; 0 for others and where it is loaded. */
  readonly localMemoryBytes: number;
}

export interface ResourceNeeds {
  readonly requests: number;
  readonly slots: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** To be sent as the call's own limit; null: none of ours. */
  readonly maxTokens: number | null;
  readonly localMemoryBytes: number;
  /** What it should cost; null: unknown price. */
  readonly predictedNanoUsd: number | null;
  /** What it can cost at most with `maxTokens`; null: unknown price, or no end to the answer. */
  readonly worstNanoUsd: number | null;
}

export function needsOf(input: NeedsInput): ResourceNeeds {
  return withMaxTokens(input, input.isHard ? outputTokensCap(input.outputs) : null);
}

/** The needs with another limit on the answer, which a shortage may lower; null: none of ours. */
export function withMaxTokens(input: NeedsInput, cap: number | null): ResourceNeeds {
  const maxTokens = cap === null ? null : Math.min(cap, input.maxOutputTokens ?? cap);
  const most = maxTokens ?? input.maxOutputTokens;
  return {
    requests: 1,
    slots: 1,
    inputTokens: Math.ceil(input.inputTokens),
    outputTokens: Math.min(outputTokensNeeded(input.outputs), most ?? Infinity),
    maxTokens,
    localMemoryBytes: input.localMemoryBytes,
    predictedNanoUsd: input.prices && costNanoUsd(input.prices, expectedTokens(input)),
    worstNanoUsd: input.prices && most !== null ? worstCase(input, input.prices, most) : null,
  };
}

function expectedTokens({ inputTokens, cachedInputTokens, expectedOutputTokens }: NeedsInput) {
  return {
    input: Math.ceil(inputTokens),
    output: Math.ceil(expectedOutputTokens),
    cacheRead: cachedInputTokens ?? 0,
  };
}

/** Nothing cached, everything written to the cache where that costs more, the longest answer allowed. */
function worstCase(input: NeedsInput, prices: PriceTable, output: number): number {
  const most = Math.ceil(
    input.inputTokensAtMost ?? Math.ceil(input.inputTokens) * allocation.hardInputMargin,
  );
  return Math.max(
    costNanoUsd(prices, { input: most, output }),
    costNanoUsd(prices, { input: most, output, cacheWrite: most }),
  );
}
