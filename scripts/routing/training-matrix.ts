/** Feature vectors as one matrix, and its products with blocks of columns: all that the solver needs of it. */
import type { SparseVector } from './engine.ts';

/** Rows one behind the other; a block is row-major with `width` columns. */
export interface TrainingMatrix {
  readonly rows: number;
  readonly buckets: number;
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

export function matrixOf(vectors: readonly SparseVector[], buckets: number): TrainingMatrix {
  const starts = new Uint32Array(vectors.length + 1);
  for (const [row, { indices }] of vectors.entries()) starts[row + 1] = (starts[row] ?? 0) + indices.length;
  const size = starts[vectors.length] ?? 0;
  const indices = new Uint32Array(size);
  const values = new Float32Array(size);
  for (const [row, vector] of vectors.entries()) {
    indices.set(vector.indices, starts[row]);
    values.set(vector.values, starts[row]);
  }
  return { rows: vectors.length, buckets, starts, indices, values };
}

/** Mean of the rows. */
export function meanRow({ rows, buckets, indices, values }: TrainingMatrix): Float64Array {
  const mean = new Float64Array(buckets);
  for (let at = 0; at < indices.length; at += 1) {
    const bucket = indices[at] ?? 0;
    mean[bucket] = (mean[bucket] ?? 0) + (values[at] ?? 0) / Math.max(1, rows);
  }
  return mean;
}

/** X B: a block of `width` columns over buckets gives one over rows. */
export function times(x: TrainingMatrix, block: Float64Array, width: number): Float64Array {
  const out = new Float64Array(x.rows * width);
  for (let row = 0; row < x.rows; row += 1) {
    const to = row * width;
    for (let at = x.starts[row] ?? 0; at < (x.starts[row + 1] ?? 0); at += 1) {
      const value = x.values[at] ?? 0;
      const from = (x.indices[at] ?? 0) * width;
      for (let column = 0; column < width; column += 1) {
        out[to + column] = (out[to + column] ?? 0) + value * (block[from + column] ?? 0);
      }
    }
  }
  return out;
}

/** X' B: a block over rows gives one over buckets. */
export function timesTransposed(x: TrainingMatrix, block: Float64Array, width: number): Float64Array {
  const out = new Float64Array(x.buckets * width);
  for (let row = 0; row < x.rows; row += 1) {
    const from = row * width;
    for (let at = x.starts[row] ?? 0; at < (x.starts[row + 1] ?? 0); at += 1) {
      const value = x.values[at] ?? 0;
      const to = (x.indices[at] ?? 0) * width;
      for (let column = 0; column < width; column += 1) {
        out[to + column] = (out[to + column] ?? 0) + value * (block[from + column] ?? 0);
      }
    }
  }
  return out;
}
