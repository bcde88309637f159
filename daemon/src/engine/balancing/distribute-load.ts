/**
 * `distributeLoad`: which of the eligible routes finishes this call soonest for its money. Expected completion time is
 * the law of length times the route's slowness plus the wait for a slot; what its cache holds of the conversation counts
 * in time and in money. A warm conversation leaves its route only for a gain worth the move. Full scan: O(routes).
 */
import { balance } from '../config/balancing.ts';
import { cost } from '../config/selection.ts';
import { clamp } from '../math/clamp.ts';
import { callCostUsd } from './call-cost.ts';
import { predictedMs, unfittedLaw } from './length-model.ts';
import type { PredictingLaw } from './length-model.ts';
import type { Affinity, BalanceInput, BalancePart, BalanceRoute, Distribution, SwitchCost } from './model.ts';
import { cachedTokens } from './prefix-credit.ts';
import { slownessAt } from './slowness.ts';

/** Pure: the same input gives the same distribution. Of equal scores the first route in the input wins. */
export function distributeLoad(input: BalanceInput): Distribution {
  const parts = partsOf(input);
  const best = lowest(parts);
  if (best === null) return { chosen: null, parts, affinity: { kind: 'none' } };
  const warm = warmest(parts);
  if (warm === null) return { chosen: best.routeId, parts, affinity: { kind: 'none' } };
  const chosen = warm.scoreMs <= best.scoreMs * (1 + balance.switchMargin) ? warm : best;
  return { chosen: chosen.routeId, parts, affinity: affinityOf(parts, warm, chosen) };
}

function partsOf(input: BalanceInput): BalancePart[] {
  const parts = input.routes.map((route) => partOf(input, route));
  const warm = warmest(parts);
  if (warm === null) return parts;
  return input.routes.map((route, at) => {
    const part = parts[at] ?? warm;
    return part === warm ? part : { ...part, switchCost: switchCostOf(input, route, { part, warm }) };
  });
}

/** One route's share in the comparison. */
function partOf(input: BalanceInput, route: BalanceRoute): BalancePart {
  const inputTokens = inputTokensFor(input, route);
  const cached = cachedTokens(input.conversation, route, { inputTokens, nowMs: input.nowMs });
  const length = { inputTokens, cachedTokens: cached, outputTokens: input.outputTokens };
  const slowness = slownessAt(route.state?.slowness ?? null, input.nowMs);
  const serviceMs = Math.min(balance.maxMs, slowness * predictedMs(lawOf(route), length));
  const waitMs = clamp(route.waitMs, 0, balance.maxMs);
  const completionMs = serviceMs + waitMs;
  const costUsd = callCostUsd(length, cached, route.prices ?? cost.assumedPrices);
  return {
    routeId: route.routeId,
    completionMs,
    serviceMs,
    waitMs,
    slowness,
    cachedTokens: cached,
    costUsd: route.prices === null ? null : costUsd,
    scoreMs: completionMs + 1_000 * input.secondsPerUsd * costUsd,
    switchCost: null,
  };
}

function lawOf({ state, start }: BalanceRoute): PredictingLaw {
  return state?.law ?? unfittedLaw(start);
}

/** The prompt as this route's model counts it. */
function inputTokensFor({ inputTokens }: BalanceInput, { inputTokenFactor = 1 }: BalanceRoute): number {
  return inputTokens * inputTokenFactor;
}

function lowest(parts: readonly BalancePart[]): BalancePart | null {
  let best: BalancePart | null = null;
  for (const part of parts) if (best === null || part.scoreMs < best.scoreMs) best = part;
  return best;
}

/** The route whose cache holds most of the conversation; of equal ones the better one. null: none is warm. */
function warmest(parts: readonly BalancePart[]): BalancePart | null {
  let warm: BalancePart | null = null;
  for (const part of parts) {
    if (part.cachedTokens <= 0) continue;
    const isWarmer =
      warm === null ||
      part.cachedTokens > warm.cachedTokens ||
      (part.cachedTokens === warm.cachedTokens && part.scoreMs < warm.scoreMs);
    if (isWarmer) warm = part;
  }
  return warm;
}

/** Tells what staying was worth or what the move gains, with what the other route has to read anew. */
function affinityOf(parts: readonly BalancePart[], warm: BalancePart, chosen: BalancePart): Affinity {
  const other = chosen === warm ? lowest(parts.filter((part) => part !== warm)) : chosen;
  return {
    kind: chosen === warm ? 'stayed' : 'moved',
    warmRoute: warm.routeId,
    other:
      other === null
        ? null
        : {
            routeId: other.routeId,
            gainMs: warm.scoreMs - other.scoreMs,
            switchCost: other.switchCost,
          },
  };
}

/** What the tokens cost on a route that the warm one need not read and it must. */
function switchCostOf(
  input: BalanceInput,
  route: BalanceRoute,
  { part, warm }: { readonly part: BalancePart; readonly warm: BalancePart },
): SwitchCost {
  const own = part.cachedTokens;
  const held = Math.max(warm.cachedTokens, own);
  const law = lawOf(route);
  const sized = { inputTokens: inputTokensFor(input, route), outputTokens: input.outputTokens };
  const lawMs = (cached: number) => predictedMs(law, { ...sized, cachedTokens: cached });
  const usd = (cached: number) => callCostUsd(sized, cached, route.prices ?? cost.assumedPrices);
  const seconds = (part.slowness * (lawMs(own) - lawMs(held))) / 1_000;
  return { seconds, usd: route.prices === null ? null : usd(own) - usd(held) };
}
