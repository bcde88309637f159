/**
 * What load distribution costs as it grows: `distributeLoad` over 10 to 1,000 routes with 100 to 10,000 conversations
 * known, as dispatch calls it (the wait taken from each route's ledger, the states looked up), with the outcome folded
 * back. `batch500x16Ms` is the slowest of some batches. Sizes are interleaved and medians taken; times are wall-clock.
 */
import {
  createRandom,
  distributeLoad,
  expectedOutput,
  expectedWaitMs,
  initialKindOutput,
  initialRouteBalance,
  observeConversation,
  observeRoute,
  optimizeDistribution,
  type ConversationBalance,
  type RouteBalance,
} from '@task-router/daemon/engine';
import type { Measured } from './report.ts';

export const name = 'balance';

const seed = 20_261_122;
const sizes = [
  { routes: 10, conversations: 100 },
  { routes: 100, conversations: 1_000 },
  { routes: 1_000, conversations: 10_000 },
] as const;
const rounds = 7;
const calls = 400;
const barMs = 1;
const batchBarMs = 50;

export function run(): Promise<Measured> {
  const fleets = sizes.map((size) => new Fleet(size.routes, size.conversations));
  for (const fleet of fleets) fleet.measure();
  const times = Array.from({ length: rounds }, () => fleets.map((fleet) => fleet.measure()));
  const rows = sizes.map(({ routes, conversations }, at) => {
    const own = times.map((round) => round[at]!);
    return {
      ...{ routes, conversations },
      p50Us: middle(own.map((each) => each.p50Us)),
      p99Us: middle(own.map((each) => each.p99Us)),
      foldUs: middle(own.map((each) => each.foldUs)),
    };
  });
  const batch500x16Ms = batches();
  const passes = rows.every(({ p50Us }) => p50Us < barMs * 1_000) && batch500x16Ms < batchBarMs;
  return Promise.resolve({ barMs, batch500x16Ms, batchBarMs, passes, rows, seed });
}

interface Times {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly foldUs: number;
}

class Fleet {
  readonly #random = createRandom(seed);
  readonly #states = new Map<string, RouteBalance>();
  readonly #ids: readonly string[];
  readonly #conversations = new Map<number, ConversationBalance>();
  #nowMs = 0;

  constructor(routes: number, conversations: number) {
    this.#ids = Array.from({ length: routes }, (_, at) => `node-${at % 50}/model-${at}`);
    for (const id of this.#ids) this.#states.set(id, initialRouteBalance());
    for (let at = 0; at < conversations; at += 1) {
      for (let call = 0; call < 8; call += 1) this.#fold(at, this.#ids[this.#index(routes)]!);
    }
  }

  measure(): Times {
    const times = new Float64Array(calls);
    let foldMs = 0;
    for (let call = 0; call < calls; call += 1) {
      const conversation = this.#index(this.#conversations.size);
      const startedAt = performance.now();
      const chosen = this.#decide(conversation);
      const decidedAt = performance.now();
      this.#fold(conversation, chosen);
      times[call] = (decidedAt - startedAt) * 1_000;
      foldMs += performance.now() - decidedAt;
    }
    times.sort();
    return {
      p50Us: times[calls >> 1]!,
      p99Us: times[Math.floor(0.99 * calls)]!,
      foldUs: (foldMs * 1_000) / calls,
    };
  }

  #decide(at: number): string {
    const conversation = this.#conversations.get(at)!;
    const { next } = this.#random;
    this.#nowMs += 100;
    const { chosen } = distributeLoad({
      inputTokens: Math.round(100_000 * next()),
      outputTokens: expectedOutput(conversation, initialKindOutput),
      conversation,
      routes: this.#ids.map((routeId) => ({
        ...{ routeId, state: this.#states.get(routeId)!, cacheTtlMs: 300_000 },
        prices: { inputPerMTok: 3, outputPerMTok: 15 },
        waitMs: expectedWaitMs(leases, 4, this.#nowMs),
      })),
      secondsPerUsd: 16.7,
      nowMs: this.#nowMs,
    });
    if (chosen === null) throw new Error('nothing was chosen: that would be too easy');
    return chosen;
  }

  #fold(at: number, routeId: string): void {
    const { next } = this.#random;
    const call = {
      ...{ routeId, inputTokens: 100_000 * next(), outputTokens: 1_000 * next(), endedAtMs: this.#nowMs },
      ...{ expectedCachedTokens: 0, reportedCachedTokens: null, serviceMs: 10_000 * next() + 1 },
    };
    this.#states.set(routeId, observeRoute(this.#states.get(routeId)!, call));
    this.#conversations.set(at, observeConversation(this.#conversations.get(at) ?? null, call));
  }

  #index(count: number): number {
    return Math.floor(count * this.#random.next());
  }
}

/** A full route: each wait is worked out of four calls. */
const leases = Array.from({ length: 4 }, (_, at) => ({ predictedMs: 8_000, startedAtMs: at * 100 }));

function batches(): number {
  const { next } = createRandom(seed);
  const times = Array.from({ length: 20 }, (_, batch) => {
    const tasks = Array.from({ length: 500 }, (__, at) => ({
      taskId: String(at),
      workMs: 1_000 * Math.exp(4 * next()),
    }));
    const speeds = Array.from({ length: 16 }, () => (batch % 2 === 0 ? 1 : 0.2 + 2 * next()));
    const routes = speeds.map((speed, at) => ({ routeId: String(at), speed, busyMs: 0 }));
    const startedAt = performance.now();
    optimizeDistribution(tasks, routes);
    return performance.now() - startedAt;
  });
  return Number(Math.max(...times).toFixed(2));
}

function middle(values: readonly number[]): number {
  return Number([...values].sort((a, b) => a - b)[values.length >> 1]!.toFixed(2));
}
