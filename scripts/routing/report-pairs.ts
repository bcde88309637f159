/**
 * Two models, text alone: RouteLLM's sets with its measures, SWE-bench pairs with SWE-Router's. Each predictor is fitted
 * on its own set: the sets share tasks, and words of one kind of text say nothing about another.
 */
import { join } from 'node:path';
import {
  auroc,
  bootstrap,
  curveMeasures,
  routeAuc,
  type CurveMeasures,
  type PairRow,
} from '../routing-metrics.ts';
import { createRandom } from './engine.ts';
import { textHash } from './fit-arena.ts';
import { routellmGsm8k, routellmMmlu, sweBenchPairs, type PublishedCurve } from './published.ts';
import { fixed, withInterval, type ReportPart, type ReportTable } from './report-form.ts';
import { createRouter } from './router.ts';
import { asQuestion, readOutcomes, type OutcomeRow } from './rows.ts';

interface Pair {
  readonly strong: string;
  readonly weak: string;
}
const routellm: Pair = { strong: 'gpt-4-1106-preview', weak: 'mistralai/Mixtral-8x7B-Instruct-v0.1' };
const labels = 1_500;
const draws = 3;
const folds = 5;

export function routellmPart(folder: string): ReportPart {
  const load = (name: string) =>
    readOutcomes(join(folder, `${name}.jsonl.gz`)).filter(({ isContaminated }) => !isContaminated);
  const mmlu = load('routellm_mmlu');
  const train = mmlu.filter(({ split }) => split === 'train');
  const dev = mmlu.filter(({ split }) => split === 'dev');
  const asked = (fitOn: readonly OutcomeRow[], ask: readonly OutcomeRow[]) =>
    pairRows([askAll(fitOn, ask)], routellm);
  const all = asked(train, dev);
  const few = Array.from({ length: draws }, (_, draw) => {
    const { drawn, left } = drawRows(mmlu, labels, draw + 1);
    return curveMeasures(asked(drawn, left));
  });
  const lines = [
    lineOf(`MMLU, ${labels} labels, other rows (mean of ${draws} draws)`, meanOf(few)),
    lineOf(`MMLU dev, all ${train.length} train labels`, curveMeasures(all), apgrOf(all)),
  ];
  const gsm8k = pairRows(askInFolds(load('routellm_gsm8k'), folds), routellm);
  lines.push(lineOf(`GSM8K, ${folds} folds`, curveMeasures(gsm8k), apgrOf(gsm8k)));
  return {
    name: 'routellm',
    title: 'Two models, text alone: RouteLLM',
    about:
      'GPT-4-1106 against Mixtral-8x7B; score is the predicted gain. RouteLLM’s measures: APGR (random .5), and the percent ' +
      'of calls to the strong model that give 50 and 80 percent of the gap (lower is better). Contaminated rows left out.',
    tables: [
      curveTable('ours', lines),
      curveTable('published on MMLU', routellmMmlu.map(publishedLine)),
      curveTable('published on GSM8K', routellmGsm8k.map(publishedLine)),
    ],
    notes: [
      'The published routers were given 1,500 gold labels of the validation part of MMLU on top of 65k votes, ours 1,500 rows of ' +
        'the collection itself and nothing else: similar budgets, not identical conditions. GSM8K’s labels are in-domain for ' +
        'ours and were not for them.',
    ],
    figures: { lines, fewDraws: few },
  };
}

export function sweBenchPart(folder: string): ReportPart {
  const rows = readOutcomes(join(folder, 'swebench_verified_miniswe.jsonl.gz'));
  const strong = 'gemini-3-pro-preview';
  const pairs = { gpt5Mini: 'gpt-5-mini-2025-08-07', deepseek: 'deepseek-v3.2-reasoner' };
  const isDjango = ({ category }: OutcomeRow) => category?.startsWith('django') === true;
  const folded = askInFolds(rows, folds);
  const away = askAll(
    rows.filter((row) => !isDjango(row)),
    rows.filter(isDjango),
  );
  const figures = Object.entries(pairs).map(([name, weak]) => ({
    name,
    weak,
    auroc: auroc(
      folded.flat().map(({ row, scores }) => ({
        chance: scores[weak] ?? 0.5,
        outcome: row.results.get(weak)?.correct ?? 0,
      })),
    ),
    routeAuc: bootstrap(pairRows(folded, { strong, weak }), routeAuc, { draws: 500 }),
    routeAucDjango: bootstrap(pairRows([away], { strong, weak }), routeAuc, { draws: 500 }),
  }));
  return {
    name: 'swebench',
    title: 'Two models, text alone: SWE-bench Verified',
    about:
      'The weaker model against Gemini 3 Pro on the 397 shipped issues, five folds; and fitted on all repositories but django, ' +
      'asked about django. Route-AUC over money (random .50, with its 95 % interval) and AUROC of the weaker one’s success.',
    tables: [
      {
        head: ['ours', 'AUROC', 'Route-AUC', 'Route-AUC, django left out'],
        rows: figures.map((line) => [
          line.weak,
          fixed(line.auroc, 3),
          withInterval(line.routeAuc, 3),
          withInterval(line.routeAucDjango, 3),
        ]),
      },
      {
        head: ['published', 'GPT-5 mini: AUROC', 'Route-AUC', 'DeepSeek V3.2: AUROC', 'Route-AUC'],
        rows: sweBenchPairs.map(({ router, gpt5Mini, deepseek }) => [
          router,
          ...[...gpt5Mini, ...deepseek].map((value) => fixed(value, 3)),
        ]),
      },
    ],
    notes: [
      'Nobody’s text-only router tells reliably which issue the cheap model will fail; the bar is to do no harm. Where the ' +
        'difference of two models cannot be told from words in cross-validation, ours falls back to the table.',
    ],
    figures,
  };
}

