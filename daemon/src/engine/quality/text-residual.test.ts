/** The text's word: bounded, monotone, and without a say between near-equals. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choiceChances, correctedChances, rawChances, type ResidualSettings } from './text-residual.ts';

const settings: ResidualSettings = {
  shape: 'additive',
  sharedScale: 1,
  differenceScale: 1,
  choiceShare: 0.5,
  calibration: { slope: 1, offset: 0 },
};
const value = fc.double({ min: -3, max: 3, noNaN: true });
const chance = fc.double({ min: 0, max: 1, noNaN: true });
const scores = (shared: number, differences: number[] = []) => ({ shared, differences });

describe('correctedChances', () => {
  it('moves by what the heads say in the middle', () => {
    const [a, b] = correctedChances([0.5, 0.6], scores(0.1, [0.05, -0.05]), settings);
    expect(a).toBeCloseTo(0.65, 12);
    expect(b).toBeCloseTo(0.65, 12);
  });

  it('stays strictly between 0 and 1 and rises strictly with shared ease', () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: 1, maxLength: 8 }), value, (table, shared) => {
        const low = correctedChances(table, scores(shared), settings);
        const high = correctedChances(table, scores(shared + 0.2), settings);
        for (const [at, one] of low.entries()) {
          expect(one > 0 && one < 1).toBe(true);
          expect(high[at]! >= one).toBe(true);
        }
      }),
    );
    // Bent, never cut: far out two values still differ.
    const [a] = correctedChances([0.9], scores(0.3), settings);
    const [b] = correctedChances([0.9], scores(0.4), settings);
    expect(b!).toBeGreaterThan(a!);
  });

  it('keeps the order of the table when words say nothing of differences', () => {
    fc.assert(
      fc.property(chance, chance, value, (a, b, shared) => {
        for (const shape of ['additive', 'proportional'] as const) {
          const [x, y] = rawChances([a, b], scores(shared), { ...settings, shape });
          if (a > b) expect(x! >= y!).toBe(true);
        }
      }),
      // A hard task for models that hardly ever succeed.
      { examples: [[1e-3, 0, -0.3]] },
    );
  });

  it('narrows the gap on hard tasks in the proportional shape', () => {
    const gap = (shared: number) => {
      const [a, b] = rawChances([0.7, 0.5], scores(shared), { ...settings, shape: 'proportional' });
      return a! - b!;
    };
    expect(gap(-0.2)).toBeLessThan(gap(0));
    expect(gap(0.1)).toBeGreaterThan(gap(0));
  });

  it('leaves the gap of the table alone in the constant shape', () => {
    const constant = { ...settings, shape: 'constant', calibration: { slope: 1.3, offset: -0.2 } } as const;
    for (const shared of [-0.3, -0.1, 0, 0.1, 0.25]) {
      const [a, b] = correctedChances([0.6, 0.5], scores(shared, [0.2, -0.2]), constant);
      expect(a! - b!).toBeCloseTo(0.1, 12);
    }
  });

  it('takes what is no number for ignorance', () => {
    expect(rawChances([0.5], scores(Number.NaN), settings)).toEqual([0.5]);
  });
});

describe('choiceChances', () => {
  it('ignores shared difficulty: it moves all candidates alike', () => {
    expect(choiceChances([0.5, 0.6], scores(5, [0.04, 0]), settings)).toEqual([0.52, 0.6]);
  });

  it('can be deaf to words', () => {
    expect(choiceChances([0.5, 0.6], scores(5, [9, -9]), { ...settings, choiceShare: 0 })).toEqual([
      0.5, 0.6,
    ]);
  });

  it('lets difficulty scale what is to win, where it may speak', () => {
    const byDifficulty = { ...settings, choiceShare: 0, choiceByDifficulty: true };
    const gap = (shared: number) => {
      const [a, b] = choiceChances([0.6, 0.5], scores(shared), byDifficulty);
      return a! - b!;
    };
    expect(gap(0)).toBeCloseTo(0.1, 12);
    expect(gap(-0.3)).toBeLessThan(0.05);
    expect(gap(-3)).toBeGreaterThan(0);
    expect(gap(0.3)).toBeGreaterThan(0);
  });
});
