/** Longest task first, each to the route that is done with it earliest (Graham 1969; at most 4/3 of the optimum). */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every position is below the length of arrays made together */
import type { BatchProblem, Placement } from './model.ts';

/** O(tasks × routes). */
export function longestFirst({ work, allowed, speeds, busy }: BatchProblem): Placement {
  const loads = [...busy];
  return Int32Array.from(work, (each, task) => {
    let best = allowed[task]![0]!;
    for (const route of allowed[task]!) {
      const isEarlier = (loads[route]! + each) / speeds[route]! < (loads[best]! + each) / speeds[best]!;
      if (isEarlier) best = route;
    }
    loads[best] = loads[best]! + each;
    return best;
  });
}
