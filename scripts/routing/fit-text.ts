/**
 * The text head: what a prompt says beyond its class, as a ridge regression on the table's errors.
 *
 * Two things are predicted apart, because they are not equally predictable. *Shared difficulty* is the mean error of all
 * models on a row; text tells it well. *Differences* are each model's deviation from that mean; text tells them poorly.
 * Their strengths are chosen by cross-validation inside the rows to fit on; for differences the most cautious strength
 * that is not clearly worse.
 */
import type { SparseVector } from './engine.ts';
import { fitRidge, predictRidge } from './ridge.ts';
import { matrixOf } from './training-matrix.ts';

export interface TextTargets {
  /** Models. */
  readonly width: number;
  /** Row-major errors of the table; NaN where there is no outcome. */
  readonly errors: Float64Array;
  /** Which rows are left out together, 0..folds-1. */
  readonly folds: readonly number[];
}

export interface TextFitOptions {
  readonly folds: number;
  /** Ridge strengths tried, rising. */
  readonly strengths: readonly number[];
  readonly steps: number;
}

export interface TextFit {
  /** Bucket-major: a head for shared difficulty, then one per model for its difference. */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
  readonly strengths: { readonly shared: number; readonly difference: number };
  /** Share of the variance explained out of fold. */
  readonly explained: { readonly shared: number; readonly difference: number };
  /** Gain of the difference heads over none, in standard errors over rows. */
  readonly differenceT: number;
  /** Out-of-fold values, row-major: shared, then the differences. */
  readonly outOfFold: Float64Array;
}

export const defaultTextFit: TextFitOptions = {
  folds: 5,
  strengths: [0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300],
  steps: 32,
};

// eslint-disable-next-line complexity -- missing-value fallbacks of array reads count as branches
export function fitText(
  vectors: readonly SparseVector[],
  buckets: number,
  targets: TextTargets,
  options: TextFitOptions = defaultTextFit,
): TextFit {
  const count = targets.width + 1;
  const blocks = splitTargets(vectors.length, targets);
  const outOfFold = crossFit(vectors, buckets, { blocks, count, folds: targets.folds }, options);
  const losses = outOfFold.map((values) => rowLosses(values, blocks, count));
  const shared = indexOfLeast(losses.map((loss) => total(loss.shared)));
  const difference = cautiousIndex(losses.map((loss) => loss.difference));
  const none = rowLosses(new Float64Array(blocks.length), blocks, count);

  const all = fitRidge(matrixOf(vectors, buckets), blocks, count, options);
  const [first, second] = [all[shared], all[difference]];
  return {
    weights: joinColumns(first?.weights, second?.weights, count),
    intercepts: joinColumns(first?.intercepts, second?.intercepts, count),
    strengths: { shared: first?.strength ?? 0, difference: second?.strength ?? 0 },
    explained: {
      shared: explainedShare(losses[shared]?.shared, none.shared),
      difference: explainedShare(losses[difference]?.difference, none.difference),
    },
    differenceT: standardErrors(losses[difference]?.difference, none.difference),
    outOfFold: joinColumns(outOfFold[shared], outOfFold[difference], count),
  };
}

interface Blocks {
  readonly blocks: Float64Array;
  readonly count: number;
  readonly folds: readonly number[];
}

/** Values for each row from a fit without its fold, per strength. */
function crossFit(
  vectors: readonly SparseVector[],
  buckets: number,
  { blocks, count, folds }: Blocks,
  options: TextFitOptions,
): Float64Array[] {
  const outOfFold = options.strengths.map(() => new Float64Array(blocks.length));
  for (let fold = 0; fold < options.folds; fold += 1) {
    const kept = rowsWhere(folds, (of) => of !== fold);
    const left = rowsWhere(folds, (of) => of === fold);
    const test = matrixOf(pickVectors(vectors, left), buckets);
    const train = matrixOf(pickVectors(vectors, kept), buckets);
    for (const [at, fit] of fitRidge(train, pickRows(blocks, kept, count), count, options).entries()) {
      const values = predictRidge(fit, test);
      for (const [from, to] of left.entries()) {
        outOfFold[at]?.set(values.subarray(from * count, (from + 1) * count), to * count);
      }
    }
  }
  return outOfFold;
}

