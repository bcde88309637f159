/**
 * Loader and measures against figures that others computed from the same rows: if these hold, a figure of ours can be
 * compared with theirs.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { choiceMeasures, curveMeasures } from '../routing-metrics.ts';
import { createRandom } from './engine.ts';
import { readOutcomes, type OutcomeRow } from './rows.ts';

const folder = join(import.meta.dirname, '../../data/routing');
const load = (name: string) => readOutcomes(join(folder, `${name}.jsonl.gz`));
const modelsOf = (rows: readonly OutcomeRow[]) =>
  [...new Set(rows.flatMap(({ results }) => [...results.keys()]))].sort();

describe('CodeRouterBench', () => {
  let rows: OutcomeRow[] = [];
  beforeAll(() => {
    rows = load('coderouterbench_id');
  });
  const dev = () => rows.filter(({ split }) => split === 'dev');
  const complete = (of: readonly OutcomeRow[]) =>
    of.filter(({ results }) => [...results.values()].every(({ isMeasured }) => isMeasured));
  const measure = (of: readonly OutcomeRow[], choose: (row: OutcomeRow) => string) => {
    const models = modelsOf(rows);
    const { avgPerf, totalUsd } = choiceMeasures(
      of.map((row) => ({
        chosen: models.indexOf(choose(row)),
        outcomes: models.map((model) => row.results.get(model)?.correct ?? 0),
        costsUsd: models.map((model) => row.results.get(model)?.costUsd ?? 0),
      })),
    );
    return `${avgPerf.toFixed(2)} / ${totalUsd.toFixed(2)}`;
  };
  /** Plain type table: mean of correct - lambda cost over all cells of the train rows. */
  const table = (lambda: number) => {
    const best = new Map<string, string>();
    const train = rows.filter(({ split }) => split === 'train');
    for (const category of new Set(train.map((row) => row.category ?? ''))) {
      const own = train.filter((row) => row.category === category);
      const value = (model: string) => {
        const cells = own.flatMap(({ results }) => results.get(model) ?? []);
        const costs = cells.flatMap(({ costUsd }) => costUsd ?? []);
        const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        return mean(cells.map(({ correct }) => correct)) - lambda * mean(costs);
      };
      best.set(category, modelsOf(rows).sort((a, b) => value(b) - value(a))[0] ?? '');
    }
    return (row: OutcomeRow) => best.get(row.category ?? '') ?? '';
  };

  it('has the published shape', () => {
    expect([rows.length, dev().length, complete(dev()).length]).toEqual([7_080, 1_013, 844]);
    const cells = rows.flatMap(({ results }) => [...results.values()]);
    expect([cells.length, cells.filter(({ isMeasured }) => !isMeasured).length]).toEqual([56_640, 2_310]);
  });

  it('gives the single models and the oracle their figures on dev', () => {
    const oracle = (row: OutcomeRow) =>
      [...row.results].sort(
        ([, a], [, b]) => b.correct - 0.1 * (b.costUsd ?? 0) - (a.correct - 0.1 * (a.costUsd ?? 0)),
      )[0]?.[0] ?? '';
    expect(measure(dev(), oracle)).toBe('59.10 / 2.37');
    expect(measure(complete(dev()), oracle)).toMatch(/^54\.13/);
    const single = (model: string) => [measure(dev(), () => model), measure(complete(dev()), () => model)];
    expect(single('claude-opus-4-6')).toEqual(['43.65 / 12.16', '46.45 / 6.85']);
    expect(single('claude-sonnet-4-6')).toEqual(['40.90 / 8.51', '42.74 / 4.77']);
    expect(single('gpt-5.4')).toEqual(['39.75 / 5.97', '38.52 / 3.21']);
    expect(single('Qwen3-Max')).toEqual(['38.25 / 2.26', '35.46 / 1.77']);
    expect(single('kimi-k2.5')).toEqual(['36.63 / 1.05', '38.13 / 0.58']);
  });

  it('gives the plain type table its figures', () => {
    expect(measure(dev(), table(0))).toBe('51.22 / 5.63');
    expect(measure(complete(dev()), table(0))).toBe('48.71 / 4.20');
    expect(measure(dev(), table(5))).toBe('50.99 / 4.53');
    expect(measure(complete(dev()), table(5))).toBe('48.50 / 3.38');
    expect(measure(dev(), table(20))).toBe('49.69 / 2.96');
  });
});

describe('SWE-bench Verified', () => {
  it('gives the single models their shares and prices', () => {
    const rows = load('swebench_verified_miniswe');
    expect(rows).toHaveLength(397);
    const figures = (model: string) => {
      const cells = rows.flatMap(({ results }) => results.get(model) ?? []);
      const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / rows.length;
      const solved = 100 * mean(cells.map(({ correct }) => correct));
      return `${solved.toFixed(1)} at ${mean(cells.map(({ costUsd }) => costUsd ?? 0)).toFixed(3)}`;
    };
    expect(figures('claude-opus-4-5-20251101')).toBe('74.1 at 0.730');
    expect(figures('gemini-3-pro-preview')).toBe('73.8 at 0.475');
    expect(figures('gpt-5-2025-08-07')).toBe('63.0 at 0.291');
    expect(figures('deepseek-v3.2-reasoner')).toBe('58.7 at 0.028');
    expect(figures('gpt-5-mini-2025-08-07')).toBe('58.2 at 0.036');
  });
});

describe('LiveCodeBench', () => {
  it('gives the best single model and the oracle their figures', () => {
    const rows = load('livecodebench_v5');
    expect(rows).toHaveLength(699);
    const mean = (values: readonly number[]) => (100 * values.reduce((a, b) => a + b, 0)) / values.length;
    expect(mean(rows.map(({ results }) => results.get('O4-Mini (High)')?.correct ?? 0))).toBeCloseTo(86.4, 1);
    const best = rows.map(({ results }) => Math.max(...[...results.values()].map(({ correct }) => correct)));
    expect(mean(best)).toBeCloseTo(96.3, 1);
  });
});

describe('RouteLLM', () => {
  it('gives a random router on MMLU the published figures', () => {
    const rows = load('routellm_mmlu').filter(({ isContaminated }) => !isContaminated);
    expect(rows).toHaveLength(11_236);
    const random = createRandom(1);
    const runs = Array.from({ length: 10 }, () =>
      curveMeasures(
        rows.map(({ results }) => ({
          score: random.next(),
          strong: results.get('gpt-4-1106-preview')?.correct ?? 0,
          weak: results.get('mistralai/Mixtral-8x7B-Instruct-v0.1')?.correct ?? 0,
        })),
      ),
    );
    const mean = (of: (run: (typeof runs)[number]) => number) => runs.reduce((a, run) => a + of(run), 0) / 10;
    // Published .500, 50.07, 79.93, with ten runs as well.
    expect(Math.abs(mean((run) => run.apgr) - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(mean((run) => run.cpt50) - 50)).toBeLessThan(1.5);
    expect(Math.abs(mean((run) => run.cpt80) - 80)).toBeLessThan(1.5);
  });
});
