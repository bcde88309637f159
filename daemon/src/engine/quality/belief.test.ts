/** Beta beliefs as counts: they add up, and their bounds behave. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beliefOf, meanOf, quantileOf, strengthOf, weakened, withEvidence } from './belief.ts';

const chance = fc.double({ min: 0, max: 1, noNaN: true });
const amount = fc.double({ min: 0, max: 500, noNaN: true });

describe('beliefs', () => {
  it('keep the mean and strength they are made of', () => {
    expect(meanOf(beliefOf(0.7, 20))).toBeCloseTo(0.7, 12);
    expect(strengthOf(beliefOf(0.7, 20))).toBeCloseTo(20, 12);
    expect(meanOf({ good: 0, bad: 0 })).toBe(0.5);
    expect(meanOf(beliefOf(1, 20))).toBe(0.99);
    expect(meanOf(beliefOf(Number.NaN, 20))).toBeCloseTo(0.01, 12);
  });

  it('add evidence whatever its order, and ignore what is no count', () => {
    fc.assert(
      fc.property(chance, amount, amount, amount, amount, (mean, a, b, c, d) => {
        const prior = beliefOf(mean, 20);
        const forth = withEvidence(withEvidence(prior, { good: a, bad: b }), { good: c, bad: d });
        const back = withEvidence(withEvidence(prior, { good: c, bad: d }), { good: a, bad: b });
        expect(meanOf(forth)).toBeCloseTo(meanOf(back), 9);
        expect(meanOf(forth)).toBeGreaterThanOrEqual(0);
        expect(meanOf(forth)).toBeLessThanOrEqual(1);
      }),
    );
    expect(withEvidence({ good: 1, bad: 1 }, { good: Number.NaN, bad: -5 })).toEqual({ good: 1, bad: 1 });
  });

  it('weaken without moving', () => {
    const half = weakened(beliefOf(0.8, 40), 0.5);
    expect([meanOf(half), strengthOf(half)].map((x) => Number(x.toFixed(9)))).toEqual([0.8, 20]);
    expect(weakened({ good: 3, bad: 1 }, 7)).toEqual({ good: 3, bad: 1 });
  });

  it('have a lower bound below the mean that rises with evidence for the same mean', () => {
    fc.assert(
      fc.property(chance, fc.double({ min: 1, max: 400, noNaN: true }), (mean, strength) => {
        const weak = beliefOf(mean, strength);
        const strong = beliefOf(mean, strength * 4);
        const [low, higher] = [quantileOf(weak, -1.645), quantileOf(strong, -1.645)];
        expect(low).toBeLessThanOrEqual(meanOf(weak) + 0.005);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(higher).toBeGreaterThanOrEqual(low - 0.02);
      }),
    );
  });
});
