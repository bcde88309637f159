/**
 * Ridge regression of several targets on sparse, centred rows, for several strengths at once.
 *
 * Dense solvers need rows x rows memory. Lanczos needs products with the matrix only, which are sparse, and its
 * tridiagonal matrix answers every ridge strength for the price of one: conjugate gradients share the same space and
 * would start again for each strength. All arithmetic is in a fixed order, so the same rows give the same bytes.
 */
import { meanRow, times, timesTransposed, type TrainingMatrix } from './training-matrix.ts';

export interface RidgeOptions {
  /** Strengths on rows of length 1; each more than 0. */
  readonly strengths: readonly number[];
  /** Dimensions of the Krylov space; more is nearer to the exact solution. */
  readonly steps: number;
}

/** `value of target t on x = intercepts[t] + sum over buckets of weights[bucket * targets + t] * x[bucket]`. */
export interface RidgeFit {
  readonly strength: number;
  readonly targets: number;
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
}

/**
 * Fits all targets (row-major, `count` a row). Rows and targets are centred, so the intercept is not regularised.
 */
export function fitRidge(
  x: TrainingMatrix,
  targets: Float64Array,
  count: number,
  { strengths, steps }: RidgeOptions,
): RidgeFit[] {
  const center = meanRow(x);
  const targetMeans = columnMeans(targets, x.rows, count);
  const centred = targets.map((value, at) => value - (targetMeans[at % count] ?? 0));
  const space = lanczos({ x, center }, centred, count, Math.min(steps, x.rows));
  return strengths.map((strength) => {
    const dual = solveShifted(space, strength, x.rows, count);
    const weights = transposedCentred(x, center, dual, count);
    const intercepts = Float64Array.from(targetMeans);
    for (let bucket = 0; bucket < x.buckets; bucket += 1) {
      const mean = center[bucket] ?? 0;
      if (mean === 0) continue;
      for (let column = 0; column < count; column += 1) {
        intercepts[column] = (intercepts[column] ?? 0) - mean * (weights[bucket * count + column] ?? 0);
      }
    }
    return { strength, targets: count, weights, intercepts };
  });
}

/** The fitted values on the rows of another matrix, row-major. */
export function predictRidge({ weights, intercepts, targets }: RidgeFit, x: TrainingMatrix): Float64Array {
  return times(x, weights, targets).map((value, at) => value + (intercepts[at % targets] ?? 0));
}

interface CentredMatrix {
  readonly x: TrainingMatrix;
  /** Mean of the rows, taken off each of them. */
  readonly center: Float64Array;
}

/** Basis vectors (a block each), and each column's tridiagonal matrix. */
interface Krylov {
  readonly basis: readonly Float64Array[];
  readonly diagonal: readonly Float64Array[];
  /** `offDiagonal[k]` stands between steps k and k + 1. */
  readonly offDiagonal: readonly Float64Array[];
  readonly startNorms: Float64Array;
}

function lanczos({ x, center }: CentredMatrix, targets: Float64Array, count: number, steps: number): Krylov {
  const startNorms = columnNorms(targets, count);
  const basis = [scaledColumns(targets, startNorms, count)];
  const diagonal: Float64Array[] = [];
  const offDiagonal: Float64Array[] = [];
  for (let step = 0; step < steps; step += 1) {
    const current = basis[step];
    if (current === undefined) break;
    const next = centredTimes(x, center, transposedCentred(x, center, current, count), count);
    diagonal.push(columnDots(current, next, count));
    // Against the whole basis, twice: in floating point the short recurrence loses orthogonality.
    for (let round = 0; round < 2; round += 1)
      for (const vector of basis) removeComponent(next, vector, count);
    const norms = columnNorms(next, count);
    if (step + 1 === steps || norms.every((norm) => norm < 1e-9)) break;
    offDiagonal.push(norms);
    basis.push(scaledColumns(next, norms, count));
  }
  return { basis, diagonal, offDiagonal, startNorms };
}

