/**
 * The measures routers are compared by, as their authors define them: RouteLLM's curve, SWE-Router's area over cost,
 * CodeRouterBench's averages, and the usual ones for probabilities. Plain functions over arrays; docs/algorithms/
 * selection.md has the formulas.
 */
import { createRandom } from './routing/engine.ts';

/** Outcomes of one question for a strong and a weak model, and the router's score: high sends it to the strong one. */
export interface PairRow {
  readonly score: number;
  readonly strong: number;
  readonly weak: number;
  readonly strongUsd?: number;
  readonly weakUsd?: number;
}

export interface CurveMeasures {
  /** Area under the curve, 0.5 for a random router, above 1 possible. */
  readonly apgr: number;
  /** Percent of calls to the strong model needed for 50 and 80 percent of the gap. */
  readonly cpt50: number;
  readonly cpt80: number;
}

/** RouteLLM's measures with its details: deciles, ties collapse, the curve is taken to rise. */
export function curveMeasures(rows: readonly PairRow[]): CurveMeasures {
  const weak = mean(rows.map((row) => row.weak));
  const strong = mean(rows.map((row) => row.strong));
  const points = routeCurve(rows);
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const gap = strong - weak;
  const share = (part: number) => 100 * interpolate(weak + part * gap, ys, xs);
  return { apgr: (trapezoid(xs, ys) - weak) / gap, cpt50: share(0.5), cpt80: share(0.8) };
}

/** Points (share of calls to the strong model, accuracy) at the distinct deciles of the score, and none at all. */
export function routeCurve(rows: readonly PairRow[]): { readonly x: number; readonly y: number }[] {
  const scores = rows.map(({ score }) => score).sort((a, b) => a - b);
  const deciles = [...new Set(Array.from({ length: 11 }, (_, tenth) => quantile(scores, tenth / 10)))];
  const last = deciles.at(-1) ?? 0;
  const at = (isStrong: (score: number) => boolean) => ({
    x: mean(rows.map(({ score }) => (isStrong(score) ? 1 : 0))),
    y: mean(rows.map(({ score, strong, weak }) => (isStrong(score) ? strong : weak))),
  });
  const points = deciles.map((threshold) => at((score) => score >= threshold));
  return [...points, at((score) => score > last)].sort((a, b) => a.x - b.x || a.y - b.y);
}

/** SWE-Router's area: rows move from weak to strong one by one by score; x is cost, y is quality, 0.5 is random. */
export function routeAuc(rows: readonly PairRow[]): number {
  const order = [...rows].sort((a, b) => b.score - a.score);
  const gainOf = (row: PairRow) => row.strong - row.weak;
  const costOf = (row: PairRow) => (row.strongUsd ?? 1) - (row.weakUsd ?? 0);
  const [gain, cost] = [sum(order.map(gainOf)), sum(order.map(costOf))];
  let [x, y, area] = [0, 0, 0];
  for (const row of order) {
    const dx = costOf(row) / cost;
    const dy = gainOf(row) / gain;
    area += dx * (y + dy / 2);
    x += dx;
    y += dy;
  }
  return area / x;
}

/** One question's candidates, in any one order. */
export interface ChoiceRow {
  readonly chosen: number;
  readonly outcomes: readonly number[];
  /** Unknown costs count 0, as in the published figures. */
  readonly costsUsd: readonly number[];
}

/** AvgPerf in percent, total US dollars, and CodeRouterBench's cumulative regret at 0.1 per dollar. */
export function choiceMeasures(rows: readonly ChoiceRow[]): {
  readonly avgPerf: number;
  readonly totalUsd: number;
  readonly cumReg: number;
} {
  const reward = (row: ChoiceRow, model: number) =>
    (row.outcomes[model] ?? 0) - 0.1 * (row.costsUsd[model] ?? 0);
  return {
    avgPerf: averagePerformance(rows),
    totalUsd: sum(rows.map((row) => row.costsUsd[row.chosen] ?? 0)),
    cumReg: sum(
      rows.map(
        (row) => Math.max(...row.outcomes.map((_, model) => reward(row, model))) - reward(row, row.chosen),
      ),
    ),
  };
}

