/**
 * Sparse vectors and linear heads over them: plain arithmetic that text understanding and quality share. Weights stand
 * bucket by bucket, all heads of a bucket side by side, so that one pass over a prompt's few thousand buckets scores
 * every head at once.
 */

/** `values[i]` stands at `indices[i]`; indices rise. */
export interface SparseVector {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** `heads` linear functions; head h is `intercepts[h] + scales[h] * sum over buckets of weights[bucket * heads + h] * x`. */
export interface LinearHeads {
  readonly heads: number;
  readonly weights: Int8Array | Float32Array;
  readonly scales: Float32Array;
  readonly intercepts: Float32Array;
}

/** Values of the heads `from` (of all: from the first one) up to `to`, without it. Buckets beyond the weights count 0. */
export function scoreHeads(linear: LinearHeads, x: SparseVector, from = 0, to = linear.heads): Float64Array {
  const { scales, intercepts } = linear;
  const values = new Float64Array(to - from);
  addProducts(linear, x, from, values);
  for (let at = 0; at < values.length; at += 1) {
    values[at] = (intercepts[from + at] ?? 0) + (scales[from + at] ?? 0) * (values[at] ?? 0);
  }
  return values;
}

/** Adds the products of weights and buckets to `sums`, which stand for the heads from `from` on. */
function addProducts(
  { heads, weights }: LinearHeads,
  x: SparseVector,
  from: number,
  sums: Float64Array,
): void {
  const { indices, values } = x;
  for (let at = 0; at < indices.length; at += 1) {
    const value = values[at] ?? 0;
    const start = (indices[at] ?? 0) * heads + from;
    for (let head = 0; head < sums.length; head += 1) {
      sums[head] = (sums[head] ?? 0) + value * (weights[start + head] ?? 0);
    }
  }
}
