/**
 * CodeRouterBench: quality and money of choices. Fitted on train and measured on dev; and in five folds over both, which
 * is how the price of a success was set: one split of 844 rows is too small for that.
 */
import { join } from 'node:path';
import {
  averagePerformance,
  bootstrap,
  choiceMeasures,
  pairedBootstrap,
  type ChoiceRow,
} from '../routing-metrics.ts';
import { textHash } from './fit-arena.ts';
import { coderouterbenchComplete, coderouterbenchTest } from './published.ts';
import { choiceRow, isComplete, modelsOf } from './outcome-choices.ts';
import { fixed, signedInterval, withInterval, type ReportPart, type ReportTable } from './report-form.ts';
import { createRouter, defaultLambda, type Router } from './router.ts';
import { asQuestion, readOutcomes, type OutcomeRow } from './rows.ts';

/** CodeRouterBench's test part, to whose size totals in dollars are scaled for comparison. */
const testCompleteRows = 2_453;
const sweep = [0, 0.5, 1, 1.5, 2, 3, 5, 8, 20];
const folds = 5;

export function choicePart(folder: string): ReportPart {
  const rows = readOutcomes(join(folder, 'coderouterbench_id.jsonl.gz'));
  const models = modelsOf(rows);
  const train = rows.filter(({ split }) => split === 'train');
  const dev = rows.filter(({ split }) => split === 'dev');
  const ours = createRouter(train);
  const parts = { complete: dev.filter(isComplete), all: dev };
  const compared = Object.fromEntries(
    Object.entries(parts).map(([name, of]) => [name, compare(of, models, train, ours)]),
  );
  const folded = sweepInFolds(rows, models);
  return {
    name: 'choice',
    title: 'Choice: CodeRouterBench',
    about:
      'Fitted on the 6,067 train rows, chosen for the dev rows at the default price of a success ' +
      `(--lambda ${defaultLambda}). AvgPerf in percent with its 95 % interval; dollars are totals; the difference is ours minus ` +
      'that line, paired by row. Complete rows are those whose eight cells were all measured.',
    tables: [
      devTable('complete rows', compared['complete'] ?? []),
      devTable('all rows', compared['all'] ?? []),
      foldTable(folded),
      publishedTable(),
    ],
    notes: [
      'On all rows the filled-in cells decide: a model to which a class was filled in as zeros looks useless there, and one ' +
        'with a high constant looks brilliant. Ours is fitted on measured cells alone and is not tuned for that line.',
      'The lowest table holds what others published on 2,919 test rows (2,453 complete) that are not shipped; it stands beside ' +
        'ours for orientation. Dollars of the folds are scaled to 2,453 rows.',
    ],
    figures: { dev: compared, folds: folded },
  };
}

interface Compared {
  readonly name: string;
  readonly avgPerf: { readonly value: number; readonly low: number; readonly high: number };
  readonly totalUsd: number;
  readonly difference: { readonly value: number; readonly low: number; readonly high: number } | null;
}

function compare(
  of: readonly OutcomeRow[],
  models: readonly string[],
  train: readonly OutcomeRow[],
  router: Router,
): Compared[] {
  const chosenBy = (choose: (row: OutcomeRow) => string) =>
    of.map((row) => choiceRow(row, models, choose(row)));
  const our = chosenBy((row) => router.decide(asQuestion(row, true)).model);
  const singles = models.map((model) => ({ model, ...choiceMeasures(chosenBy(() => model)) }));
  // Named by train rows: who is best or cheapest may not be looked up in the rows that are measured.
  const trained = models.map((model) => ({
    model,
    ...choiceMeasures(train.filter(isComplete).map((row) => choiceRow(row, models, model))),
  }));
  const best = trained.reduce((a, b) => (b.avgPerf > a.avgPerf ? b : a)).model;
  const cheapest = trained.reduce((a, b) => (b.totalUsd < a.totalUsd ? b : a)).model;
  const others: [string, ChoiceRow[]][] = [
    ['type table, measured cells, lambda 0', chosenBy(typeTable(train, models))],
    [`best single (${best})`, chosenBy(() => best)],
    [`cheapest (${cheapest})`, chosenBy(() => cheapest)],
    ['oracle', chosenBy((row) => oracle(row))],
  ];
  const usd = choiceMeasures(our).totalUsd;
  const mix = mixAt(usd, singles);
  return [
    { name: 'ours', avgPerf: bootstrap(our, averagePerformance), totalUsd: usd, difference: null },
    ...others.map(([name, rows]) => ({
      name,
      avgPerf: bootstrap(rows, averagePerformance),
      totalUsd: choiceMeasures(rows).totalUsd,
      difference: pairedBootstrap(our, rows, averagePerformance),
    })),
    {
      name: 'random mix of two singles at equal cost',
      avgPerf: exactly(mix),
      totalUsd: usd,
      difference: null,
    },
  ];
}

