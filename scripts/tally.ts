/**
 * Adds up what the tiers reported and prints the last lines of CI: what failed and why, each tier's counts, and
 * `N passed, N failed`.
 *
 *   node scripts/tally.ts <tier>=<exit code>...
 *
 * A tier's counts come from vitest's JSON report, out/reports/<tier>.json. A tier that ended badly without a failed test
 * to show for it (it crashed, it has no tests, or it is no test tier at all) counts as one failure, so that the line
 * never looks better than the exit codes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** Of a failure's text, enough to tell which one it was. */
const maxLines = 12;
const maxLineLength = 400;

/** Tests of one tier. `report` is vitest's JSON text, or null when the tier wrote none. */
export function countTier(report: string | null, exitCode: number): Count {
  const files = report === null ? [] : reportSchema.parse(JSON.parse(report)).testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const failedTests = tests.filter(({ status }) => status === 'failed').length;
  // A file that could not even be loaded has no tests of its own.
  const brokenFiles = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const failed = failedTests + brokenFiles;
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
  };
}

/** What failed in one tier, a block of text each: the file, the test, and the beginning of what it threw. */
export function failuresIn(report: string | null): string[] {
  if (report === null) return [];
  return reportSchema.parse(JSON.parse(report)).testResults.flatMap(({ name, message, ...file }) => {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    // A file that could not even be loaded has a message of its own.
    if (failed.length === 0) return file.status === 'failed' ? [block(name, message)] : [];
    return failed.map((test) => block(`${name} > ${test.fullName}`, (test.failureMessages ?? []).join('\n')));
  });
}

function block(title: string, text: string): string {
  const lines = text.split('\n').slice(0, maxLines);
  return [title, ...lines.map((line) => `    ${line.slice(0, maxLineLength)}`)].join('\n');
}

function main(args: readonly string[]): void {
  const root = join(import.meta.dirname, '..');
  const tiers = args.map((arg) => {
    const [name = '', code = '1'] = arg.split('=');
    const file = join(root, `out/reports/${name}.json`);
    const report = existsSync(file) ? readFileSync(file, 'utf8') : null;
    return { name, code, failures: failuresIn(report), ...countTier(report, Number(code)) };
  });
  for (const { name, failures } of tiers)
    for (const failure of failures) console.log(`FAILED in ${name}: ${failure.replaceAll(`${root}/`, '')}`);
  for (const { name, code, passed, failed } of tiers)
    console.log(`${name.padEnd(8)}  ${passed} passed, ${failed} failed, exit code ${code}`);
  const total = (of: (tier: Count) => number) => tiers.reduce((sum, tier) => sum + of(tier), 0);
  const failed = total((tier) => tier.failed);
  console.log(`${total((tier) => tier.passed)} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.main) main(process.argv.slice(2));
