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
  const { length } = values;
  if (length < together) for (let at = 0; at < length; at += 1) values[at] = sumOne(linear, x, from + at);
  else {
    // The last of them may make a sum again.
    for (let at = 0; at < length; at += together)
      sumFour(linear, x, from, values, Math.min(at, length - together));
  }
  for (let at = 0; at < values.length; at += 1) {
    values[at] = (intercepts[from + at] ?? 0) + (scales[from + at] ?? 0) * (values[at] ?? 0);
  }
  return values;
}

/** Heads whose sums are made at once: as many as need not be laid down between two buckets. */
const together = 4;

function sumFour(
  { heads, weights }: LinearHeads,
  { indices, values }: SparseVector,
  from: number,
  sums: Float64Array,
  place: number,
): void {
  const head = from + place;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let at = 0; at < indices.length; at += 1) {
    const value = values[at] ?? 0;
    const start = (indices[at] ?? 0) * heads + head;
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

function sumOne({ heads, weights }: LinearHeads, { indices, values }: SparseVector, head: number): number {
  let sum = 0;
  for (let at = 0; at < indices.length; at += 1) {
    sum += (values[at] ?? 0) * (weights[(indices[at] ?? 0) * heads + head] ?? 0);
  }
  return sum;
}
