/** The harness against real bench files in a temporary folder: what it prints, and the exit code. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSuite } from './harness.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'task-router-bench-'));
  const bench = (name: string, result: string) =>
    writeFile(
      join(folder, `${name}.bench.ts`),
      `export const name = '${name}';\nexport async function run() { ${result} }\n`,
    );
  await bench('decide', 'return { routes: 100, p99Us: 12.3456, cached: null };');
  await bench(
    'ladder',
    "return { seed: 7, rows: [{ who: 'best', shareOf: 0.5 }, { who: 'worst', shareOf: 12 }] };",
  );
  await bench('broken', "throw new Error('no server');");
  await bench('odd', 'return { nested: { a: 1 } };');
  await writeFile(
    join(folder, 'misnamed.bench.ts'),
    "export const name = 'other';\nexport async function run() {}\n",
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const suite = {
    folder,
    ending: '.bench.ts',
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
  };
  return { code: await runSuite(suite, args), out, err: err.join('\n') };
}

describe('bench harness', () => {
  it('prints exactly one line of JSON a bench, in the order asked for', async () => {
    const { code, out } = await run('ladder', 'decide', '--json');
    expect(code).toBe(0);
    expect(out).toEqual([
      '{"name":"ladder","rows":[{"who":"best","shareOf":0.5},{"who":"worst","shareOf":12}],"seed":7}',
      '{"name":"decide","routes":100,"p99Us":12.3456,"cached":null}',
    ]);
  });

  it('prints a readable table without --json', async () => {
    const { out } = await run('decide', 'ladder');
    expect(out.join('\n')).toBe(
      [
        'decide',
        '  routes  100',
        '  p99Us   12.35',
        '  cached  -',
        '',
        'ladder',
        '  seed  7',
        '  who    shareOf',
        '  best       0.5',
        '  worst       12',
        '',
      ].join('\n'),
    );
  });

  it('lists the names and exits with 2 on a name it does not know, before anything runs', async () => {
    const { code, out, err } = await run('decide', 'nonsense');
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toContain('Not known: nonsense');
    expect(err).toContain('broken, decide, ladder, misnamed, odd');
  });

  it.each([[[]], [['decide', '--nonsense']]])('exits with 2 on %j', async (args) => {
    expect((await run(...args)).code).toBe(2);
  });

  it('goes on after a bench that fails, and exits with 1', async () => {
    const { code, out, err } = await run('broken', 'decide', '--json');
    expect(code).toBe(1);
    expect(out).toHaveLength(1);
    expect(err).toContain('no server');
  });

  it.each(['odd', 'misnamed'])(
    'refuses %s: figures are flat, and a bench answers to its file name',
    async (name) => {
      expect((await run(name)).code).toBe(1);
    },
  );
});
