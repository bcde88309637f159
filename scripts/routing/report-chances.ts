/** How true the predicted chances are: CodeRouterBench's dev rows that have text, fitted on train. */
import { join } from 'node:path';
import { auroc, bootstrap, brier, calibrationError, type Forecast } from '../routing-metrics.ts';
import { fixed, withInterval, type ReportPart } from './report-form.ts';
import { createRouter, type Router } from './router.ts';
import { asQuestion, readOutcomes, type OutcomeRow, type Question } from './rows.ts';

export function chancesPart(folder: string): ReportPart {
  const rows = readOutcomes(join(folder, 'coderouterbench_id.jsonl.gz'));
  const router = createRouter(rows.filter(({ split }) => split === 'train'));
  const dev = rows.filter(({ split }) => split === 'dev');
  const withText = dev.filter(({ prompt }) => prompt !== null);
  const both = (row: OutcomeRow) => forecasts(router, asQuestion(row, true), row);
  const textAlone = (row: OutcomeRow) => forecasts(router, asQuestion(row, false), row);
  const classAlone = (row: OutcomeRow) => forecasts(router, { ...asQuestion(row, true), prompt: null }, row);
  const lines = [
    measure('class and text; rows with text', withText, both),
    measure('the same with the filled-in cells', withText.map(asIfMeasured), both),
    measure('text alone; rows with text', withText, textAlone),
    measure('class alone; rows with text', withText, classAlone),
    measure('class, and text where there is some; all rows', dev, both),
  ];
  return {
    name: 'chances',
    title: 'Chances: how true they are',
    about:
      'CodeRouterBench, fitted on train. A forecast is a pair of row and model, measured cells only unless said. AUROC of success with ' +
      'its 95 % interval by row; Brier; expected calibration error in ten equal bins. Reference figures on the same 411 rows: ' +
      'type table .701 / .178, type and source table .792 / .136, text residual at its best .840 / .135 (AUROC / Brier).',
    tables: [
      {
        head: ['dev', 'rows', 'AUROC', 'Brier', 'calibration error'],
        rows: lines.map((line) => [
          line.name,
          String(line.rows),
          withInterval(line.auroc, 3),
          fixed(line.brier, 3),
          fixed(line.calibrationError, 3),
        ]),
      },
    ],
    notes: [
      'Part of the lift is the text giving away the benchmark that a row came from, which a real request does not do.',
    ],
    figures: lines,
  };
}

function measure(name: string, rows: readonly OutcomeRow[], of: (row: OutcomeRow) => Forecast[]) {
  const groups = rows.map(of);
  const all = groups.flat();
  return {
    name,
    rows: rows.length,
    auroc: bootstrap(groups, (drawn) => auroc(drawn.flat()), { draws: 200 }),
    brier: brier(all),
    calibrationError: calibrationError(all),
  };
}

function forecasts(router: Router, question: Question, { results }: OutcomeRow): Forecast[] {
  const { scores } = router.decide(question);
  return [...results].flatMap(([model, cell]) =>
    cell.isMeasured ? [{ chance: scores[model] ?? 0.5, outcome: cell.correct }] : [],
  );
}

function asIfMeasured(row: OutcomeRow): OutcomeRow {
  const cells = [...row.results].map(([model, cell]) => [model, { ...cell, isMeasured: true }] as const);
  return { ...row, results: new Map(cells) };
}
