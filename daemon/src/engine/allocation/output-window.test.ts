/** The window that is kept in order, against one that is sorted anew for every question. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocation } from '../config/allocation.ts';
import { OutputWindow, shareLongerThan } from './index.ts';

const answers = fc.array(fc.tuple(fc.nat(2_000), fc.boolean()), { maxLength: 1_300 });

describe('OutputWindow', () => {
  it('answers like a sorted copy, however many answers have come and gone', () => {
    fc.assert(
      fc.property(answers, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const window = new OutputWindow();
        for (const [tokens, wasShortened] of all) window.add(tokens, wasShortened);
        const sizes = all
          .map(([tokens, wasShortened]) => tokens * (wasShortened ? allocation.shortenedGrowth : 1))
          .slice(-allocation.outputWindow);
        const sorted = sizes.toSorted((a, b) => a - b);
        expect(window.sizes()).toEqual(sizes);
        expect(window.quantile(share)).toBe(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
        const longer = sizes.filter((size) => size > 700).length;
        expect(shareLongerThan(window, 700)).toBe(sizes.length === 0 ? 1 : longer / sizes.length);
        expect(OutputWindow.of(JSON.parse(JSON.stringify(window)) as number[]).sizes()).toEqual(sizes);
      }),
      { numRuns: 300 },
    );
  });
});
