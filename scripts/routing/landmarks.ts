/** Known ground of an arena: the mean prompt of each class, and how near to one of them a usual prompt lies. */
import { quantile } from '../routing-metrics.ts';
import type { SparseVector } from './engine.ts';

export interface Landmarks {
  /** Unit vectors over the buckets. */
  readonly centers: readonly Float32Array[];
  /** 99 of 100 training prompts are at least this near to a center. */
  readonly minSimilarity: number;
  /** 95 of 100 are at least this near: nearer, a prompt may also be chosen for by its words alone. */
  readonly clearSimilarity: number;
}

const [unusualShare, unclearShare] = [0.01, 0.05];
/** Held-out prompts lie a little farther than training prompts. */
const slack = 0.95;

/** One landmark per category; one for all rows where there are none. */
export function landmarksOf(
  vectors: readonly SparseVector[],
  categories: readonly (string | null)[],
  buckets: number,
): Landmarks {
  const sums = new Map<string, Float64Array>();
  for (const [row, vector] of vectors.entries()) {
    const sum = sums.get(categories[row] ?? '') ?? new Float64Array(buckets);
    addTo(sum, vector);
    sums.set(categories[row] ?? '', sum);
  }
  const centers = [...sums].map(([category, sum]) => ({ category, sum, squares: squaresOf(sum) }));
  const similarities = vectors
    .map((vector, row) => {
      const size = squaresOf(vector.values);
      return centers.reduce((most, { category, sum, squares }) => {
        const along = dot(sum, vector);
        // A prompt is no evidence for its own neighbourhood: it is taken out of its own center.
        const isOwn = category === (categories[row] ?? '');
        const left = isOwn ? squares - 2 * along + size : squares;
        return Math.max(most, (isOwn ? along - size : along) / Math.sqrt(Math.max(1e-12, left)));
      }, 0);
    })
    .sort((a, b) => a - b);
  return {
    centers: centers.map(({ sum, squares }) => {
      const length = Math.sqrt(Math.max(1e-12, squares));
      return Float32Array.from(sum, (value) => value / length);
    }),
    minSimilarity: slack * quantile(similarities, unusualShare),
    clearSimilarity: slack * quantile(similarities, unclearShare),
  };
}

/** Greatest cosine to a landmark. */
export function similarityTo({ centers }: Landmarks, vector: SparseVector): number {
  return centers.reduce((most, center) => Math.max(most, dot(center, vector)), 0);
}

function addTo(sum: Float64Array, { indices, values }: SparseVector): void {
  for (const [at, bucket] of indices.entries()) {
    sum[bucket] = (sum[bucket] ?? 0) + (values[at] ?? 0);
  }
}

function dot(dense: Float64Array | Float32Array, { indices, values }: SparseVector): number {
  let sum = 0;
  for (let at = 0; at < indices.length; at += 1) sum += (dense[indices[at] ?? 0] ?? 0) * (values[at] ?? 0);
  return sum;
}

function squaresOf(values: Float64Array | Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return squares;
}
