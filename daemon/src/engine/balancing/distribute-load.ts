/**
 * `distributeLoad`: which of the eligible routes finishes this call soonest for its money. Expected completion time is
 * the law of length times the route's slowness plus the wait for a slot; what its cache holds of the conversation counts
 * in time and in money. A warm conversation leaves its route only for a gain worth the move. Full scan: O(routes).
 */
import { balance, cost } from '../config.ts';
import { clamp } from '../math/clamp.ts';
import { callCostUsd } from './call-cost.ts';
import { initialLaw, predictedMs } from './length-model.ts';
import type { Affinity, BalanceInput, BalancePart, BalanceRoute, Distribution, SwitchCost } from './model.ts';
import { cachedTokens } from './prefix-credit.ts';
import { slownessAt } from './slowness.ts';

/** Pure: the same input gives the same distribution. Of equal scores the first route in the input wins. */
export function distributeLoad(input: BalanceInput): Distribution {
  const parts = input.routes.map((route) => partOf(input, route));
  const best = lowest(parts);
  if (best === null) return { chosen: null, parts, affinity: { kind: 'none' } };
  const warm = warmest(parts);
  if (warm === null) return { chosen: best.routeId, parts, affinity: { kind: 'none' } };
  const chosen = warm.scoreMs <= best.scoreMs * (1 + balance.switchMargin) ? warm : best;
  return { chosen: chosen.routeId, parts, affinity: affinityOf(input, { parts, warm, chosen }) };
}

/** One route's share in the comparison. */
function partOf(input: BalanceInput, route: BalanceRoute): BalancePart {
  const cached = cachedTokens(input.conversation, route, input);
  const slowness = slownessAt(route.state?.slowness ?? null, input.nowMs);
  const serviceMs = Math.min(balance.maxMs, slowness * lawMs(input, route, cached));
  const waitMs = clamp(route.waitMs, 0, balance.maxMs);
  const completionMs = serviceMs + waitMs;
  const costUsd = callCostUsd(input, cached, route.prices ?? cost.assumedPrices);
  return {
    ...{ routeId: route.routeId, completionMs, serviceMs, waitMs, slowness, cachedTokens: cached },
    costUsd: route.prices === null ? null : costUsd,
    scoreMs: completionMs + 1_000 * input.secondsPerUsd * costUsd,
  };
}

function lawMs(input: BalanceInput, route: BalanceRoute, cached: number): number {
  const law = route.state?.law ?? initialLaw(route.start);
  return predictedMs(law, { ...input, cachedTokens: cached });
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
function affinityOf(
  input: BalanceInput,
  { parts, warm, chosen }: { parts: readonly BalancePart[]; warm: BalancePart; chosen: BalancePart },
): Affinity {
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
            switchCost: switchCostOf(input, other, warm.cachedTokens),
          },
  };
}

/** What the tokens cost on `to` that the warm route need not read and `to` must. */
function switchCostOf(input: BalanceInput, to: BalancePart, warmTokens: number): SwitchCost {
  const route = input.routes.find(({ routeId }) => routeId === to.routeId);
  if (route === undefined) return { seconds: 0, usd: null };
  const held = Math.max(warmTokens, to.cachedTokens);
  const seconds = (to.slowness * (lawMs(input, route, to.cachedTokens) - lawMs(input, route, held))) / 1_000;
  const usd = (cached: number) => callCostUsd(input, cached, route.prices ?? cost.assumedPrices);
  return { seconds, usd: route.prices === null ? null : usd(to.cachedTokens) - usd(held) };
}
