/** The sparse solver against the textbook formula on a problem small enough for it. */
import { describe, expect, it } from 'vitest';
import { createRandom, type SparseVector } from './engine.ts';
import { fitRidge, predictRidge } from './ridge.ts';
import { matrixOf } from './training-matrix.ts';

const buckets = 12;
const random = createRandom(11);
const dense = Array.from({ length: 30 }, () =>
  Array.from({ length: buckets }, () => (random.next() < 0.5 ? random.next() - 0.3 : 0)),
);
const targets = dense.map((row) => [row.reduce((a, b) => a + b, 0) + 0.3 * random.next(), random.next()]);

const sparse = (row: readonly number[]): SparseVector => {
  const indices = [...row.keys()].filter((at) => row[at] !== 0);
  return { indices: Uint32Array.from(indices), values: Float32Array.from(indices, (at) => row[at]!) };
};

/** (Xc' Xc + s I)^-1 Xc' yc by Gauss-Jordan elimination. */
function textbook(strength: number, column: number): (x: readonly number[]) => number {
  const mean = Array.from({ length: buckets }, (_, at) => dense.reduce((sum, row) => sum + row[at]!, 0) / 30);
  const meanTarget = targets.reduce((sum, row) => sum + row[column]!, 0) / 30;
  const system = Array.from({ length: buckets }, (_, i) => [
    ...Array.from({ length: buckets }, (__, j) =>
      dense.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), i === j ? strength : 0),
    ),
    dense.reduce((sum, row, at) => sum + (row[i]! - mean[i]!) * (targets[at]![column]! - meanTarget), 0),
  ]);
  for (let pivot = 0; pivot < buckets; pivot += 1) {
    for (let row = 0; row < buckets; row += 1) {
      if (row === pivot) continue;
      const factor = system[row]![pivot]! / system[pivot]![pivot]!;
      for (let at = 0; at <= buckets; at += 1) system[row]![at]! -= factor * system[pivot]![at]!;
    }
  }
  const weights = system.map((row, at) => row[buckets]! / row[at]!);
  return (x) => meanTarget + weights.reduce((sum, weight, at) => sum + weight * (x[at]! - mean[at]!), 0);
}

describe('fitRidge', () => {
  const matrix = matrixOf(dense.map(sparse), buckets);
  const flat = Float64Array.from(targets.flat());
  const fits = fitRidge(matrix, flat, 2, { strengths: [0.1, 1, 30], steps: 30 });

  it('agrees with the textbook for every strength and target', () => {
    for (const fit of fits) {
      const values = predictRidge(fit, matrix);
      for (const column of [0, 1]) {
        const expected = textbook(fit.strength, column);
        for (const [row, x] of dense.entries()) expect(values[row * 2 + column]).toBeCloseTo(expected(x), 5);
      }
    }
  });

  it('gives the same bytes again', () => {
    const again = fitRidge(matrix, flat, 2, { strengths: [0.1, 1, 30], steps: 30 });
    expect(again.map(({ weights }) => [...weights])).toEqual(fits.map(({ weights }) => [...weights]));
  });

  it('predicts the mean for a target that is constant', () => {
    const [fit] = fitRidge(matrix, new Float64Array(30).fill(0.7), 1, { strengths: [1], steps: 10 });
    for (const value of predictRidge(fit!, matrix)) expect(value).toBeCloseTo(0.7, 12);
  });
});
