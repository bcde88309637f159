/** Token counts as a server reports them, with everything that can't be true taken for unknown. */
import type { Usage } from './provider.ts';

export const unknownUsage: Usage = {
  inputTokens: null,
  outputTokens: null,
  cachedInputTokens: null,
  reasoningTokens: null,
};

/** No context window and no answer is larger. */
const mostTokens = 100_000_000;

/**
 * Counts of a complete answer that has text. Zero input or output tokens can't be: client libraries write 0 where the
 * server said nothing, and a count of 0 would make a paid call look free. A part larger than its whole is none either.
 */
export function usageOf(counts: {
  readonly input: unknown;
  readonly output: unknown;
  readonly cachedInput?: unknown;
  readonly reasoning?: unknown;
}): Usage {
  const inputTokens = atLeast(1, counts.input);
  const outputTokens = atLeast(1, counts.output);
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: partOf(inputTokens, counts.cachedInput),
    reasoningTokens: partOf(outputTokens, counts.reasoning),
  };
}

function atLeast(least: number, count: unknown): number | null {
  return typeof count === 'number' && Number.isInteger(count) && count >= least && count <= mostTokens
    ? count
    : null;
}

function partOf(whole: number | null, count: unknown): number | null {
  const part = atLeast(0, count);
  return whole === null || part === null || part > whole ? null : part;
}
