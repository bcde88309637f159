/** All worlds of the ledger simulation together, with the bars that they are held against. */
import { countedBudget, ledgerBudget, runBudgetWorld } from './budget.ts';
import { runLeaks, type LeakFigures } from './leaks.ts';
import { runPriorityWorld, type QueueRule } from './priorities.ts';
import { bucketRule, ledgerRule, publishedRules, type RateRule } from './rate-rules.ts';
import { runRateWorld } from './rate-world.ts';

export const bars = { throughput: 0.97, shortened: 0.01, batchSlowdown: 0.1 } as const;

export interface Sizes {
  readonly seeds: readonly number[];
  readonly calls: number;
  readonly cycles: number;
  readonly tasks: number;
}

export interface RuleRow {
  readonly rule: string;
  readonly throughput: number;
  readonly ownDebt: number;
  readonly providerDebt: number;
  readonly shortened: number;
}

export interface QueueRow {
  readonly rule: QueueRule;
  /** p95 with batch over p95 without, minus 1; the median seed. */
  readonly slowdown: number;
}

export function rateRows(sizes: Sizes, world: { limit: number; callers: number }): readonly RuleRow[] {
  const rules: [string, (limit: number) => RateRule][] = [
    ['ledger', ledgerRule],
    ...Object.entries(publishedRules).map(([name, reserve]): [string, (limit: number) => RateRule] => [
      name,
      (limit) => bucketRule(limit, reserve),
    ]),
  ];
  return rules.map(([rule, make]) => {
    const runs = sizes.seeds.map((seed) => runRateWorld({ ...world, calls: sizes.calls, seed }, make));
    const worst = (pick: (run: (typeof runs)[number]) => number) => Math.max(...runs.map(pick));
    return {
      rule,
      throughput: median(runs.map((run) => run.throughput)),
      ownDebt: worst((run) => run.ownDebt),
      providerDebt: worst((run) => run.providerDebt),
      shortened: worst((run) => run.shortened),
    };
  });
}

export function budgetRows({ seeds }: Sizes) {
  const world = { limitUsd: 60, callers: 200 };
  return (
    [
      ['ledger', ledgerBudget],
      ['check, count at the end', countedBudget],
    ] as const
  ).map(([rule, make]) => {
    const runs = seeds.map((seed) => runBudgetWorld({ ...world, seed }, make));
    return {
      rule,
      overshoot: Math.max(...runs.map((run) => run.overshoot)),
      used: median(runs.map((run) => run.used)),
      shortened: Math.max(...runs.map((run) => run.shortened)),
    };
  });
}

export function queueRows({ seeds, tasks }: Sizes): readonly QueueRow[] {
  const world = { slots: 8, load: 0.3, tasks };
  return (['hold-back ceilings', 'priorities alone', 'one line for all'] as const).map((rule) => ({
    rule,
    slowdown: median(
      seeds.map((seed) => {
        const alone = runPriorityWorld({ ...world, seed, withBatch: false }, rule);
        const beside = runPriorityWorld({ ...world, seed, withBatch: true }, rule);
        return beside.p95Ms / alone.p95Ms - 1;
      }),
    ),
  }));
}

export function leakFigures({ cycles }: Sizes): LeakFigures {
  return runLeaks(cycles, 1);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
