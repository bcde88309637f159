/** Published results as boards of `share of tasks done` per model, read from data/routing/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { TaskClass } from './engine.ts';
import type { BoardResult, PricedModel } from './fit-abilities.ts';
import { fitTable } from './fit-table.ts';
import { readOutcomes } from './rows.ts';

/** CodeRouterBench's types as task classes of the product. */
export const classOfType: Readonly<Record<string, TaskClass>> = {
  bug_fixing: 'fix',
  code_refactoring: 'refactor',
  test_generation: 'test',
  code_understanding: 'explain',
  code_generation: 'generate',
  code_completion: 'generate.completion',
  algorithm: 'generate.algorithm',
  data_science: 'generate.dataScience',
  multi_language: 'generate.otherLanguage',
};

/** A type of CodeRouterBench is a ninth of a board; boards of 2024 say little of today's models. */
const typeWeight = 0.2;
const oldBoardWeight = 0.3;

const aiderSchema = z.looseObject({
  rows: z.array(
    z.looseObject({
      model: z.string(),
      pass_rate_1: z.number().nullish(),
      pass_rate_2: z.number().nullish(),
    }),
  ),
});
const devQualitySchema = z.looseObject({
  rows: z.array(z.looseObject({ model: z.string(), task: z.string(), executed_share: z.number().nullish() })),
});
const pricesSchema = z.looseObject({
  model_prices_paper_usd_per_mtok: z.record(z.string(), z.looseObject({ in: z.number(), out: z.number() })),
});

export function readBoards(folder: string): BoardResult[] {
  return [
    ...typeBoards(folder),
    ...wholeBoard(folder, 'swebench_verified_miniswe', 'agentic'),
    ...wholeBoard(folder, 'livecodebench_v5', 'generate.algorithm'),
    ...aiderBoard(folder, 'aider_polyglot', { weight: 1, taskClass: null }),
    ...aiderBoard(folder, 'aider_edit', { weight: oldBoardWeight, taskClass: null }),
    ...aiderBoard(folder, 'aider_refactor', { weight: oldBoardWeight, taskClass: 'refactor' }),
    ...devQualityBoards(folder),
  ];
}

/** CodeRouterBench's models at the prices of its paper. */
export function readPrices(folder: string): PricedModel[] {
  const { model_prices_paper_usd_per_mtok: prices } = pricesSchema.parse(
    JSON.parse(readFileSync(join(folder, 'coderouterbench_id.meta.json'), 'utf8')),
  );
  return Object.entries(prices).map(([modelId, price]) => ({
    modelId,
    blendedPerMTok: (3 * price.in + price.out) / 4,
  }));
}

function typeBoards(folder: string): BoardResult[] {
  const rows = readOutcomes(join(folder, 'coderouterbench_id.jsonl.gz'));
  const models = [...new Set(rows.flatMap(({ results }) => [...results.keys()]))].sort();
  const table = fitTable(rows, models);
  return [...table.classes].flatMap(([type, { chances }]) =>
    models.map((modelId, at) => ({
      board: `coderouterbench/${type}`,
      modelId,
      share: chances[at] ?? 0.5,
      weight: typeWeight,
      taskClass: classOfType[type] ?? null,
    })),
  );
}

function wholeBoard(folder: string, name: string, taskClass: TaskClass): BoardResult[] {
  const rows = readOutcomes(join(folder, `${name}.jsonl.gz`));
  const models = [...new Set(rows.flatMap(({ results }) => [...results.keys()]))].sort();
  return models.map((modelId) => {
    const cells = rows.flatMap(({ results }) => results.get(modelId)?.correct ?? []);
    const share = cells.reduce((a, b) => a + b, 0) / Math.max(1, cells.length);
    return { board: name, modelId, share, weight: 1, taskClass };
  });
}

function aiderBoard(
  folder: string,
  name: string,
  about: Pick<BoardResult, 'weight' | 'taskClass'>,
): BoardResult[] {
  const { rows } = aiderSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  return rows.map(({ model, pass_rate_1: first, pass_rate_2: second }) => ({
    board: name,
    modelId: model,
    share: (second ?? first ?? 0) / 100,
    ...about,
  }));
}

/** Of each task of DevQualityEval the share of answers that compiled and ran; the variants with repairs are left out. */
function devQualityBoards(folder: string): BoardResult[] {
  const { rows } = devQualitySchema.parse(
    JSON.parse(readFileSync(join(folder, 'devqualityeval_v06.json'), 'utf8')),
  );
  const shares = new Map<string, { model: string; task: string; values: number[] }>();
  for (const { model, task, executed_share: share } of rows) {
    if (share == null || task.endsWith('-fix')) continue;
    const key = JSON.stringify([model, task]);
    const entry = shares.get(key) ?? { model, task, values: [] };
    entry.values.push(share);
    shares.set(key, entry);
  }
  return [...shares.values()].map(({ model, task, values }) => ({
    board: `devqualityeval/${task}`,
    modelId: model,
    share: values.reduce((a, b) => a + b, 0) / values.length,
    weight: oldBoardWeight / 3,
    taskClass: null,
  }));
}
