import { describe, expect, it } from 'vitest';
import { loadRoutingModel } from '../../routing-model/index.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { TaskReader } from './task-reader.ts';
import type { RunParams } from './task-reader.ts';

const trained = loadRoutingModel();
const newReader = () => new TaskReader(new MemoryStore('test'), { nowMs: () => 1 }, trained);

function params(prompt: string, stated: Partial<RunParams['task']> = {}): RunParams {
  return {
    ...({ type: 'run', policy: [], allowFoundAccounts: false, exclude: [] } as const),
    ...({ onBudget: 'fail', onDisconnect: 'cancel' } as const),
    task: {
      ...({ prompt, context: [], skippedContext: [], constraints: {}, priority: 'interactive' } as const),
      requirements: { tools: false, vision: false, structuredOutput: false, reasoning: false },
      ...stated,
    },
  };
}

describe('reading a task', () => {
  it('serves a text again as it was read, and reads it anew where something else was stated', () => {
    const reader = newReader();
    const requirements = { tools: false, vision: false, structuredOutput: false, reasoning: false };
    const asked = [
      params('python parser'),
      params('parser', { language: 'python' }),
      params('parser'),
      params('parser', { kind: 'fix' }),
      ...(['tools', 'vision', 'structuredOutput', 'reasoning'] as const).map((need) =>
        params('parser', { requirements: { ...requirements, [need]: true } }),
      ),
    ];
    const first = asked.map((each) => reader.read(each).understanding);
    expect(reader.stats).toMatchObject({ hits: 0, misses: asked.length });
    expect(asked.map((each) => reader.read(each).understanding)).toEqual(first);
    expect(reader.stats).toMatchObject({ hits: asked.length, misses: asked.length });
    expect(first).toEqual(asked.map((each) => newReader().read(each).understanding));
  });

  it('reads the same of a prompt whatever was read before it', () => {
    const reader = newReader();
    const long = `Refactor this.\n${'const a = items.map((each) => each.total);\n'.repeat(500)}`;
    const prompts = [
      'Explain this.',
      long,
      'Fix the parser in main.rs.',
      '',
      long.slice(0, 900),
      'Explain this!',
    ];
    const read = (by: TaskReader, prompt: string) => {
      const { understanding, sketch } = by.read(params(prompt));
      return { understanding, sketch };
    };
    expect(prompts.map((prompt) => read(reader, prompt))).toEqual(
      prompts.map((prompt) => read(newReader(), prompt)),
    );
  });

  it('does not look at what stands far behind the task', () => {
    const reader = newReader();
    const long = 'Explain this function. '.repeat(1_000);
    expect(reader.read(params(`${long}tail`)).understanding).toEqual(reader.read(params(long)).understanding);
    expect(reader.stats.hits).toBe(1);
  });
});
