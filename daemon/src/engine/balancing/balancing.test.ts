import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balance, secondsPerUsd } from '../config/balancing.ts';
import { createRandom } from '../math/random.ts';
import {
  distributeLoad,
  expectedOutput,
  expectedWaitMs,
  initialKindOutput,
  initialLaw,
  initialRouteBalance,
  observeConversation,
  observeKindOutput,
  observeRoute,
  predictedMs,
  type BalanceInput,
  type BalanceRoute,
  type ConversationBalance,
  type FinishedCall,
  type LengthCoefficients,
  type RouteBalance,
} from './index.ts';

const prices = { inputPerMTok: 3, outputPerMTok: 15 };
const route = (routeId: string, changes: Partial<BalanceRoute> = {}): BalanceRoute => ({
  ...{ routeId, state: null, prices, cacheTtlMs: 300_000, waitMs: 0 },
  ...changes,
});
const input = (routes: readonly BalanceRoute[], changes: Partial<BalanceInput> = {}): BalanceInput => ({
  ...{ inputTokens: 50_000, outputTokens: 300, conversation: null, routes },
  ...{ secondsPerUsd: secondsPerUsd.balanced, nowMs: 1_000_000 },
  ...changes,
});
const finished = (changes: Partial<FinishedCall> = {}): FinishedCall => ({
  ...{ routeId: 'a', inputTokens: 50_000, outputTokens: 300, expectedCachedTokens: 0 },
  ...{ reportedCachedTokens: null, serviceMs: 8_000, endedAtMs: 900_000 },
  ...changes,
});
const warm = (routeId: string, usedAtMs = 900_000): ConversationBalance => ({
  ...{ outputTokens: 300, calls: 3 },
  prefixes: [{ routeId, tokens: 49_000, usedAtMs }],
});
/** A route after `calls` calls that each took the law times `slower`. */
function seen(slower: number, calls: number, start = initialRouteBalance()): RouteBalance {
  const { next } = createRandom(7);
  let state = start;
  for (let at = 0; at < calls; at += 1) {
    const call = finished({
      inputTokens: 80_000 * next(),
      outputTokens: 1_500 * next(),
      endedAtMs: at * 10_000,
    });
    const length = { ...call, cachedTokens: 0 };
    state = observeRoute(state, { ...call, serviceMs: slower * predictedMs(initialLaw(), length) });
  }
  return state;
}

