/**
 * Evidence from the user's own history: outcomes of similar tasks, weighted by how similar they were. Similar prompts
 * fail alike, so ten good outcomes next to this task say more than a hundred elsewhere; but never more than
 * `evidenceCap` outcomes' worth, because similarity is no identity.
 */
import { clamp, clampUnit } from '../math/clamp.ts';
import type { SparseVector } from '../math/sparse.ts';
import type { Belief } from './belief.ts';

/** One remembered outcome of a model on a task. */
export interface Neighbour {
  /** Cosine of the sketches, -1..1. */
  readonly similarity: number;
  /** How good the outcome was, 0..1. */
  readonly grade: number;
}

export interface NeighbourOptions {
  /** Nearest outcomes that count. */
  readonly nearest: number;
  /** Outcomes' worth of evidence at most. */
  readonly evidenceCap: number;
  /** Cosine from which a task counts as similar at all; weight rises from 0 there to 1 at cosine 1. */
  readonly minSimilarity: number;
}

const defaultNeighbours: NeighbourOptions = { nearest: 50, evidenceCap: 30, minSimilarity: 0.35 };

/** Signed dimensions of a sketch. */
export const sketchSize = 128;

/**
 * Outcomes' worth of evidence for one model. Order of the neighbours does not matter; what is no number counts nothing.
 */
export function neighbourEvidence(
  neighbours: readonly Neighbour[],
  options: NeighbourOptions = defaultNeighbours,
): Belief {
  const { nearest, evidenceCap, minSimilarity } = options;
  const weighed = neighbours
    .filter(({ similarity, grade }) => similarity > minSimilarity && grade >= 0 && grade <= 1)
    .sort((a, b) => b.similarity - a.similarity || b.grade - a.grade)
    .slice(0, nearest)
    .map(({ similarity, grade }) => ({
      weight: clampUnit((similarity - minSimilarity) / (1 - minSimilarity)),
      grade,
    }));
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const scale = total > evidenceCap ? evidenceCap / total : 1;
  const good = weighed.reduce((sum, { weight, grade }) => sum + weight * grade, 0) * scale;
  return { good, bad: Math.max(0, total * scale - good) };
}

/** Where a sketch is made, to be used again for the next one. */
export interface SketchScratch {
  readonly folded: Float64Array;
  readonly sketch: Int8Array;
}

export function createSketchScratch(): SketchScratch {
  return { folded: new Float64Array(sketchSize), sketch: new Int8Array(sketchSize) };
}

/**
 * A prompt's vector folded to `sketchSize` small numbers: enough to find similar tasks again, too little to find out
 * what was asked, so it may be stored where the prompt may not. With a scratch the result stands in it.
 */
export function sketchOf(
  { indices, values }: SparseVector,
  { folded, sketch }: SketchScratch = createSketchScratch(),
): Int8Array {
  folded.fill(0);
  for (let at = 0; at < indices.length; at += 1) {
    const mixed = Math.imul(indices[at] ?? 0, 0x9e3779b1);
    const slot = mixed >>> 25;
    folded[slot] = (folded[slot] ?? 0) + (2 * (mixed & 1) - 1) * (values[at] ?? 0);
  }
  let largest = 0;
  for (let at = 0; at < sketchSize; at += 1) largest = Math.max(largest, Math.abs(folded[at] ?? 0));
  if (largest === 0) return sketch.fill(0);
  for (let at = 0; at < sketchSize; at += 1) sketch[at] = Math.round((127 * (folded[at] ?? 0)) / largest);
  return sketch;
}

/** Cosine of two sketches, -1..1; 0 when one is empty or they differ in size. */
export function sketchSimilarity(a: Int8Array, b: Int8Array): number {
  if (a.length !== b.length) return 0;
  let [dot, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : clamp(dot / Math.sqrt(aa * bb), -1, 1);
}
