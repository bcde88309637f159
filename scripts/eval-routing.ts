/**
 * `npm run eval:routing`: the routing decision as a command, so that others can measure it.
 *
 *   --input rows.jsonl [--output decisions.jsonl] [--fit rows.jsonl[.gz]] [--lambda X]
 *   --report [--json]
 *
 * The first form answers questions without results. `--fit` may be given several times and replaces all shipped outcome
 * data. The second form measures on the dev rows and prints ours beside published routers; docs/routing-quality.md is
 * its output.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeReport } from './routing/report.ts';
import { createRouter, defaultLambda } from './routing/router.ts';
import { readOutcomes, readQuestions, RowError, type OutcomeRow } from './routing/rows.ts';

const usage = `Usage: eval:routing --input rows.jsonl [--output decisions.jsonl] [--fit rows.jsonl[.gz]]... [--lambda X]
       eval:routing --report [--json]

  --input   questions, one a line: {"id", "prompt": text or null, "category"?, "models": [..], "prices"?}
  --output  decisions in the same order: {"id", "model", "scores"}; without it, standard output
  --fit     outcome rows to learn from instead of all that is shipped
  --lambda  chance of success that one US dollar is worth (default ${defaultLambda})
  --report  measures on the dev rows of the shipped data`;

class UsageError extends Error {}

/** Shipped outcome rows: one file a set, see data/routing/NOTICE.md. */
const shippedFolder = join(import.meta.dirname, '../data/routing');

function main(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: {
      input: { type: 'string' },
      output: { type: 'string' },
      fit: { type: 'string', multiple: true },
      lambda: { type: 'string' },
      report: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (values.report) {
    const report = makeReport(shippedFolder, (line) => process.stderr.write(`${line}\n`));
    process.stdout.write(values.json ? `${JSON.stringify(report.figures)}\n` : report.markdown);
    return;
  }
  if (values.input === undefined) throw new UsageError('--input or --report is needed');
  const lambda = values.lambda === undefined ? defaultLambda : Number(values.lambda);
  if (!(lambda >= 0 && lambda < Infinity)) throw new UsageError('--lambda must be a number of at least 0');

  // Questions first: a mistake in them should not cost the time of fitting.
  const questions = readQuestions(values.input);
  const router = createRouter(values.fit === undefined ? shippedRows() : values.fit.flatMap(readOutcomes), {
    lambda,
  });
  const lines = questions.map((question) => `${JSON.stringify(router.decide(question))}\n`).join('');
  if (values.output === undefined) process.stdout.write(lines);
  else writeFileSync(values.output, lines);
}

function shippedRows(): OutcomeRow[] {
  return readdirSync(shippedFolder)
    .filter((name) => name.endsWith('.jsonl.gz'))
    .sort()
    .flatMap((name) => readOutcomes(join(shippedFolder, name)));
}

try {
  main(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof UsageError ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  if (isUsage) {
    process.stderr.write(`${error.message}\n${usage}\n`);
    process.exitCode = 2;
  } else if (error instanceof RowError || (error instanceof Error && 'syscall' in error)) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
