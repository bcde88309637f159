/**
 * A small batch searched through to the end: longest tasks first, never where the squares already exceed the best, and of
 * routes that are alike only the first. When the search ends within its bound of nodes, its answer is the optimum.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every position is below the length of arrays made together */
import { batch } from '../../config/balancing.ts';
import { squares, sum, waterLevelSquares } from './imbalance.ts';
import type { BatchProblem, Placement } from './model.ts';

export interface Searched {
  readonly placement: Placement;
  /** Nothing was left out: no placement has a smaller sum of squares. */
  readonly isOptimal: boolean;
}

export function searchSmall(problem: BatchProblem, start: Placement, startSquares: number): Searched {
  const { work, allowed, speeds, busy } = problem;
  const loads = [...busy];
  const placed = new Int32Array(work.length);
  const rest = work.map((_, task) => sum(work.slice(task)));
  /** Only then are routes of equal speed and load alike. */
  const isFree = allowed.every((routes) => routes.length === speeds.length);
  let best = { squares: startSquares, placement: start };
  let nodesLeft = batch.searchLooks / speeds.length ** 2;

  const place = (task: number): void => {
    nodesLeft -= 1;
    if (nodesLeft <= 0) return;
    if (task === work.length) {
      const found = squares(loads, speeds);
      if (found < best.squares) best = { squares: found, placement: placed.slice() };
      return;
    }
    if (waterLevelSquares(loads, speeds, rest[task]!) >= best.squares * (1 - 1e-12)) return;
    const tried = new Set<string>();
    for (const route of allowed[task]!) {
      const alike = `${loads[route]!}/${speeds[route]!}/${isFree ? '' : route}`;
      if (tried.has(alike)) continue;
      tried.add(alike);
      const before = loads[route]!;
      loads[route] = before + work[task]!;
      placed[task] = route;
      place(task + 1);
      loads[route] = before;
    }
  };
  place(0);
  return { placement: best.placement, isOptimal: nodesLeft > 0 };
}
