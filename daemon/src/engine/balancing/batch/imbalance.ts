/** How uneven loads are: the coefficient of variation of the finishing times, each route weighted by its speed. */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every position is below the length of arrays made together */
import type { BatchProblem, Placement } from './model.ts';

/** Work on each route, what it had before among it. */
export function loadsOf({ work, busy }: BatchProblem, placement: Placement): number[] {
  const loads = [...busy];
  placement.forEach((route, task) => {
    loads[route] = loads[route]! + work[task]!;
  });
  return loads;
}

/** 0: all are done at the same time. Without any work there is nothing uneven. */
export function imbalance(loads: readonly number[], speeds: readonly number[]): number {
  return cvOfSquares(squares(loads, speeds), loads, speeds);
}

/** Sum of load² / speed: for given work the imbalance grows with it and with nothing else. */
export function squares(loads: readonly number[], speeds: readonly number[]): number {
  return loads.reduce((sum, load, route) => sum + load ** 2 / speeds[route]!, 0);
}

/** The imbalance that a sum of squares stands for. */
export function cvOfSquares(square: number, loads: readonly number[], speeds: readonly number[]): number {
  const total = sum(loads);
  if (!(total > 0)) return 0;
  return Math.sqrt(Math.max(0, (square * sum(speeds)) / total ** 2 - 1));
}

/**
 * Least sum of squares that `rest`, divided at will, can lead to: it fills the routes up to one level, above which stay
 * those that have more already.
 */
export function waterLevelSquares(loads: readonly number[], speeds: readonly number[], rest: number): number {
  const order = loads.map((load, route) => ({ load, speed: speeds[route]! }));
  order.sort((a, b) => a.load / a.speed - b.load / b.speed);
  let [filled, capacity, level] = [rest, 0, 0];
  for (const { load, speed } of order) {
    if (capacity > 0 && filled / capacity <= load / speed) break;
    filled += load;
    capacity += speed;
    level = filled / capacity;
  }
  return sum(order.map(({ load, speed }) => speed * Math.max(level, load / speed) ** 2));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