describe('the law of length', () => {
  it('finds coefficients that are far from its start, in a few dozen calls', () => {
    const truth: LengthCoefficients = [0.6, 0.03, 1e-4, 1e-5];
    const { next } = createRandom(1);
    let state = initialRouteBalance();
    const errors: number[] = [];
    for (let at = 0; at < 120; at += 1) {
      const length = { inputTokens: 100_000 * next(), outputTokens: 2_000 * next(), cachedTokens: 0 };
      const serviceMs = predictedMs(initialLaw(truth), length);
      errors.push(Math.abs(predictedMs(state.law, length) / serviceMs - 1));
      state = observeRoute(state, finished({ ...length, serviceMs, endedAtMs: at * 20_000 }));
    }
    const late = errors.slice(60);
    expect(late.reduce((sum, error) => sum + error, 0) / late.length).toBeLessThan(0.12);
  });

  it('learns from a call that was quicker than the clock counts as from one of a millisecond', () => {
    const [none, one] = [0, 1].map((serviceMs) =>
      observeRoute(initialRouteBalance(), finished({ serviceMs })),
    );
    expect(none).toEqual(one);
    expect(none).not.toEqual(initialRouteBalance());
  });

  it('stays finite and plain whatever is observed', () => {
    // Without the negative zero, which JSON does not know.
    const any = fc.oneof(fc.double(), fc.double({ min: 0, max: 1e9, noNaN: true })).map((value) => value + 0);
    const call = fc.record({
      ...{ inputTokens: any, outputTokens: any, serviceMs: any, endedAtMs: any },
      reportedCachedTokens: fc.option(any),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
        let state = initialRouteBalance();
        let conversation: ConversationBalance | null = null;
        for (const each of calls) {
          state = observeRoute(state, finished(each));
          conversation = observeConversation(conversation, finished(each));
        }
        const { parts, chosen } = distributeLoad(
          input([route('a', { state }), route('b')], { conversation }),
        );
        for (const part of parts) {
          expect(Number.isFinite(part.scoreMs)).toBe(true);
          expect(part.serviceMs).toBeGreaterThan(0);
        }
        expect(['a', 'b']).toContain(chosen);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('slowness', () => {
  it('drives calls away after a few slow ones and brings them back in silence', () => {
    let state = seen(1, 50);
    const at = (nowMs: number) =>
      distributeLoad(input([route('a', { state }), route('b', { state: seen(1.3, 50) })], { nowMs }));
    expect(at(500_000).chosen).toBe('a');
    let calls = 0;
    while (at(510_000 + calls * 5_000).chosen === 'a' && calls < 20) {
      calls += 1;
      state = observeRoute(state, finished({ serviceMs: 3 * 7_600, endedAtMs: 510_000 + calls * 5_000 }));
    }
    expect(calls).toBeLessThanOrEqual(8);
    expect(at(510_000 + calls * 5_000 + 300_000).chosen).toBe('a');
  });
});

describe('distributeLoad', () => {
  it('takes the route that finishes first, its wait counted', () => {
    const fast = route('fast', { state: seen(0.7, 50), waitMs: 20_000 });
    expect(distributeLoad(input([fast, route('slow')])).chosen).toBe('slow');
    expect(distributeLoad(input([{ ...fast, waitMs: 0 }, route('slow')])).chosen).toBe('fast');
  });

  it('keeps a conversation where its prefix is warm, and says what leaving would take and cost', () => {
    const { chosen, affinity } = distributeLoad(input([route('b'), route('a')], { conversation: warm('a') }));
    expect(chosen).toBe('a');
    expect(affinity).toMatchObject({ kind: 'stayed', warmRoute: 'a', other: { routeId: 'b' } });
    if (affinity.kind === 'none' || affinity.other === null) throw new Error('expected another route');
    expect(affinity.other.gainMs).toBeLessThan(0);
    const { switchCost } = affinity.other;
    expect(switchCost?.seconds).toBeCloseTo(49_000 * 3.7e-5, 6);
    expect(switchCost?.usd).toBeCloseTo((49_000 * 3 * 1.15) / 1e6, 9);
  });

  it('moves it when the wait is worth more than the prefix', () => {
    const { chosen, affinity } = distributeLoad(
      input([route('b'), route('a', { waitMs: 30_000 })], { conversation: warm('a') }),
    );
    expect([chosen, affinity.kind]).toEqual(['b', 'moved']);
  });

  it('gives no credit to a prefix that is too old, nor to a route that reports an empty cache', () => {
    const cached = (state: RouteBalance | null, usedAtMs: number) =>
      distributeLoad(input([route('a', { state })], { conversation: warm('a', usedAtMs) })).parts[0]!
        .cachedTokens;
    expect([cached(null, 900_000), cached(null, 600_000)]).toEqual([49_000, 0]);
    let state = initialRouteBalance();
    const reported = (reportedCachedTokens: number) =>
      (state = observeRoute(state, finished({ expectedCachedTokens: 49_000, reportedCachedTokens })));
    reported(0);
    expect(cached(state, 900_000)).toBe(49_000);
    reported(0);
    expect(cached(state, 900_000)).toBe(0);
    reported(40_000);
    expect(cached(state, 900_000)).toBe(49_000);
  });

  it('never takes an unknown price for none', () => {
    const free = { inputPerMTok: 0, outputPerMTok: 0 };
    const { chosen, parts } = distributeLoad(
      input([route('unknown', { prices: null }), route('free', { prices: free })]),
    );
    expect(chosen).toBe('free');
    expect(parts[0]!.costUsd).toBeNull();
  });

  it('has no answer without routes', () => {
    expect(distributeLoad(input([]))).toEqual({ chosen: null, parts: [], affinity: { kind: 'none' } });
  });

  it('chooses no route that another beats in time, wait and money, and repeats itself', () => {
    const any = fc.record({
      waitMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
      first: fc.double({ min: 0.1, max: 20, noNaN: true }),
      price: fc.double({ min: 0, max: 50, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 8 }), fc.nat(7), (given, at) => {
        const routes = given.map(({ waitMs, first, price }, index) =>
          route(String(index), {
            ...{ waitMs, start: [first, 0.01, 1e-5, 1e-5] as const },
            prices: { inputPerMTok: price, outputPerMTok: 5 * price },
          }),
        );
        const asked = input(routes, { conversation: warm(String(at)) });
        const { chosen, parts, affinity } = distributeLoad(asked);
        expect(distributeLoad(asked)).toEqual({ chosen, parts, affinity });
        const taken = parts.find(({ routeId }) => routeId === chosen)!;
        const least = Math.min(...parts.map(({ scoreMs }) => scoreMs));
        const most = affinity.kind === 'stayed' ? least * (1 + balance.switchMargin) : least;
        expect(taken.scoreMs).toBeLessThanOrEqual(most * (1 + 1e-12));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('what is remembered of a conversation', () => {
  it('is bounded, newest route first', () => {
    let conversation: ConversationBalance | null = null;
    for (let at = 0; at < 30; at += 1)
      conversation = observeConversation(conversation, finished({ routeId: `r${at}`, endedAtMs: at }));
    expect(conversation?.prefixes.length).toBe(balance.routesPerConversation);
    expect(conversation?.prefixes[0]?.routeId).toBe('r29');
  });

  it('expects what it wrote of late, shrunk to its kind', () => {
    let kind = initialKindOutput;
    for (let at = 0; at < 500; at += 1) kind = observeKindOutput(kind, 100);
    expect(expectedOutput(null, kind)).toBeCloseTo(100, -1);
    let conversation: ConversationBalance | null = null;
    for (let at = 0; at < 20; at += 1)
      conversation = observeConversation(conversation, finished({ outputTokens: 2_000 }));
    expect(expectedOutput(conversation, kind)).toBeGreaterThan(1_700);
    expect(expectedOutput(observeConversation(null, finished({ outputTokens: 2_000 })), kind)).toBeCloseTo(
      1_050,
      -2,
    );
  });
});

describe('expectedWaitMs', () => {
  const lease = (predictedMs: number, startedAtMs: number | null) => ({ predictedMs, startedAtMs });

  it('is nothing while a slot is free or no limit is known', () => {
    expect(expectedWaitMs([lease(9_000, 0)], 2, 0)).toBe(0);
    expect(expectedWaitMs([lease(9_000, 0), lease(9_000, 0)], null, 0)).toBe(0);
  });

  it('is the work of the ledger shared among the slots, weighted for those behind', () => {
    const leases = [lease(10_000, 0), lease(4_000, 0), lease(6_000, null)];
    expect(expectedWaitMs(leases, 2, 2_000)).toBe((balance.waitWeight * (8_000 + 2_000 + 6_000)) / 2);
  });

  it('believes a call that has overrun to go on', () => {
    expect(expectedWaitMs([lease(1_000, 0)], 1, 60_000)).toBeCloseTo(
      balance.waitWeight * balance.remainingTail * 60_000,
    );
  });

  it('is finite and not negative whatever the ledger says, and grows with each lease', () => {
    const time = fc.double({ min: -1e6, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(time, fc.option(time)), { maxLength: 20 }),
        fc.integer({ min: 0, max: 6 }),
        (given, slots) => {
          const leases = given.map(([predictedMs, startedAtMs]) => lease(predictedMs, startedAtMs));
          const waitMs = expectedWaitMs(leases, slots, 1_000_000);
          expect(waitMs).toBeGreaterThanOrEqual(0);
          expect(waitMs).toBeLessThan(Infinity);
          expect(expectedWaitMs([...leases, lease(5_000, null)], slots, 1_000_000)).toBeGreaterThanOrEqual(
            waitMs,
          );
        },
      ),
    );
  });
});
