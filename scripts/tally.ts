/**
 * Adds up what the tiers reported and prints the last line of CI: `N passed, N failed`.
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
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

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

function main(args: readonly string[]): void {
  let passed = 0;
  let failed = 0;
  for (const [name = '', code = '1'] of args.map((arg) => arg.split('='))) {
    const file = join(import.meta.dirname, `../out/reports/${name}.json`);
    const count = countTier(existsSync(file) ? readFileSync(file, 'utf8') : null, Number(code));
    console.log(`${name.padEnd(8)}  ${count.passed} passed, ${count.failed} failed, exit code ${code}`);
    passed += count.passed;
    failed += count.failed;
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.main) main(process.argv.slice(2));
