/** The table's three promises: paired comparison, levels from all rows, nothing filled in. */
import { describe, expect, it } from 'vitest';
import { fitTable } from './fit-table.ts';
import type { Cell, OutcomeRow } from './rows.ts';

const cell = (correct: number, more: Partial<Cell> = {}): Cell => ({
  correct,
  costUsd: null,
  tokensIn: null,
  tokensOut: null,
  tokensTotal: null,
  isMeasured: true,
  ...more,
});
const row = (id: number, category: string | null, cells: Record<string, Cell>): OutcomeRow => ({
  id: `r${id}`,
  prompt: null,
  category,
  split: null,
  isContaminated: false,
  results: new Map(Object.entries(cells)),
});

describe('fitTable', () => {
  it('gives plain means where everything was measured and the class is large', () => {
    const rows = Array.from({ length: 1_000 }, (_, at) =>
      row(at, 'c', { a: cell(at % 2), b: cell(at % 4 === 0 ? 1 : 0) }),
    );
    const chances = fitTable(rows, ['a', 'b']).classes.get('c')?.chances ?? [];
    expect(chances[0]).toBeCloseTo(0.5, 6);
    expect(chances[1]).toBeCloseTo(0.25, 6);
  });

  it('does not reward a model for having skipped the hard rows', () => {
    // Both do the same on what both answered; `a` skipped the 400 rows that nobody can do.
    const rows = Array.from({ length: 800 }, (_, at): OutcomeRow => {
      const isHard = at < 400;
      const y = isHard ? 0 : at % 2;
      return row(at, 'c', isHard ? { b: cell(y) } : { a: cell(y), b: cell(y) });
    });
    const chances = fitTable(rows, ['a', 'b']).classes.get('c')?.chances ?? [];
    expect(chances[0]).toBeCloseTo(chances[1] ?? 1, 6);
    expect(chances[0]).toBeCloseTo(0.25, 2);
  });

  it('counts filled-in cells nowhere', () => {
    const rows = Array.from({ length: 200 }, (_, at) =>
      row(at, 'c', { a: cell(at % 2), b: at % 2 === 0 ? cell(0) : cell(1, { isMeasured: false }) }),
    );
    const with_ = fitTable(rows, ['a', 'b']);
    const without = fitTable(
      rows.map((one, at) =>
        row(at, 'c', { a: one.results.get('a')!, ...(at % 2 === 0 ? { b: cell(0) } : {}) }),
      ),
      ['a', 'b'],
    );
    expect(with_.classes.get('c')?.chances).toEqual(without.classes.get('c')?.chances);
  });

  it('lets a small class lean on the pool', () => {
    const large = Array.from({ length: 500 }, (_, at) => row(at, 'large', { a: cell(1), b: cell(0) }));
    const small = [row(1_000, 'small', { a: cell(0), b: cell(1) })];
    const chances = fitTable([...large, ...small], ['a', 'b']).classes.get('small')?.chances ?? [];
    expect(chances[0]).toBeGreaterThan(chances[1] ?? 1);
  });

  it('knows money and tokens per class', () => {
    const rows = Array.from({ length: 40 }, (_, at) =>
      row(at, 'c', {
        a: cell(1, { costUsd: 0.02, tokensIn: 100, tokensOut: 300 }),
        b: cell(1, { costUsd: at === 0 ? null : 0.01, tokensTotal: 50 }),
      }),
    );
    const costs = fitTable(rows, ['a', 'b']).classes.get('c')?.costs ?? [];
    expect(costs[0]).toMatchObject({ tokens: { input: 100, output: 300 }, tokensTotal: 400 });
    expect(costs[0]?.meanUsd).toBeCloseTo(0.02, 9);
    expect(costs[1]).toMatchObject({ tokens: null, tokensTotal: 50 });
    expect(costs[1]?.meanUsd).toBeCloseTo(0.01, 9);
  });
});
