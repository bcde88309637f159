/** The evaluation from outside: the real command as a child process, files in and files out. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from './routing/engine.ts';

interface Decision {
  readonly id: string;
  readonly model: string;
  readonly scores: Record<string, number>;
}

const command = join(import.meta.dirname, 'eval-routing.ts');
const random = createRandom(9);
const words = 'sort list graph tree socket lock thread query index cache parse token render layout'.split(
  ' ',
);
const prompt = (hard: boolean) =>
  Array.from({ length: 12 }, () => words[Math.floor(random.next() * 7) + (hard ? 7 : 0)]).join(' ');

/** `big` does everything, `small` only what is easy; `only-here` occurs in no shipped row. */
const outcomes = Array.from({ length: 160 }, (_, at) => {
  const hard = at % 2 === 0;
  return {
    id: `row-${at}`,
    prompt: at % 5 === 0 ? null : prompt(hard),
    category: hard ? 'hard' : 'easy',
    split: 'train',
    unknown_field: { nested: true },
    results: {
      big: { correct: 1, cost: 0.01, tokens_in: 100, tokens_out: 200, latency: 3 },
      small: { correct: hard ? 0 : 1, cost: 0.0001, tokens_in: 100, tokens_out: 200, latency: 1 },
      'only-here': { correct: at % 3 === 0 ? 1 : 0, cost: 0.001, tokens_in: 90, tokens_out: 100, latency: 2 },
    },
  };
});
const models = ['big', 'small', 'only-here'];
const questions = [
  { id: 'easy', prompt: null, category: 'easy', models },
  { id: 'hard', prompt: null, category: 'hard', models },
  { id: 'words', prompt: prompt(true), models },
  {
    id: 'words and class',
    prompt: prompt(false),
    category: 'easy',
    models,
    results: { big: { correct: 0 } },
  },
  { id: 'unknown class', prompt: '秋の歌：葉が落ち、風が歌う。', category: 'poetry', models, extra: [1] },
  { id: 'unknown model', prompt: null, category: 'easy', models: ['big', 'never-heard-of'] },
  {
    id: 'priced',
    prompt: prompt(true),
    category: 'hard',
    models,
    prices: {
      big: { inputPerMTok: 9_000, outputPerMTok: 9_000 },
      small: { inputPerMTok: 1, outputPerMTok: 1 },
    },
  },
  { id: 'nothing but models', models: ['a', 'b'] },
];

describe('eval:routing', () => {
  let folder = '';
  let fit = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eval-routing-'));
    fit = join(folder, 'fit.jsonl.gz');
    writeFileSync(fit, gzipSync(linesOf(outcomes)));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) => spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
  const decide = (rows: readonly unknown[], ...args: string[]): Decision[] => {
    const [input, output] = [join(folder, 'in.jsonl'), join(folder, 'out.jsonl')];
    writeFileSync(input, linesOf(rows));
    const { status, stderr, stdout } = run('--input', input, '--output', output, ...args);
    expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: '' });
    return readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Decision);
  };
  const fitted = (rows: readonly unknown[], ...more: string[]) => decide(rows, '--fit', fit, ...more);

  it('answers every row in order, with a chance for each of its models', () => {
    const decisions = fitted(questions);
    expect(decisions.map(({ id }) => id)).toEqual(questions.map(({ id }) => id));
    for (const [at, { model, scores }] of decisions.entries()) {
      expect(Object.keys(scores)).toEqual(questions[at]?.models);
      expect(questions[at]?.models).toContain(model);
      for (const chance of Object.values(scores)) expect(chance > 0 && chance < 1).toBe(true);
    }
    const chosen = new Map(decisions.map(({ id, model }) => [id, model]));
    expect(chosen.get('hard')).toBe('big');
    expect(chosen.get('words')).toBe('big');
    expect(chosen.get('priced')).not.toBe('big');

    // Whatever the order and company of the rows, what their ids and what their results are.
    const answers = ({ model, scores }: Decision) => ({ model, scores });
    const turned = [...questions].reverse().map((row, at) => ({ ...row, id: `x${at}`, results: undefined }));
    expect(fitted(turned).reverse().map(answers)).toEqual(decisions.map(answers));
    expect(fitted([questions[2]])).toEqual([decisions[2]]);
    // Unrounded: a number of a fit does not end after six digits.
    expect(String(decisions[2]?.scores['small']).length).toBeGreaterThan(10);
  }, 60_000);

  it('weighs money as --lambda says', () => {
    const untold = questions.slice(0, 2);
    const choices = (lambda: string) => fitted(untold, '--lambda', lambda).map(({ model }) => model);
    expect(choices('0')[1]).toBe('big');
    expect(choices('20')).toEqual(['small', 'big']);
    expect(choices('10000')).toEqual(['small', 'small']);
  }, 60_000);

  it('knows the shipped outcomes without --fit, and nothing of them with it', () => {
    const shipped = {
      id: 'q',
      prompt: null,
      category: 'code_completion',
      models: ['claude-opus-4-6', 'kimi-k2.5'],
    };
    const [known] = decide([shipped]);
    const [replaced] = fitted([shipped]);
    const gap = ({ scores }: Decision) => (scores['claude-opus-4-6'] ?? 0) - (scores['kimi-k2.5'] ?? 0);
    expect(known === undefined ? 0 : gap(known)).toBeGreaterThan(0.15);
    expect(replaced === undefined ? 1 : gap(replaced)).toBe(0);
  }, 60_000);

  it.each([
    ['not JSON', '{"id": "a", "models": ["m"]}\n{oops}', /in\.jsonl line 2: not JSON/],
    ['no models', '\n{"id": "a", "models": []}', /in\.jsonl line 2: models/],
    ['a wrong prompt', '{"id": "a", "prompt": 7, "models": ["m"]}', /in\.jsonl line 1: prompt/],
    [
      'a wrong price',
      '{"id": "a", "models": ["m"], "prices": {"m": {"inputPerMTok": -1, "outputPerMTok": 1}}}',
      /line 1: prices\.m\.inputPerMTok/,
    ],
    ['an array', '[]', /line 1/],
  ])('names the line of %s and writes nothing', (_, text, message) => {
    const input = join(folder, 'in.jsonl');
    const output = join(folder, 'never.jsonl');
    writeFileSync(input, text);
    const { status, stderr } = run('--input', input, '--output', output, '--fit', fit);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(() => readFileSync(output)).toThrow();
  });

  it('names the line of a bad fit row, and says how it is used', () => {
    const input = join(folder, 'in.jsonl');
    writeFileSync(input, linesOf(questions));
    const bad = join(folder, 'bad.jsonl');
    writeFileSync(bad, `${linesOf(outcomes.slice(0, 2))}{"id":"x","results":{"m":{"correct":3}}}\n`);
    const wrongRow = run('--input', input, '--fit', bad);
    expect([wrongRow.status, wrongRow.stdout]).toEqual([1, '']);
    expect(wrongRow.stderr).toMatch(/bad\.jsonl line 3: results\.m\.correct/);
    for (const args of [[], ['--lambda', '-1', '--input', input], ['--nonsense']]) {
      const misused = run(...args);
      expect(misused.status).toBe(2);
      expect(misused.stderr).toMatch(/Usage: eval:routing/);
    }
  });
});

function linesOf(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
