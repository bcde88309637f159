/**
 * What the new parts of a decision cost at 100 routes: `decision*` is the choice alone as a learned router makes it
 * (posteriors, gate, pacer, exploration), without the card; `flipPoints*` is what the decision card adds, `flips` how
 * many points it then tells. Times are wall-clock: on a machine with more work than cores the p99 shows its scheduler.
 */
import {
  createRandom,
  flipPoints,
  selectPrimaryRoute,
  type SelectionInput,
} from '@task-router/daemon/engine';
import { buildLayer, buildPerformance, buildRoute, buildTask } from '../support/engine-facts.ts';
import type { Measured } from './report.ts';

export const name = 'flip-points';

const routes = 100;
const seed = 20_261_123;
const rounds = 11;
const calls = { decision: 1_000, card: 60 };

export function run(): Promise<Measured> {
  const inputs = buildInputs();
  const decide = (input: SelectionInput) => selectPrimaryRoute(input).ranked.length;
  const selections = new Map(inputs.map((input) => [input, selectPrimaryRoute(input)]));
  const card = (input: SelectionInput) => flipPoints(input, selections.get(input)!).length;
  const flips = inputs.reduce((sum, input) => sum + card(input), 0) / inputs.length;
  // One after the other: what the card leaves to the garbage collector must not show in the decision.
  times(decide, inputs, 3 * calls.decision);
  const decisions = Array.from({ length: rounds }, () => times(decide, inputs, calls.decision));
  times(card, inputs, 3 * calls.card);
  const cards = Array.from({ length: rounds }, () => times(card, inputs, calls.card));
  return Promise.resolve({
    routes,
    decisionP50Us: middle(decisions, 'p50Us'),
    decisionP99Us: middle(decisions, 'p99Us'),
    flipPointsP50Us: middle(cards, 'p50Us'),
    flipPointsP99Us: middle(cards, 'p99Us'),
    flips: Number(flips.toFixed(1)),
    calls: rounds * calls.decision,
    seed,
  });
}

interface Times {
  readonly p50Us: number;
  readonly p99Us: number;
}

/** The median over the rounds: a busy moment of the machine spoils some rounds, not the figure. */
function middle(measured: readonly Times[], figure: keyof Times): number {
  const values = Float64Array.from(measured.map((each) => each[figure])).sort();
  return Number(quantile(values, 0.5).toFixed(1));
}

function times(
  work: (input: SelectionInput) => number,
  inputs: readonly SelectionInput[],
  count: number,
): Times {
  const taken = new Float64Array(count);
  let used = 0;
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    used += work(inputs[index % inputs.length]!);
    taken[index] = (performance.now() - startedAt) * 1_000;
  }
  if (used === 0) throw new Error('nothing was found: that would be too easy');
  taken.sort();
  return { p50Us: quantile(taken, 0.5), p99Us: quantile(taken, 0.99) };
}

/** Half of the routes are near ties of the best, so that exploration has as much to do as it ever has. */
function buildInputs(): SelectionInput[] {
  const { next } = createRandom(seed);
  return Array.from({ length: 48 }, (_, index) => ({
    task: buildTask({ inputTokens: Math.round(500 + 5_000 * next()), outputTokens: 800 }),
    routes: Array.from({ length: routes }, (__, at) =>
      buildRoute({
        routeId: `node-${at % 10}/model-${at}`,
        isLocal: at % 5 === 0,
        contextWindow: [8_192, 32_768, 128_000, 1_000_000][at % 4]!,
        prices:
          at % 5 === 0
            ? { inputPerMTok: 0, outputPerMTok: 0 }
            : { inputPerMTok: 3 * next(), outputPerMTok: 12 * next() },
        quality: { alpha: 10 + 60 * next(), beta: 10 + 20 * next() },
        performance: buildPerformance({
          firstTokenMs: 200 + 3_000 * next(),
          tokensPerSecond: 10 + 150 * next(),
          successes: Math.floor(200 * next()),
          failures: Math.floor(10 * next()),
          confidence: 20,
        }),
      }),
    ),
    policy: [buildLayer('user', { maxCostPerTaskUsd: 0.5 })],
    seed: index,
    pacing: { lambda: 0.3 },
    exploration: { share: 1, extraCostLeftUsd: 1 },
  }));
}

/** Of a sorted array, by the nearest rank. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
