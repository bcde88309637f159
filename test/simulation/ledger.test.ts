/** A short run of the ledger simulation: the bars hold, the published rules miss them, and the same seed gives the same run. */
import { describe, expect, it } from 'vitest';
import { bars, budgetRows, leakFigures, queueRows, rateRows } from './ledger/figures.ts';

const sizes = { seeds: [1], calls: 1_200, cycles: 10_000, tasks: 300 };

describe('ledger under 200 callers', () => {
  const rates = rateRows(sizes, { limit: 80_000, callers: 200 });
  const row = (rule: string) => rates.find((each) => each.rule === rule)!;

  it("uses the limit and never passes it, in its own book and in the provider's", () => {
    const own = row('ledger');
    expect(own.throughput).toBeGreaterThanOrEqual(bars.throughput);
    expect(Math.max(own.ownDebt, own.providerDebt)).toBeLessThanOrEqual(0);
    expect(own.shortened).toBeLessThanOrEqual(bars.shortened);
  });

  it('tells rules that overshoot and rules that starve', () => {
    expect(row('check, count at the end').ownDebt).toBeGreaterThan(0.5);
    expect(row('mean of the last 500').providerDebt).toBeGreaterThan(0.1);
    expect(row('reserve max_tokens 32,000').throughput).toBeLessThan(0.9);
  });

  it('never passes a hard budget; counting at the end does', () => {
    const [own, counted] = budgetRows(sizes);
    expect(own).toMatchObject({ overshoot: 0 });
    expect(own?.used).toBeGreaterThan(0.9);
    expect(counted?.overshoot).toBeGreaterThan(0.5);
  });

  it('leaks nothing, whatever comes twice, late or never', () => {
    const figures = leakFigures(sizes);
    expect(figures).toMatchObject({ leakedUnits: 0, moneyDifference: 0, overshoots: 0 });
    expect(Math.min(figures.killed, figures.lateSettles)).toBeGreaterThan(500);
    expect(leakFigures(sizes)).toEqual(figures);
  });

  it('keeps batch out of the way of interactive tasks', () => {
    const [ours, , oneLine] = queueRows(sizes);
    expect(ours?.slowdown).toBeLessThan(bars.batchSlowdown);
    expect(oneLine?.slowdown).toBeGreaterThan(0.3);
  });
});