/** A row with the chance of each of its models, as a router answered that had not seen it. */
interface Asked {
  readonly row: OutcomeRow;
  readonly scores: Readonly<Record<string, number>>;
}

/** Text alone. */
function askAll(fitOn: readonly OutcomeRow[], ask: readonly OutcomeRow[]): Asked[] {
  const router = createRouter(fitOn);
  return ask.map((row) => ({ row, scores: router.decide(asQuestion(row, false)).scores }));
}

/** Every row asked of a fit without its fold; text alone. */
function askInFolds(rows: readonly OutcomeRow[], count: number): Asked[][] {
  const foldOf = ({ id }: OutcomeRow) => textHash(id) % count;
  return Array.from({ length: count }, (_, fold) =>
    askAll(
      rows.filter((row) => foldOf(row) !== fold),
      rows.filter((row) => foldOf(row) === fold),
    ),
  );
}

/**
 * Scores are taken from the mean of their fit: the table of a fold lacks the fold's own rows, so its level is too low just
 * where theirs is high, and rows of several fits would be ranked by that.
 */
function pairRows(fits: readonly (readonly Asked[])[], { strong, weak }: Pair): PairRow[] {
  const gainOf = ({ scores }: Asked) => (scores[strong] ?? 0) - (scores[weak] ?? 0);
  return fits.flatMap((asked) => {
    const mean = asked.reduce((sum, one) => sum + gainOf(one), 0) / Math.max(1, asked.length);
    return asked.map((one) => {
      const [s, w] = [one.row.results.get(strong), one.row.results.get(weak)];
      return {
        score: gainOf(one) - mean,
        strong: s?.correct ?? 0,
        weak: w?.correct ?? 0,
        strongUsd: s?.costUsd ?? 1,
        weakUsd: w?.costUsd ?? 0,
      };
    });
  });
}

function drawRows(rows: readonly OutcomeRow[], count: number, seed: number) {
  const random = createRandom(seed);
  const order = rows.map((row) => ({ row, at: random.next() })).sort((a, b) => a.at - b.at);
  return {
    drawn: order.slice(0, count).map(({ row }) => row),
    left: order.slice(count).map(({ row }) => row),
  };
}

function meanOf(runs: readonly CurveMeasures[]): CurveMeasures {
  const mean = (of: (run: CurveMeasures) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / Math.max(1, runs.length);
  return {
    apgr: mean(({ apgr }) => apgr),
    cpt50: mean(({ cpt50 }) => cpt50),
    cpt80: mean(({ cpt80 }) => cpt80),
  };
}

function apgrOf(rows: readonly PairRow[]) {
  return bootstrap(rows, (drawn) => curveMeasures(drawn).apgr, { draws: 200 });
}

interface CurveLine extends CurveMeasures {
  readonly name: string;
  readonly interval: ReturnType<typeof apgrOf> | null;
}

function lineOf(name: string, curve: CurveMeasures, interval: CurveLine['interval'] = null): CurveLine {
  return { name, ...curve, interval };
}

function publishedLine({ router, ...curve }: PublishedCurve): CurveLine {
  return lineOf(router, curve);
}

function curveTable(name: string, lines: readonly CurveLine[]): ReportTable {
  return {
    head: [name, 'APGR', 'CPT50', 'CPT80'],
    rows: lines.map((line) => [
      line.name,
      line.interval === null ? fixed(line.apgr, 3) : withInterval(line.interval, 3),
      fixed(line.cpt50, 1),
      fixed(line.cpt80, 1),
    ]),
  };
}
