/** Folds one finished call into what is remembered of its route and of its conversation. */
import { balance } from '../config/balancing.ts';
import { initialLaw, observeLength, predictedMs } from './length-model.ts';
import type { ConversationBalance, LengthCoefficients, RouteBalance } from './model.ts';
import { observeOutput } from './output.ts';
import { emptyReports, withPrefix } from './prefix-credit.ts';
import { observeSlowness, slownessAt } from './slowness.ts';

/** A call that succeeded. Failed and cancelled ones say nothing of speed. */
export interface FinishedCall {
  readonly routeId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What the decision believed to be warm. */
  readonly expectedCachedTokens: number;
  /** As the provider reports; null: it reports nothing. */
  readonly reportedCachedTokens: number | null;
  /** Without the wait for a slot; 0: quicker than the clock counts. */
  readonly serviceMs: number;
  readonly endedAtMs: number;
}

export function initialRouteBalance(start?: LengthCoefficients): RouteBalance {
  return { law: initialLaw(start), slowness: null, emptyCacheReports: 0 };
}

/** Clocks count whole milliseconds, and a server on this machine may answer within one. */
const clockMs = 1;

/** A call whose figures make no sense changes nothing. */
export function observeRoute(route: RouteBalance, call: FinishedCall): RouteBalance {
  if (!isSound(call)) return route;
  const { inputTokens, outputTokens, endedAtMs } = call;
  const serviceMs = Math.max(clockMs, call.serviceMs);
  const cached = call.reportedCachedTokens ?? call.expectedCachedTokens;
  const length = { inputTokens, outputTokens, cachedTokens: cached };
  const ratio = serviceMs / predictedMs(route.law, length);
  const slowness = observeSlowness(route.slowness, ratio, endedAtMs);
  // What the slowness explains is no news for the law.
  const excess = slownessAt(slowness, endedAtMs);
  const lawMs = excess > balance.lawSlowness ? serviceMs / excess : serviceMs;
  return {
    law: observeLength(route.law, length, lawMs),
    slowness,
    emptyCacheReports: emptyReports(
      route.emptyCacheReports,
      call.expectedCachedTokens,
      call.reportedCachedTokens,
    ),
  };
}

/** Also from nothing: a conversation begins with its first call. */
export function observeConversation(
  conversation: ConversationBalance | null,
  call: FinishedCall,
): ConversationBalance {
  const before = conversation ?? { outputTokens: 0, calls: 0, prefixes: [] };
  if (!isSound(call)) return before;
  const { routeId, inputTokens, endedAtMs } = call;
  return {
    ...observeOutput(before, call.outputTokens),
    prefixes: withPrefix(before.prefixes, { routeId, tokens: inputTokens, usedAtMs: endedAtMs }),
  };
}

const mostTokens = 1e8;

function isSound({
  inputTokens,
  outputTokens,
  reportedCachedTokens,
  serviceMs,
  endedAtMs,
}: FinishedCall): boolean {
  const tokens = [inputTokens, outputTokens, reportedCachedTokens ?? 0];
  return (
    tokens.every((count) => count >= 0 && count <= mostTokens) &&
    serviceMs >= 0 &&
    serviceMs <= balance.maxMs &&
    Number.isFinite(endedAtMs)
  );
}