/** (T + strength) y = start norm x e1 for each column by elimination, then the combination of the basis. */
// eslint-disable-next-line complexity -- missing-value fallbacks of array reads count as branches
function solveShifted(space: Krylov, strength: number, rows: number, count: number): Float64Array {
  const size = space.diagonal.length;
  const out = new Float64Array(rows * count);
  const coefficients = Array.from({ length: size }, () => new Float64Array(count));
  for (let column = 0; column < count; column += 1) {
    const pivots: number[] = [];
    const rights: number[] = [];
    for (let k = 0; k < size; k += 1) {
      const above = k === 0 ? 0 : (space.offDiagonal[k - 1]?.[column] ?? 0);
      const ratio = k === 0 ? 0 : above / (pivots[k - 1] ?? 1);
      pivots.push((space.diagonal[k]?.[column] ?? 0) + strength - ratio * above);
      rights.push(k === 0 ? (space.startNorms[column] ?? 0) : -ratio * (rights[k - 1] ?? 0));
    }
    let below = 0;
    for (let k = size - 1; k >= 0; k -= 1) {
      below = ((rights[k] ?? 0) - (space.offDiagonal[k]?.[column] ?? 0) * below) / (pivots[k] ?? 1);
      const row = coefficients[k];
      if (row !== undefined) row[column] = below;
    }
  }
  for (const [k, vector] of space.basis.slice(0, size).entries()) {
    const factors = coefficients[k] ?? new Float64Array(count);
    for (let at = 0; at < out.length; at += 1) {
      out[at] = (out[at] ?? 0) + (factors[at % count] ?? 0) * (vector[at] ?? 0);
    }
  }
  return out;
}

/** (X - 1 c') B */
function centredTimes(
  x: TrainingMatrix,
  center: Float64Array,
  block: Float64Array,
  count: number,
): Float64Array {
  const out = times(x, block, count);
  const shift = new Float64Array(count);
  for (let bucket = 0; bucket < x.buckets; bucket += 1) {
    const mean = center[bucket] ?? 0;
    if (mean === 0) continue;
    for (let column = 0; column < count; column += 1) {
      shift[column] = (shift[column] ?? 0) + mean * (block[bucket * count + column] ?? 0);
    }
  }
  return out.map((value, at) => value - (shift[at % count] ?? 0));
}

/** (X - 1 c')' B */
function transposedCentred(
  x: TrainingMatrix,
  center: Float64Array,
  block: Float64Array,
  count: number,
): Float64Array {
  const out = timesTransposed(x, block, count);
  const sums = columnMeans(block, x.rows, count).map((mean) => mean * x.rows);
  for (let bucket = 0; bucket < x.buckets; bucket += 1) {
    const mean = center[bucket] ?? 0;
    if (mean === 0) continue;
    for (let column = 0; column < count; column += 1) {
      const at = bucket * count + column;
      out[at] = (out[at] ?? 0) - mean * (sums[column] ?? 0);
    }
  }
  return out;
}

function columnMeans(block: Float64Array, rows: number, count: number): Float64Array {
  const means = new Float64Array(count);
  for (let at = 0; at < block.length; at += 1) {
    means[at % count] = (means[at % count] ?? 0) + (block[at] ?? 0) / Math.max(1, rows);
  }
  return means;
}

function columnDots(a: Float64Array, b: Float64Array, count: number): Float64Array {
  const dots = new Float64Array(count);
  for (let at = 0; at < a.length; at += 1) {
    dots[at % count] = (dots[at % count] ?? 0) + (a[at] ?? 0) * (b[at] ?? 0);
  }
  return dots;
}

function columnNorms(block: Float64Array, count: number): Float64Array {
  return columnDots(block, block, count).map(Math.sqrt);
}

/** Each column divided by its norm; a column that has ended stays zero. */
function scaledColumns(block: Float64Array, norms: Float64Array, count: number): Float64Array {
  return block.map((value, at) => {
    const norm = norms[at % count] ?? 0;
    return norm > 1e-9 ? value / norm : 0;
  });
}

function removeComponent(block: Float64Array, vector: Float64Array, count: number): void {
  const dots = columnDots(block, vector, count);
  for (let at = 0; at < block.length; at += 1) {
    block[at] = (block[at] ?? 0) - (dots[at % count] ?? 0) * (vector[at] ?? 0);
  }
}