/** AvgPerf alone, in percent: what a bootstrap asks for a thousand times. */
export function averagePerformance(rows: readonly ChoiceRow[]): number {
  let total = 0;
  for (const { outcomes, chosen } of rows) total += outcomes[chosen] ?? 0;
  return (100 * total) / Math.max(1, rows.length);
}

/** A predicted chance and what happened, both 0..1. */
export interface Forecast {
  readonly chance: number;
  readonly outcome: number;
}

/** Chance that a success was given more than a failure; outcomes from 0.5 on are successes, ties count half. */
export function auroc(forecasts: readonly Forecast[]): number {
  const sorted = [...forecasts].sort((a, b) => a.chance - b.chance);
  let [rankSum, successes] = [0, 0];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (end < sorted.length && sorted[end]?.chance === sorted[start]?.chance) end += 1;
    const hits = sorted.slice(start, end).filter(({ outcome }) => outcome >= 0.5).length;
    rankSum += (hits * (start + 1 + end)) / 2;
    successes += hits;
    start = end;
  }
  return (rankSum - (successes * (successes + 1)) / 2) / (successes * (sorted.length - successes));
}

/** Mean squared error. */
export function brier(forecasts: readonly Forecast[]): number {
  return mean(forecasts.map(({ chance, outcome }) => (chance - outcome) ** 2));
}

/** Expected calibration error: mean distance of chance and outcome in ten equal bins, weighted by their size. */
export function calibrationError(forecasts: readonly Forecast[]): number {
  const gaps = new Array<number>(10).fill(0);
  for (const { chance, outcome } of forecasts) {
    const bin = Math.min(9, Math.floor(chance * 10));
    gaps[bin] = (gaps[bin] ?? 0) + chance - outcome;
  }
  return sum(gaps.map(Math.abs)) / Math.max(1, forecasts.length);
}

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A measure with its 95 % interval from `draws` resamples of the rows. */
export function bootstrap<Row>(
  rows: readonly Row[],
  measure: (rows: readonly Row[]) => number,
  { draws = 1_000, seed = 1 }: { readonly draws?: number; readonly seed?: number } = {},
): Interval {
  const random = createRandom(seed);
  const values = Array.from({ length: draws }, () =>
    measure(rows.map(() => rows[Math.floor(random.next() * rows.length)] as Row)),
  ).sort((a, b) => a - b);
  return { value: measure(rows), low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/** Paired bootstrap: difference of two routers' measure over the same rows. */
export function pairedBootstrap<Row>(
  a: readonly Row[],
  b: readonly Row[],
  measure: (rows: readonly Row[]) => number,
  options: { readonly draws?: number; readonly seed?: number } = {},
): Interval {
  if (a.length !== b.length) throw new RangeError('paired rows must be equally many');
  const pairs = a.map((row, at) => [row, b[at] as Row] as const);
  return bootstrap(
    pairs,
    (drawn) => measure(drawn.map(([one]) => one)) - measure(drawn.map(([, other]) => other)),
    options,
  );
}

/** Linear interpolation between order statistics; `sorted` rises. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

/** y at `x` on the line through the points; the end values outside. `xs` is taken to rise. */
// eslint-disable-next-line complexity -- missing-value fallbacks of array reads count as branches
function interpolate(x: number, xs: readonly number[], ys: readonly number[]): number {
  if (x <= (xs[0] ?? 0)) return ys[0] ?? 0;
  // Binary search, as RouteLLM's numpy does it: it decides what happens where the curve falls.
  let [low, high] = [0, xs.length - 1];
  if (x > (xs[high] ?? 0)) return ys[high] ?? 0;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x >= (xs[middle] ?? 0)) low = middle;
    else high = middle;
  }
  const [x0, x1] = [xs[low] ?? 0, xs[high] ?? 0];
  const [y0, y1] = [ys[low] ?? 0, ys[high] ?? 0];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

function trapezoid(xs: readonly number[], ys: readonly number[]): number {
  let area = 0;
  for (let at = 1; at < xs.length; at += 1) {
    area += (((xs[at] ?? 0) - (xs[at - 1] ?? 0)) * ((ys[at] ?? 0) + (ys[at - 1] ?? 0))) / 2;
  }
  return area;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / Math.max(1, values.length);
}
