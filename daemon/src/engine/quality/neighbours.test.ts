/** Evidence from similar tasks, and the sketch they are found by. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextFeatures } from '../understanding/text-features.ts';
import { strengthOf } from './belief.ts';
import { neighbourEvidence, sketchOf, sketchSimilarity, sketchSize } from './neighbours.ts';

describe('neighbourEvidence', () => {
  it('weighs by similarity and counts nothing below the threshold', () => {
    expect(neighbourEvidence([{ similarity: 1, grade: 1 }])).toEqual({ good: 1, bad: 0 });
    expect(neighbourEvidence([{ similarity: 0.2, grade: 1 }])).toEqual({ good: 0, bad: 0 });
    const { good, bad } = neighbourEvidence([{ similarity: 0.675, grade: 0.5 }]);
    expect(good).toBeCloseTo(0.25, 12);
    expect(bad).toBeCloseTo(0.25, 12);
  });

  it('never exceeds its cap, whatever the order and number', () => {
    const neighbour = fc.record({
      similarity: fc.double({ min: -1, max: 1 }),
      grade: fc.double({ min: -0.5, max: 1.5 }),
    });
    fc.assert(
      fc.property(fc.array(neighbour, { maxLength: 120 }), (neighbours) => {
        const evidence = neighbourEvidence(neighbours);
        expect(strengthOf(evidence)).toBeLessThanOrEqual(30 + 1e-9);
        expect(evidence.good >= 0 && evidence.bad >= 0).toBe(true);
        const turned = neighbourEvidence([...neighbours].reverse());
        expect(turned.good).toBeCloseTo(evidence.good, 9);
      }),
    );
    const many = Array.from({ length: 500 }, () => ({ similarity: 1, grade: 1 }));
    expect(neighbourEvidence(many).good).toBeCloseTo(30, 12);
  });
});

describe('sketchOf', () => {
  const features = createTextFeatures({ bits: 14 });
  const sketch = (prompt: string) => sketchOf(features.extract(prompt));

  it('finds a rewording again and tells another task apart', () => {
    const task = sketch('write a function that reverses a linked list in place');
    const reworded = sketch('write a function reversing a linked list in place');
    const other = sketch('why does the css grid overflow on small screens');
    expect(task).toHaveLength(sketchSize);
    expect(sketchSimilarity(task, task)).toBeCloseTo(1, 6);
    expect(sketchSimilarity(task, reworded)).toBeGreaterThan(0.6);
    expect(sketchSimilarity(task, other)).toBeLessThan(0.35);
  });

  it('answers 0 for what cannot be compared', () => {
    expect(sketchSimilarity(sketch('a b c'), new Int8Array(3))).toBe(0);
    expect(sketchSimilarity(sketch(''), sketch('a b c'))).toBe(0);
  });
});
