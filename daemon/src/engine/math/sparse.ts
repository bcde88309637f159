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

/**
 * Values of the heads from `from` on, as many as `into` has room for; it is what comes back. Buckets beyond the weights count 0.
 */
export function scoreHeads(
  linear: LinearHeads,
  x: SparseVector,
  from = 0,
  into: Float64Array = new Float64Array(linear.heads - from),
): Float64Array {
  const { scales, intercepts } = linear;
  sumProducts(linear, x, from, into);
  for (let at = 0; at < into.length; at += 1) {
    into[at] = (intercepts[from + at] ?? 0) + (scales[from + at] ?? 0) * (into[at] ?? 0);
  }
  return into;
}

/** Heads whose sums are made at once: as many as need not be laid down between two buckets. */
const together = 4;

/** Sums of the products of weights and buckets for the heads from `from` on. */
function sumProducts(
  { heads, weights }: LinearHeads,
  { indices, values }: SparseVector,
  from: number,
  sums: Float64Array,
): void {
  for (let next = 0; next < sums.length; next += together) {
    // The last four may make sums again that are there already; what lies beyond them all is lost.
    const place = Math.max(0, Math.min(next, sums.length - together));
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let at = 0; at < indices.length; at += 1) {
      const value = values[at] ?? 0;
      const start = (indices[at] ?? 0) * heads + from + place;
      a += value * (weights[start] ?? 0);
      b += value * (weights[start + 1] ?? 0);
      c += value * (weights[start + 2] ?? 0);
      d += value * (weights[start + 3] ?? 0);
    }
    sums[place] = a;
    sums[place + 1] = b;
    sums[place + 2] = c;
    sums[place + 3] = d;
  }
}
