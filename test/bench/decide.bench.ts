/**
 * What a decision costs at 100 routes. `whole*` is all of it as the daemon does it: understanding a prompt of 8 kB,
 * posteriors with a full memory of graded tasks, facts and choice, with the candidates in the route cache
 * (`Warm`) and without (`Cold`). The other figures are `selectPrimaryRoute` alone: `p50Us` and `p99Us` with nothing
 * cached, `cached*` with the candidates from the route cache. Facts vary from call to call, so that no call repeats the
 * last one, and every result is used. Times are wall-clock: on a machine with more work than cores the p99 shows its
 * scheduler.
 */
import {
  cacheRoute,
  candidateKey,
  createRandom,
  createRouteCache,
  lookupRoute,
  prepareCandidates,
  selectPrimaryRoute,
  type RouteFacts,
  type SelectionInput,
} from '@task-router/daemon/engine';
import { buildLayer, buildPerformance, buildRoute, buildTask } from '../support/engine-facts.ts';
import type { Measured } from './report.ts';
import { buildWholeDecision } from './whole-decision.ts';

export const name = 'decide';

const routes = 100;
const seed = 20_261_122;
const warmUpCalls = 3_000;
const measuredCalls = 3_000;
/** Rounds are interleaved and their medians taken: a busy moment of the machine spoils some rounds, not the figure. */
const rounds = 15;
const wholeCalls = 400;

export function run(): Promise<Measured> {
  const inputs = buildInputs();
  const cache = createRouteCache();
  const plain = (input: SelectionInput) => selectPrimaryRoute(input);
  const cached = (input: SelectionInput, index: number) => {
    const key = candidateKey(input.task, 'policy-1', 'catalog-1', 'epoch-1');
    const hit = lookupRoute(key, cache, index);
    const prepared = hit ?? prepareCandidates(input.task, input.routes, input.policy);
    if (hit === null) cacheRoute(key, prepared, cache, index);
    return selectPrimaryRoute(input, prepared);
  };
  measure(plain, inputs, warmUpCalls);
  measure(cached, inputs, warmUpCalls);

  const results = Array.from({ length: rounds }, () => ({
    plain: measure(plain, inputs, measuredCalls),
    cached: measure(cached, inputs, measuredCalls),
  }));
  if (cache.misses !== 1)
    throw new Error(`expected one miss, saw ${cache.misses}: the cached figure is not one`);
  const whole = wholeTimes();
  return Promise.resolve({
    routes,
    promptBytes: 8_000,
    ...whole,
    barP99Us: 1_000,
    p50Us: median(results.map((each) => each.plain.p50Us)),
    p99Us: median(results.map((each) => each.plain.p99Us)),
    cachedP50Us: median(results.map((each) => each.cached.p50Us)),
    cachedP99Us: median(results.map((each) => each.cached.p99Us)),
    calls: rounds * measuredCalls,
    seed,
  });
}

/** Warm and cold in turns, after as many calls as a day has. */
function wholeTimes(): Measured {
  const whole = buildWholeDecision(seed);
  const times = (cold: boolean, from: number): Times => {
    const taken = new Float64Array(wholeCalls);
    for (let index = 0; index < wholeCalls; index += 1) {
      taken[index] = whole.decide(from + index, cold);
    }
    taken.sort();
    return { p50Us: quantile(taken, 0.5), p99Us: quantile(taken, 0.99) };
  };
  for (const cold of [false, true, false, true]) times(cold, 0);
  const results = Array.from({ length: rounds }, (_, round) => ({
    warm: times(false, round * wholeCalls),
    cold: times(true, (round + 1) * wholeCalls),
  }));
  const quietest = (of: 'warm' | 'cold') => Math.min(...results.map((each) => each[of].p99Us));
  return {
    // Of the round that other work disturbed least: the nearest to the decision's own p99.
    wholeWarmQuietP99Us: quietest('warm'),
    wholeColdQuietP99Us: quietest('cold'),
    wholeWarmP50Us: median(results.map(({ warm }) => warm.p50Us)),
    wholeWarmP99Us: median(results.map(({ warm }) => warm.p99Us)),
    wholeColdP50Us: median(results.map(({ cold }) => cold.p50Us)),
    wholeColdP99Us: median(results.map(({ cold }) => cold.p99Us)),
  };
}

interface Times {
  readonly p50Us: number;
  readonly p99Us: number;
}

function measure(
  decide: (input: SelectionInput, index: number) => { readonly chosen: string | null },
  inputs: readonly SelectionInput[],
  calls: number,
): Times {
  const times = new Float64Array(calls);
  for (let index = 0; index < calls; index += 1) {
    const input = inputs[index % inputs.length];
    if (input === undefined) throw new Error('no inputs');
    const startedAt = performance.now();
    const { chosen } = decide(input, index);
    times[index] = (performance.now() - startedAt) * 1_000;
    if (chosen === null) throw new Error('nothing was eligible: that would be too easy');
  }
  times.sort();
  return { p50Us: quantile(times, 0.5), p99Us: quantile(times, 0.99) };
}

/** The same routes with speeds, loads and task sizes that change from call to call; standing facts stay. */
function buildInputs(): SelectionInput[] {
  const random = createRandom(seed);
  const standing = Array.from({ length: routes }, (_, index) => buildStandingRoute(index, random.next));
  return Array.from({ length: 64 }, (_, index) => ({
    task: buildTask({ inputTokens: Math.round(500 + 20_000 * random.next()), outputTokens: 800 }),
    routes: standing.map((route) => ({
      ...route,
      capabilities: { ...route.capabilities },
      performance: buildPerformance({
        firstTokenMs: 200 + 3_000 * random.next(),
        tokensPerSecond: 10 + 150 * random.next(),
        successes: Math.floor(200 * random.next()),
        failures: Math.floor(10 * random.next()),
        confidence: 20,
      }),
      load: { inFlight: Math.floor(5 * random.next()), slots: 4 },
    })),
    policy: buildPolicy(),
    seed: index,
  }));
}

/** Fresh objects each time, as dispatch gets them from the wire. */
function buildPolicy(): SelectionInput['policy'] {
  return [
    buildLayer('user', {
      objective: 'balanced',
      allow: ['*'],
      deny: ['node-9/*', '*/legacy-*'],
      maxCostPerTaskUsd: 2,
    }),
    buildLayer('workspace', { deny: ['node-8/model-1*'] }, 'shop'),
    buildLayer('folder', { maxCostPerTaskUsd: 1 }),
  ];
}

function buildStandingRoute(index: number, next: () => number): RouteFacts {
  const isLocal = index % 5 === 0;
  return buildRoute({
    routeId: `node-${index % 10}/model-${index}`,
    isLocal,
    access: index % 11 === 0 ? 'keyMissing' : 'ready',
    contextWindow: index % 7 === 0 ? 8_192 : 128_000,
    prices: isLocal
      ? { inputPerMTok: 0, outputPerMTok: 0 }
      : { inputPerMTok: 5 * next(), outputPerMTok: 20 * next() },
    capabilityPrior: 0.3 + 0.6 * next(),
    health: index % 13 === 0 ? 'degraded' : 'healthy',
  });
}

/** Of a sorted array, by the nearest rank. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return Number(quantile(Float64Array.from(values).sort(), 0.5).toFixed(2));
}
