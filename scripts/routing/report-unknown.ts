/**
 * Unknown ground. Each type of CodeRouterBench in turn is left out of the fit and asked for: what the fallback chooses
 * there, beside what the pool of the other types would. And LiveCodeBench, where many models nearly tie.
 */
import { join } from 'node:path';
import {
  averagePerformance,
  bootstrap,
  choiceMeasures,
  pairedBootstrap,
  type ChoiceRow,
} from '../routing-metrics.ts';
import { choiceRow, isComplete, modelsOf } from './outcome-choices.ts';
import { fixed, signedInterval, withInterval, type ReportPart } from './report-form.ts';
import { createRouter } from './router.ts';
import { asQuestion, readOutcomes, type OutcomeRow } from './rows.ts';

export function unknownPart(folder: string): ReportPart {
  const rows = readOutcomes(join(folder, 'coderouterbench_id.jsonl.gz')).map((row) => ({
    ...row,
    prompt: null,
  }));
  const models = modelsOf(rows);
  const types = [...new Set(rows.map(({ category }) => category ?? ''))].sort();
  const fallback: ChoiceRow[] = [];
  const pooled: ChoiceRow[] = [];
  const best: ChoiceRow[] = [];
  for (const type of types) {
    const router = createRouter(rows.filter(({ category }) => category !== type));
    const own = rows.filter((row) => row.category === type && isComplete(row));
    const single = bestSingle(own, models);
    for (const row of own) {
      const question = asQuestion(row, true);
      fallback.push(choiceRow(row, models, router.decide(question).model));
      pooled.push(choiceRow(row, models, router.decide({ ...question, category: null }).model));
      best.push(choiceRow(row, models, single));
    }
  }
  const lines = Object.entries({
    'fallback: the cheapest of the strongest price class': fallback,
    'pool of the other types': pooled,
    'best model of the type, known afterwards': best,
  }).map(([name, chosen]) => ({
    name,
    avgPerf: averagePerformance(chosen),
    totalUsd: choiceMeasures(chosen).totalUsd,
  }));
  return {
    name: 'unknown',
    title: 'Unknown ground',
    about:
      'Each of the nine types left out of the fit in turn and then asked for by its name, without text; complete rows of train ' +
      'and dev. On ground that was never measured neither quality nor money is known, and money may be fifty times as much (a ' +
      'task of many steps): the fallback takes a strong model and not the dearest.',
    tables: [
      {
        head: ['types left out', 'AvgPerf', '$ for 5,883 rows'],
        rows: lines.map((line) => [line.name, fixed(line.avgPerf), fixed(line.totalUsd)]),
      },
    ],
    notes: [
      'On single-turn work of an unknown type the fallback gives up quality for money; that is its price, said openly. On tasks ' +
        'of many steps it is measured by others, on rows that are not shipped.',
    ],
    figures: lines,
  };
}

export function liveCodeBenchPart(folder: string): ReportPart {
  const rows = readOutcomes(join(folder, 'livecodebench_v5.jsonl.gz'));
  const models = modelsOf(rows);
  const train = rows.filter(({ split }) => split === 'train');
  const dev = rows.filter(({ split }) => split === 'dev');
  const router = createRouter(train);
  const ours = dev.map((row) => choiceRow(row, models, router.decide(asQuestion(row, true)).model));
  const byText = dev.map((row) => choiceRow(row, models, router.decide(asQuestion(row, false)).model));
  const single = bestSingle(train, models);
  const alone = dev.map((row) => choiceRow(row, models, single));
  const oracle =
    100 * mean(dev.map(({ results }) => Math.max(...[...results.values()].map((c) => c.correct))));
  return {
    name: 'livecodebench',
    title: 'LiveCodeBench',
    about:
      'Fitted on train, chosen for the dev rows among 29 models, no prices. For orientation only: the best single model is ' +
      'hard to beat where the pool has one that nearly always wins.',
    tables: [
      {
        head: ['dev, 170 rows', 'pass@1', 'minus best single'],
        rows: [
          [
            'ours, class and text',
            withInterval(bootstrap(ours, averagePerformance)),
            signedInterval(pairedBootstrap(ours, alone, averagePerformance)),
          ],
          [
            'ours, text alone',
            withInterval(bootstrap(byText, averagePerformance)),
            signedInterval(pairedBootstrap(byText, alone, averagePerformance)),
          ],
          [`best single (${single})`, withInterval(bootstrap(alone, averagePerformance)), ''],
          ['oracle', fixed(oracle), ''],
        ],
      },
    ],
    notes: [],
    figures: {
      ours: averagePerformance(ours),
      byText: averagePerformance(byText),
      single: averagePerformance(alone),
      oracle,
    },
  };
}

function bestSingle(rows: readonly OutcomeRow[], models: readonly string[]): string {
  const means = models.map((model) => averagePerformance(rows.map((row) => choiceRow(row, models, model))));
  return models[means.indexOf(Math.max(...means))] ?? '';
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}
