/**
 * What no assignment can beat, without trying any: lower bounds of imbalance and of the time until all is done, in
 * O(n log n). Each is sound alone, so the largest of them is one too.
 *
 * - Squares: tasks that share a route only add to the sum of squares, so each task alone on the fastest one is the least.
 * - Water level: what routes have already stays there; the rest fills up the others evenly at best.
 * - Pigeonhole: of the `j·m + 1` longest tasks some route gets `j + 1`, and these weigh at least as much as the shortest
 *   of them. If that route must be done after the mean, the others are before it.
 * - Peel: on equal, empty routes a task longer than the mean of the rest is best left alone.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every position is below the length of arrays made together */
import type { BatchProblem } from './model.ts';
import { sum, waterLevelSquares } from './imbalance.ts';

export interface Certificate {
  readonly cv: number;
  readonly makespanMs: number;
}

export function certificate(problem: BatchProblem): Certificate {
  const { work, speeds, busy } = problem;
  const total = sum(work) + sum(busy);
  const speed = sum(speeds);
  if (!(total > 0)) return { cv: 0, makespanMs: 0 };
  const mean = total / speed;
  const forced = pigeonholes(work, speeds.length);
  const crowded = forced.map((load) => leastWith(load, problem, mean));
  const variance = Math.max(
    squaresBound(problem) / speed - mean ** 2,
    waterLevelSquares(busy, speeds, sum(work)) / speed - mean ** 2,
    peeled(problem) / speed - mean ** 2,
    ...crowded.map((each) => each.variance),
  );
  return {
    cv: Math.sqrt(Math.max(0, variance)) / mean,
    makespanMs: Math.max(
      mean,
      ...busy.map((load, route) => load / speeds[route]!),
      ...crowded.map((each) => each.finishMs),
    ),
  };
}

function squaresBound({ work, speeds, busy }: BatchProblem): number {
  const fastest = Math.max(...speeds);
  const standing = sum(busy.map((load, route) => load ** 2 / speeds[route]!));
  return standing + work.reduce((total, each) => total + each ** 2 / fastest, 0);
}

/** Work that some one route must carry, for each number of tasks it may have to take. */
function pigeonholes(work: readonly number[], routes: number): number[] {
  const loads: number[] = [];
  for (let each = 1; (each - 1) * routes < work.length; each += 1) {
    const last = (each - 1) * routes;
    loads.push(sum(work.slice(last - each + 1, last + 1)));
  }
  return loads;
}

/** Least variance and earliest end if one route, whichever it is, carries at least `load`. */
function leastWith(
  load: number,
  { speeds, busy }: BatchProblem,
  mean: number,
): { variance: number; finishMs: number } {
  const speed = sum(speeds);
  let variance = Infinity;
  let finishMs = Infinity;
  for (let route = 0; route < speeds.length; route += 1) {
    const own = speeds[route]!;
    const atMs = (load + busy[route]!) / own;
    const over = Math.max(0, atMs - mean);
    const others = speed - own;
    finishMs = Math.min(finishMs, atMs);
    variance = Math.min(variance, others > 0 ? (over ** 2 * own) / others : 0);
  }
  return { variance, finishMs };
}

function peeled({ work, speeds, busy }: BatchProblem): number {
  const isEven = speeds.every((speed) => speed === speeds[0]) && busy.every((load) => load === 0);
  if (!isEven) return 0;
  let [rest, routes, square] = [sum(work), speeds.length, 0];
  for (const each of work) {
    if (routes <= 1 || each <= rest / routes) break;
    square += each ** 2;
    rest -= each;
    routes -= 1;
  }
  return (square + rest ** 2 / routes) / speeds[0]!;
}