/** Row-major: mean error of the row, then each model's deviation from it (0 where there is no outcome). */
function splitTargets(rows: number, { width, errors }: TextTargets): Float64Array {
  const count = width + 1;
  const blocks = new Float64Array(rows * count);
  for (let row = 0; row < rows; row += 1) {
    const own = errors.subarray(row * width, (row + 1) * width);
    const present = own.filter((error) => !Number.isNaN(error));
    const mean = present.length === 0 ? 0 : total(present) / present.length;
    blocks[row * count] = mean;
    for (const [model, error] of own.entries()) {
      if (!Number.isNaN(error)) blocks[row * count + 1 + model] = error - mean;
    }
  }
  return blocks;
}

/** Squared errors per row, of the first column and of the others. */
function rowLosses(
  values: Float64Array,
  blocks: Float64Array,
  count: number,
): { readonly shared: Float64Array; readonly difference: Float64Array } {
  const rows = blocks.length / count;
  const [shared, difference] = [new Float64Array(rows), new Float64Array(rows)];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < count; column += 1) {
      const at = row * count + column;
      const loss = ((values[at] ?? 0) - (blocks[at] ?? 0)) ** 2;
      const sums = column === 0 ? shared : difference;
      sums[row] = (sums[row] ?? 0) + loss;
    }
  }
  return { shared, difference };
}

/** The strongest regularisation whose loss is within one standard error of the least, compared row by row. */
function cautiousIndex(losses: readonly Float64Array[]): number {
  const best = indexOfLeast(losses.map(total));
  let cautious = best;
  for (let at = best + 1; at < losses.length; at += 1) {
    if (standardErrors(losses[best], losses[at]) <= 1) cautious = at;
  }
  return cautious;
}

/** How many standard errors the mean of `b - a` lies above 0. */
function standardErrors(a: Float64Array | undefined, b: Float64Array | undefined): number {
  if (a === undefined || b === undefined || a.length < 2) return 0;
  const gains = b.map((loss, row) => loss - (a[row] ?? 0));
  const mean = total(gains) / gains.length;
  const variance = total(gains.map((gain) => (gain - mean) ** 2)) / (gains.length - 1);
  return variance === 0 ? 0 : mean / Math.sqrt(variance / gains.length);
}

function explainedShare(loss: Float64Array | undefined, none: Float64Array): number {
  const all = total(none);
  return all === 0 ? 0 : 1 - total(loss ?? none) / all;
}

/** Column 0 of one block, the other columns of another. */
function joinColumns(
  first: Float64Array | undefined,
  rest: Float64Array | undefined,
  count: number,
): Float64Array {
  const out = Float64Array.from(rest ?? []);
  for (let at = 0; at < out.length; at += count) out[at] = first?.[at] ?? 0;
  return out;
}

function total(values: ArrayLike<number> & Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function indexOfLeast(values: readonly number[]): number {
  return values.reduce((best, value, at) => (value < (values[best] ?? Infinity) ? at : best), 0);
}

function rowsWhere(folds: readonly number[], keep: (fold: number) => boolean): number[] {
  return [...folds.keys()].filter((row) => keep(folds[row] ?? 0));
}

function pickVectors(vectors: readonly SparseVector[], rows: readonly number[]): SparseVector[] {
  return rows.flatMap((row) => vectors[row] ?? []);
}

function pickRows(block: Float64Array, rows: readonly number[], count: number): Float64Array {
  const out = new Float64Array(rows.length * count);
  for (const [to, row] of rows.entries()) out.set(block.subarray(row * count, (row + 1) * count), to * count);
  return out;
}
