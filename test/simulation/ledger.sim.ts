/**
 * `npm run simulate -- ledger`: the engine's ledger under 200 callers with the sizes of real calls: one output-token limit,
 * one hard budget, a million lives of leases, and batch beside interactive work. Virtual time, fixed seeds: the same code
 * gives the same bytes.
 */
import type { Measured } from '../bench/report.ts';
import { bars, budgetRows, leakFigures, queueRows, rateRows } from './ledger/figures.ts';

export const name = 'ledger';

const sizes = { seeds: [1, 2, 3], calls: 6_000, cycles: 1_000_000, tasks: 2_000 };

export function run(): Promise<Measured> {
  const rates = rateRows(sizes, { limit: 80_000, callers: 200 });
  const tight = rateRows(sizes, { limit: 12_000, callers: 40 });
  const budgets = budgetRows(sizes);
  const queues = queueRows(sizes);
  const leaks = leakFigures(sizes);
  const [own, budget, queue] = [rates[0]!, budgets[0]!, queues[0]!];
  return Promise.resolve({
    throughput: digits(own.throughput),
    throughputBar: bars.throughput,
    overshoot: digits(Math.max(0, own.ownDebt, own.providerDebt)),
    shortened: digits(Math.max(own.shortened, budget.shortened)),
    shortenedBar: bars.shortened,
    budgetOvershoot: digits(budget.overshoot),
    budgetUsed: digits(budget.used),
    cycles: leaks.cycles,
    leakedUnits: leaks.leakedUnits,
    moneyDifference: leaks.moneyDifference,
    capsPassed: leaks.overshoots,
    killed: leaks.killed,
    lateSettles: leaks.lateSettles,
    batchSlowdown: digits(queue.slowdown),
    batchSlowdownBar: bars.batchSlowdown,
    passes:
      own.throughput >= bars.throughput &&
      Math.max(own.ownDebt, own.providerDebt, budget.overshoot) <= 0 &&
      Math.max(own.shortened, budget.shortened) <= bars.shortened &&
      leaks.leakedUnits === 0 &&
      leaks.moneyDifference === 0 &&
      leaks.overshoots === 0 &&
      queue.slowdown < bars.batchSlowdown,
    rows: [
      ...rates.map((row) => rateRow('200 callers, 80,000 tokens a minute', row)),
      ...tight.map((row) => rateRow('40 callers, 12,000 tokens a minute', row)),
      ...budgets.map(({ rule, overshoot, used, shortened }) => ({
        world: '200 callers, one hard budget',
        rule,
        throughput: digits(used),
        providerDebt: digits(overshoot),
        shortened: digits(shortened),
      })),
      ...queues.map(({ rule, slowdown }) => ({
        world: 'interactive beside batch',
        rule,
        slowdown: digits(slowdown),
      })),
    ],
    seed: sizes.seeds[0]!,
  });
}

function rateRow(world: string, row: ReturnType<typeof rateRows>[number]) {
  const { rule, throughput, ownDebt, providerDebt, shortened } = row;
  return {
    ...{ world, rule, throughput: digits(throughput), ownDebt: digits(ownDebt) },
    ...{ providerDebt: digits(providerDebt), shortened: digits(shortened) },
  };
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
