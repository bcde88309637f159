/**
 * What a route's prompt cache is believed to hold of a conversation: the prefix it read last, for as long as its
 * provider keeps one. A route that reports an empty cache time and again, although it should be warm, gets no credit.
 */
import { balance } from '../config/balancing.ts';
import type { BalanceRoute, ConversationBalance, HeldPrefix } from './model.ts';

/** Tokens of the call's input that need not be read anew. */
export function cachedTokens(
  conversation: ConversationBalance | null,
  route: BalanceRoute,
  call: { readonly inputTokens: number; readonly nowMs: number },
): number {
  if (conversation === null || isDistrusted(route.state)) return 0;
  const held = conversation.prefixes.find(({ routeId }) => routeId === route.routeId);
  if (held === undefined || call.nowMs - held.usedAtMs > route.cacheTtlMs) return 0;
  return Math.max(0, Math.min(held.tokens, call.inputTokens));
}

/** The prefixes after a call on `used`, newest first and bounded. */
export function withPrefix(prefixes: readonly HeldPrefix[], used: HeldPrefix): HeldPrefix[] {
  const others = prefixes.filter(({ routeId }) => routeId !== used.routeId);
  return [used, ...others].slice(0, balance.routesPerConversation);
}

/** Empty reports in a row; `null`: the provider reports nothing of its cache, which says nothing. */
export function emptyReports(before: number, expected: number, reported: number | null): number {
  if (reported === null || expected <= 0) return before;
  return reported > 0 ? 0 : Math.min(before + 1, balance.cacheDistrust);
}

function isDistrusted(state: BalanceRoute['state']): boolean {
  return state !== null && state.emptyCacheReports >= balance.cacheDistrust;
}
