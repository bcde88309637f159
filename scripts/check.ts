/**
 * `npm run check`: every static check, two at a time, each with its verdict and time; what a check had to say is printed
 * only when it failed or warned. All run even after a failure, so that one run shows everything there is to mend.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Check {
  readonly name: string;
  /** A program of node_modules/.bin, or `node`, with its arguments; no argument holds a space. */
  readonly command: string;
}

interface Verdict {
  readonly name: string;
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: number;
}

const root = join(import.meta.dirname, '..');

/** The slow ones first, so that the two lanes end together. */
const checks: readonly Check[] = [
  { name: 'lint', command: 'eslint .' },
  { name: 'types', command: 'tsc -b --pretty false' },
  { name: 'spelling', command: 'cspell lint --quiet --cache --cache-location out/cache/cspell .' },
  {
    name: 'format',
    command: 'prettier --check --log-level warn --cache --cache-location out/cache/prettier .',
  },
  { name: 'dead code', command: 'knip --no-progress' },
  {
    name: 'imports',
    command: 'depcruise --config .dependency-cruiser.cjs protocol daemon extension webview test scripts',
  },
  { name: 'generated files', command: 'node scripts/generate.ts --check' },
  { name: 'model catalog', command: 'node scripts/generate-catalog.ts --check' },
];

function run({ name, command }: Check): Promise<Verdict> {
  const started = performance.now();
  const [program = '', ...args] = command.split(' ');
  // On Windows the programs in .bin are batch files, which only a shell can start.
  const shell = process.platform === 'win32' && program !== 'node';
  const file = program === 'node' ? process.execPath : join(root, 'node_modules/.bin', program);
  return new Promise((resolve) => {
    execFile(file, args, { cwd: root, shell, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const output = stdout + stderr || (error?.message ?? '');
      resolve({ name, passed: error === null, output, seconds: (performance.now() - started) / 1000 });
    });
  });
}

function report({ name, passed, output, seconds }: Verdict): void {
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name.padEnd(16)}  ${seconds.toFixed(1)} s`);
  if (!passed || output.includes(' warning ')) console.log(`\n${output.trim()}\n`);
}

const waiting = [...checks];
const failed: string[] = [];

async function lane(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const verdict = await run(check);
    report(verdict);
    if (!verdict.passed) failed.push(verdict.name);
  }
}

await Promise.all([lane(), lane()]);
console.log(failed.length === 0 ? 'check: clean' : `check: ${failed.join(', ')} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
