/** Ours, on the engine's own code: facts and states as dispatch keeps them, virtual time, prices in US dollars. */
import {
  distributeLoad,
  expectedOutput,
  expectedWaitMs,
  initialKindOutput,
  initialRouteBalance,
  observeConversation,
  observeKindOutput,
  observeRoute,
  type BalancePrices,
  type ConversationBalance,
  type KindOutput,
  type LengthCoefficients,
  type RouteBalance,
} from '@task-router/daemon/engine';
import { cacheTtlS, price } from '../world.ts';
import type { Arrival, CreatePolicy, Ended, Load, Policy } from './policy.ts';

/** A price unit in US dollars: $3 per million uncached input tokens. */
const unitPerMTok = 3;
const prices: BalancePrices = {
  inputPerMTok: unitPerMTok,
  outputPerMTok: unitPerMTok * price.output,
  cacheReadPerMTok: unitPerMTok * price.read,
  cacheWritePerMTok: unitPerMTok * price.write,
};

export interface OursOptions {
  /** Seconds per 1,000 price units, as the reference counts. */
  readonly lambda: number;
  /** Where the law starts; absent: the engine's default. */
  readonly start?: LengthCoefficients;
}

export function ours(options: OursOptions): CreatePolicy {
  return () => new Ours(options);
}

interface Lease {
  readonly route: number;
  readonly predictedMs: number;
  startedAtMs: number | null;
  readonly cachedTokens: number;
}

class Ours implements Policy {
  readonly #secondsPerUsd: number;
  readonly #start: LengthCoefficients | undefined;
  readonly #routes = new Map<number, RouteBalance>();
  readonly #conversations = new Map<number, ConversationBalance>();
  readonly #leases = new Map<number, Lease>();
  #kind: KindOutput = initialKindOutput;

  constructor({ lambda, start }: OursOptions) {
    this.#secondsPerUsd = (lambda * 1e6) / (1_000 * unitPerMTok);
    this.#start = start;
  }

  choose({ id, conversation, input, nowS }: Arrival, loads: readonly Load[]): number {
    const nowMs = nowS * 1_000;
    const known = this.#conversations.get(conversation) ?? null;
    const leases = Map.groupBy(this.#leases.values(), ({ route }) => route);
    const { chosen, parts } = distributeLoad({
      inputTokens: input,
      outputTokens: expectedOutput(known, this.#kind),
      conversation: known,
      routes: loads.map(({ slots }, route) => ({
        routeId: String(route),
        state: this.#stateOf(route),
        prices,
        cacheTtlMs: cacheTtlS * 1_000,
        waitMs: expectedWaitMs(leases.get(route) ?? [], slots, nowMs),
      })),
      secondsPerUsd: this.#secondsPerUsd,
      nowMs,
    });
    const route = Number(chosen);
    const { serviceMs, cachedTokens } = parts[route]!;
    this.#leases.set(id, { route, predictedMs: serviceMs, startedAtMs: null, cachedTokens });
    return route;
  }

  started(id: number, nowS: number): void {
    this.#leases.get(id)!.startedAtMs = nowS * 1_000;
  }

  ended({ id, conversation, route, input, output, cached, serviceS, failed, nowS }: Ended): void {
    const { cachedTokens } = this.#leases.get(id)!;
    this.#leases.delete(id);
    if (failed) return;
    const call = {
      ...{ routeId: String(route), inputTokens: input, outputTokens: output },
      ...{ expectedCachedTokens: cachedTokens, reportedCachedTokens: cached },
      ...{ serviceMs: serviceS * 1_000, endedAtMs: nowS * 1_000 },
    };
    this.#kind = observeKindOutput(this.#kind, output);
    this.#routes.set(route, observeRoute(this.#stateOf(route), call));
    const known = this.#conversations.get(conversation) ?? null;
    this.#conversations.set(conversation, observeConversation(known, call));
  }

  #stateOf(route: number): RouteBalance {
    const known = this.#routes.get(route) ?? initialRouteBalance(this.#start);
    this.#routes.set(route, known);
    return known;
  }
}
