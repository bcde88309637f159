/** Token counts and cost as a server reports them, with everything that can't be true taken for unknown. */
import * as z from 'zod';
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
  /** The server's own object, for what the client library does not read: the cost. */
  readonly raw?: unknown;
}): Usage {
  // Nothing is soon read; a schema that refuses it makes an error first.
  const reportedCostUsd = counts.raw === undefined ? null : reportedCost(counts.raw);
  const inputTokens = atLeast(1, counts.input);
  const outputTokens = atLeast(1, counts.output);
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: partOf(inputTokens, counts.cachedInput),
    reasoningTokens: partOf(outputTokens, counts.reasoning),
    ...(reportedCostUsd !== null && { reportedCostUsd }),
  };
}

/** More than any call costs; a gateway that counts in another unit must not empty a budget. */
const mostUsd = 1_000;

/** Shapes seen: OpenRouter (`cost`, with one's own key beside what the provider bills), Perplexity, DeepInfra. */
const costSchema = z.object({
  cost: z
    .union([z.number(), z.object({ total_cost: z.number() }).transform((cost) => cost.total_cost)])
    .optional()
    .catch(undefined),
  estimated_cost: z.number().optional().catch(undefined),
  is_byok: z.boolean().optional().catch(undefined),
  cost_details: z.object({ upstream_inference_cost: z.number().nullish() }).nullish().catch(undefined),
});

/**
 * What the server says that the call cost, in US dollars; null where it says nothing that can be true. Zero is no cost:
 * gateways write it where they know no price, and it would make a paid call look free.
 */
function reportedCost(raw: unknown): number | null {
  const { data } = costSchema.safeParse(raw);
  if (data === undefined) return null;
  const upstream = data.is_byok === true ? (data.cost_details?.upstream_inference_cost ?? null) : 0;
  const told = data.cost ?? data.estimated_cost;
  // With one's own key the gateway's fee alone is not the cost.
  if (told === undefined || upstream === null) return null;
  const usd = told + upstream;
  return told >= 0 && upstream >= 0 && usd > 0 && usd <= mostUsd ? usd : null;
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