/** Best AvgPerf that any mix of two single models reaches for this money, on the measured rows themselves. */
function mixAt(usd: number, singles: readonly { avgPerf: number; totalUsd: number }[]): number {
  let best = 0;
  for (const a of singles) {
    if (a.totalUsd > usd) continue;
    best = Math.max(best, a.avgPerf);
    for (const b of singles) {
      if (b.totalUsd <= usd) continue;
      const share = (usd - a.totalUsd) / (b.totalUsd - a.totalUsd);
      best = Math.max(best, a.avgPerf + share * (b.avgPerf - a.avgPerf));
    }
  }
  return best;
}

/** The authors' table: per type the model with the best mean of its measured cells. */
function typeTable(train: readonly OutcomeRow[], models: readonly string[]): (row: OutcomeRow) => string {
  const best = new Map<string, string>();
  for (const category of new Set(train.map((row) => row.category ?? ''))) {
    const own = train.filter((row) => row.category === category);
    const mean = (model: string) => {
      const cells = own.flatMap(({ results }) => results.get(model) ?? []).filter((cell) => cell.isMeasured);
      return cells.reduce((sum, { correct }) => sum + correct, 0) / Math.max(1, cells.length);
    };
    const means = models.map(mean);
    best.set(category, models[means.indexOf(Math.max(...means))] ?? '');
  }
  return ({ category }) => best.get(category ?? '') ?? '';
}

function oracle({ results }: OutcomeRow): string {
  const reward = ({ correct, costUsd }: { correct: number; costUsd: number | null }) =>
    correct - 0.1 * (costUsd ?? 0);
  return [...results].reduce((a, b) => (reward(b[1]) > reward(a[1]) ? b : a))[0];
}

interface FoldResult {
  readonly lambda: number;
  readonly rows: number;
  readonly avgPerf: number;
  readonly usdPerTest: number;
  readonly avgPerfAllRows: number;
}

function sweepInFolds(plain: readonly OutcomeRow[], models: readonly string[]): FoldResult[] {
  // Rows of one text share a fold.
  const foldOf = ({ id, prompt }: OutcomeRow) => textHash(prompt ?? id) % folds;
  const routers = Array.from({ length: folds }, (_, fold) =>
    createRouter(plain.filter((row) => foldOf(row) !== fold)),
  );
  return sweep.map((lambda) => {
    const choose = (row: OutcomeRow) =>
      choiceRow(row, models, routers[foldOf(row)]?.decide(asQuestion(row, true), lambda).model ?? '');
    const complete = choiceMeasures(plain.filter(isComplete).map(choose));
    const count = plain.filter(isComplete).length;
    return {
      lambda,
      rows: count,
      avgPerf: complete.avgPerf,
      usdPerTest: (complete.totalUsd / count) * testCompleteRows,
      avgPerfAllRows: choiceMeasures(plain.map(choose)).avgPerf,
    };
  });
}

function devTable(name: string, lines: readonly Compared[]): ReportTable {
  return {
    head: [`dev, ${name}`, 'AvgPerf', '$', 'ours minus it'],
    rows: lines.map((line) => [
      line.name,
      line.avgPerf.low === line.avgPerf.high ? fixed(line.avgPerf.value) : withInterval(line.avgPerf),
      fixed(line.totalUsd),
      line.difference === null ? '' : signedInterval(line.difference),
    ]),
  };
}

function foldTable(lines: readonly FoldResult[]): ReportTable {
  return {
    head: ['five folds over train and dev, lambda', 'AvgPerf, complete rows', '$', 'AvgPerf, all rows'],
    rows: lines.map((line) => [
      `${line.lambda}${line.lambda === defaultLambda ? ' (default)' : ''}`,
      fixed(line.avgPerf),
      fixed(line.usdPerTest),
      fixed(line.avgPerfAllRows),
    ]),
  };
}

function publishedTable(): ReportTable {
  const complete = new Map(coderouterbenchComplete.map((line) => [line.router, line]));
  return {
    head: ['published, test rows', 'AvgPerf, all rows', '$', 'AvgPerf, complete rows', '$'],
    rows: coderouterbenchTest.map(({ router, avgPerf, totalUsd }) => {
      const other = complete.get(router);
      return [
        router,
        fixed(avgPerf),
        fixed(totalUsd),
        ...(other === undefined ? ['', ''] : [fixed(other.avgPerf), fixed(other.totalUsd)]),
      ];
    }),
  };
}

function exactly(value: number): Compared['avgPerf'] {
  return { value, low: value, high: value };
}
