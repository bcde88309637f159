/**
 * Runs benches and simulations by name and prints what they measured. A bench is a file `<name>.bench.ts` (a simulation:
 * `<name>.sim.ts`) that exports `name` and `run`; the harness knows nothing else of it, so a new one is a new file.
 *
 * With `--json` standard output is one line a bench, for machines to compare; without it a table for people. Benches
 * run one after the other, in the order asked for: two at once would measure each other.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { formatReport, type Measured, type Report } from './report.ts';

export type { Measured } from './report.ts';

const figureSchema = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const measuredSchema: z.ZodType<Measured> = z
  .object({ rows: z.array(z.record(z.string(), figureSchema)).optional(), seed: z.number().optional() })
  .catchall(figureSchema);

/** What a bench file exports. */
export interface Bench {
  /** The name it is called by: the file's name without its ending. */
  readonly name: string;
  /** Measures once. Throws when it cannot: a bench that fails has no figures. */
  run(): Promise<Measured>;
}

/** Where benches are found and where the output goes. */
export interface Suite {
  readonly folder: string;
  /** The ending of a bench file, `.bench.ts` for example. */
  readonly ending: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** The whole program behind `npm run bench` and `npm run simulate`. */
export async function main(folder: string, ending: string): Promise<void> {
  // A stray console.log of something measured must not break the one line of JSON.
  console.log = console.error;
  process.exitCode = await runSuite(
    {
      folder,
      ending,
      out: (line) => process.stdout.write(`${line}\n`),
      err: (line) => process.stderr.write(`${line}\n`),
    },
    process.argv.slice(2),
  );
}

/** Runs what the arguments ask for. Returns the exit code: 0 measured, 1 a bench failed, 2 usage. */
export async function runSuite(suite: Suite, args: readonly string[]): Promise<number> {
  const known = benchNames(suite);
  const asked = args.filter((arg) => !arg.startsWith('--'));
  const wrong = [
    ...asked.filter((name) => !known.includes(name)),
    ...args.filter((arg) => arg.startsWith('--') && arg !== '--json'),
  ];
  if (asked.length === 0 || wrong.length > 0) {
    if (wrong.length > 0) suite.err(`Not known: ${wrong.join(', ')}`);
    suite.err(`Usage: <name>... [--json], where a name is one of: ${known.join(', ') || '(none yet)'}`);
    return 2;
  }

  let failed = 0;
  for (const name of asked) {
    try {
      const report = await measure(suite, name);
      suite.out(args.includes('--json') ? JSON.stringify(report) : formatReport(report));
    } catch (error) {
      failed += 1;
      suite.err(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return failed === 0 ? 0 : 1;
}

function benchNames({ folder, ending }: Suite): string[] {
  return globSync(`*${ending}`, { cwd: folder })
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

async function measure(suite: Suite, name: string): Promise<Report> {
  const file = join(suite.folder, `${name}${suite.ending}`);
  const bench = (await import(pathToFileURL(file).href)) as Partial<Bench>;
  if (bench.name !== name || typeof bench.run !== 'function') {
    throw new TypeError(`${file} must export \`name\` (= '${name}') and \`run\``);
  }
  return Object.assign({ name }, measuredSchema.parse(await bench.run()));
}
