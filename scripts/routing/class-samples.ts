/**
 * What the class heads learn from: short requests written for this project, and benchmark prompts whose class is known.
 * Of each source only a bounded number a class, picked by hash: the large sets must not outvote the way people ask.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { classOfType } from './boards.ts';
import type { TaskClass } from './engine.ts';
import { taskClasses } from './engine.ts';
import { textHash } from './fit-arena.ts';
import { readOutcomes } from './rows.ts';

export interface ClassSample {
  readonly prompt: string;
  readonly taskClass: TaskClass;
}

const perSourceAndClass = 120;

const examplesSchema = z.looseObject({ examples: z.record(z.string(), z.array(z.string())) });

/** The requests written for this project, by class. */
function readExamples(folder: string): ClassSample[] {
  const { examples } = examplesSchema.parse(
    JSON.parse(readFileSync(join(folder, 'kind-examples.json'), 'utf8')),
  );
  return Object.entries(examples).flatMap(([name, prompts]) => {
    const taskClass = taskClasses.find((known) => known === name);
    if (taskClass === undefined) throw new Error(`kind-examples.json: no such class: ${name}`);
    return prompts.map((prompt) => ({ prompt, taskClass }));
  });
}

export function readClassSamples(folder: string): ClassSample[] {
  const rowsOf = (name: string) => readOutcomes(join(folder, `${name}.jsonl.gz`));
  const benchmark = rowsOf('coderouterbench_id').flatMap(({ prompt, category }) => {
    const taskClass = classOfType[category ?? ''];
    return prompt === null || taskClass === undefined ? [] : [{ prompt, taskClass }];
  });
  const all = (name: string, taskClass: TaskClass): ClassSample[] =>
    rowsOf(name).flatMap(({ prompt }) => (prompt === null ? [] : [{ prompt, taskClass }]));
  return [
    ...readExamples(folder),
    ...bounded(benchmark),
    ...bounded(all('livecodebench_v5', 'generate.algorithm')),
    ...bounded(all('swebench_verified_miniswe', 'agentic')),
    ...bounded(all('routellm_mmlu', 'chat')),
    ...bounded(all('routellm_gsm8k', 'chat')),
  ];
}

function bounded(samples: readonly ClassSample[]): ClassSample[] {
  const taken = new Map<TaskClass, number>();
  return [...samples]
    .sort((a, b) => textHash(a.prompt) - textHash(b.prompt))
    .filter(({ taskClass }) => {
      const count = (taken.get(taskClass) ?? 0) + 1;
      taken.set(taskClass, count);
      return count <= perSourceAndClass;
    });
}
