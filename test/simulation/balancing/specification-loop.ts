/**
 * The specification's loop taken at its word: start round-robin, and while the variance is above 10 % move the task that
 * is nearest half the gap from the heaviest to the lightest node. A state that comes back, or a step limit, shows that it
 * would never end.
 */

const target = 0.1;
const stepLimit = 20_000;

export function loopEnds(work: readonly number[], nodes: number): boolean {
  const at = work.map((_, task) => task % nodes);
  const loads = Array.from({ length: nodes }, (_, node) =>
    work.reduce((sum, each, task) => sum + (at[task] === node ? each : 0), 0),
  );
  const seen = new Set<string>();
  for (let step = 0; step < stepLimit; step += 1) {
    if (variation(loads) <= target) return true;
    const state = at.join();
    if (seen.has(state)) return false;
    seen.add(state);
    const heaviest = loads.indexOf(Math.max(...loads));
    const lightest = loads.indexOf(Math.min(...loads));
    const half = (loads[heaviest]! - loads[lightest]!) / 2;
    let moved = -1;
    for (let task = 0; task < work.length; task += 1) {
      if (at[task] !== heaviest) continue;
      if (moved < 0 || Math.abs(work[task]! - half) < Math.abs(work[moved]! - half)) moved = task;
    }
    if (moved < 0) return false;
    at[moved] = lightest;
    loads[heaviest]! -= work[moved]!;
    loads[lightest]! += work[moved]!;
  }
  return false;
}

function variation(loads: readonly number[]): number {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const variance = loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length;
  return Math.sqrt(variance) / mean;
}
