/**
 * Near-tie Thompson exploration. With chance `share` the choice is a draw: each near tie gets a value from its quality
 * posterior's grid, and the best score with these values wins; otherwise the best is taken. The chance with which each
 * could win is counted over the whole grid, so the propensity that is stored is exact.
 *
 * Everything comes from the decision's seed, each route drawing for itself: same input, same choice.
 */
import { clampUnit } from '../../math/clamp.ts';
import { createRandom, seedFor } from '../../math/random.ts';
import type { Weights } from '../../model/policy.ts';
import type { ExplorationFacts, ExplorationResult } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';
import { reckonedCostUsd } from '../expected.ts';
import type { Ranked } from '../ranked.ts';
import { nearTies } from './near-ties.ts';
import { gridSize, posteriorGrid } from './posterior-grid.ts';

export interface ExploreRequest {
  readonly task: TaskFacts;
  /** Best first. */
  readonly ranked: readonly Ranked[];
  readonly weights: Weights;
  readonly seed: number;
  readonly facts: ExplorationFacts | undefined;
}

export interface Explored {
  /** The same routes with the chosen one first. */
  readonly ranked: readonly Ranked[];
  readonly propensity: number;
  /** null: exploration is off, or there was nothing to draw among. */
  readonly result: ExplorationResult | null;
}

export function explore({ task, ranked, weights, seed, facts }: ExploreRequest): Explored {
  const asRanked: Explored = { ranked, propensity: 1, result: null };
  if (facts === undefined) return asRanked;
  const ties = nearTies(task, ranked, facts);
  const best = ties[0];
  if (best === undefined || ties.length < 2) return asRanked;
  const share = clampUnit(facts.share);
  // Nothing may be drawn, so nothing needs to be: most decisions.
  if (share === 0) return { ranked, propensity: 1, result: undrawn(ties, best) };
  const scores = ties.map((tie) => drawnScores(tie, weights));
  const propensities = winChances(scores).map(
    (chance, index) => share * chance + (index === 0 ? 1 - share : 0),
  );
  const isDraw = createRandom(seedFor(seed, ' explore?')).next() < share;
  const index = isDraw ? drawWinner(scores, ties, seed) : 0;
  const chosen = ties[index] ?? best;
  return {
    ranked: index === 0 ? ranked : [chosen, ...ranked.filter((each) => each !== chosen)],
    propensity: propensities[index] ?? 1,
    result: {
      explored: index !== 0,
      best: best.route.routeId,
      share,
      extraCostUsd: Math.max(0, costOf(task, chosen) - costOf(task, best)),
      nearTies: ties.map(({ route }, at) => ({ routeId: route.routeId, propensity: propensities[at] ?? 0 })),
    },
  };
}

/** What is told of near ties of which the best is taken for certain. */
function undrawn(ties: readonly Ranked[], best: Ranked): ExplorationResult {
  return {
    explored: false,
    best: best.route.routeId,
    share: 0,
    extraCostUsd: 0,
    nearTies: ties.map((tie) => ({ routeId: tie.route.routeId, propensity: tie === best ? 1 : 0 })),
  };
}

/** Scores with each value of the posterior in the place of its mean, rising. Without a posterior the score stands. */
function drawnScores({ route, candidate }: Ranked, weights: Weights): readonly number[] {
  const rest = candidate.score - weights.capability * candidate.parts.capability;
  if (route.quality === undefined) return new Array<number>(gridSize).fill(candidate.score);
  return posteriorGrid(route.quality).map((value) => rest + weights.capability * value);
}

function drawWinner(scores: readonly (readonly number[])[], ties: readonly Ranked[], seed: number): number {
  const drawn = scores.map((values, index) => {
    const random = createRandom(seedFor(seed, ` draw ${ties[index]?.route.routeId ?? ''}`));
    return values[Math.floor(random.next() * gridSize)] ?? 0;
  });
  return drawn.reduce((winner, value, index) => (value > (drawn[winner] ?? 0) ? index : winner), 0);
}

/**
 * The chance that each row's draw is the highest, rows drawing independently and uniformly from rising values; of equal
 * values the earlier row wins. Exact up to rounding: a sum over the grid of products of counts.
 */
export function winChances(rows: readonly (readonly number[])[]): number[] {
  return rows.map((own, index) => {
    const below = rows.map((other, at) => (at === index ? null : countsBelow(own, other, index < at)));
    return own.reduce((sum, _, at) => {
      const wins = below.reduce(
        (product, counts, row) =>
          counts === null ? product : (product * (counts[at] ?? 0)) / (rows[row]?.length ?? 1),
        1,
      );
      return sum + wins / own.length;
    }, 0);
  });
}

/** For each of `own`, how many of `other` it beats. Both rise, so one pass is enough. */
function countsBelow(own: readonly number[], other: readonly number[], winsTies: boolean): number[] {
  let count = 0;
  return own.map((value) => {
    for (let next = other[count]; next !== undefined; next = other[count]) {
      if (!(next < value || (winsTies && next === value))) break;
      count += 1;
    }
    return count;
  });
}

function costOf(task: TaskFacts, { candidate }: Ranked): number {
  return reckonedCostUsd(task, candidate.expected);
}
