import { describe, expect, it } from 'vitest';
import { lookupModel } from '../../catalog/index.ts';
import { createLogger } from '../../platform/logger.ts';
import { loadRoutingModel } from '../../routing-model/index.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import type { NodeModel } from '../nodes/node.ts';
import { QualityMemory } from './quality-memory.ts';
import { TaskReader } from '../decide/task-reader.ts';
import type { ReadTask } from '../decide/task-reader.ts';

const clock = { nowMs: () => 1 };
const log = createLogger({ sink: () => undefined, clock, redact: (text) => text });
const trained = loadRoutingModel();
const store = new MemoryStore('test');
const quality = new QualityMemory({ store, clock, log }, trained);
const reader = new TaskReader(store, clock, trained);

function model(modelId: string): NodeModel {
  const capabilities = { tools: null, vision: null, reasoning: null, structuredOutput: null };
  const known = lookupModel({ provider: 'openai-compatible', modelId });
  return {
    ...{ modelId, label: modelId, contextWindow: null, maxOutputTokens: null, capabilities },
    ...{ prices: null, isLocal: false, known },
  };
}

function read(changes: Partial<ReadTask['understanding']>): ReadTask {
  const task = reader.read({
    ...({
      type: 'run',
      policy: [],
      allowFoundAccounts: false,
      exclude: [],
      onBudget: 'fail',
      onDisconnect: 'cancel',
    } as const),
    task: {
      ...{ prompt: 'Fix the parser.', context: [], skippedContext: [], constraints: {} },
      ...({ kind: 'fix', priority: 'interactive' } as const),
      requirements: { tools: false, vision: false, structuredOutput: false, reasoning: false },
    },
  });
  return { ...task, understanding: { ...task.understanding, ...changes } };
}

const meanFor = (modelId: string, task = read({ qualityHeads: null }), isDemo = false) => {
  const { alpha, beta } = quality.forTask(task)({ isDemo }, model(modelId)).quality;
  return alpha / (alpha + beta);
};

describe('what is believed before any grade', () => {
  it('ranks models as anybody would, for each class', () => {
    for (const taskClass of ['fix', 'explain', 'generate', 'agentic'] as const) {
      const task = read({ taskClass, qualityHeads: null });
      const rising = ['llama3.2:3b', 'qwen2.5-coder:32b', 'claude-opus-4-5'].map((id) => meanFor(id, task));
      expect([taskClass, rising]).toEqual([taskClass, [...rising].sort((a, b) => a - b)]);
      expect(meanFor('demo-large', task, true)).toBeGreaterThan(meanFor('demo-mini', task, true));
      for (const chance of rising) expect([chance > 0, chance < 1]).toEqual([true, true]);
    }
  });

  it('holds a stranger loosely, and says what the belief rests on', () => {
    const of = quality.forTask(read({ qualityHeads: null }));
    const [known, stranger, demo] = [
      of({ isDemo: false }, model('claude-opus-4-5')).quality,
      of({ isDemo: false }, model('mystery-1')).quality,
      of({ isDemo: true }, model('demo-large')).quality,
    ];
    expect(known.source).toEqual({ prior: 'measured', outcomes: 0, similar: 0 });
    expect(stranger.source?.prior).toBe('class');
    expect(stranger.alpha + stranger.beta).toBeLessThan(known.alpha + known.beta);
    expect(demo.source?.prior).toBe('class');
  });

  it('heeds what the words say of difficulty, in one direction for all, and nothing where the guard is', () => {
    const [plain, hard, easy] = [null, [-0.2], [0.2]].map((qualityHeads) =>
      ['llama3.2:3b', 'claude-opus-4-5'].map((id) => meanFor(id, read({ qualityHeads }))),
    );
    for (const at of [0, 1]) {
      expect(hard![at]).toBeLessThan(plain![at]!);
      expect(easy![at]).toBeGreaterThan(plain![at]!);
    }
    const { capabilityPrior, quality: posterior } = quality.forTask(read({ qualityHeads: null }))(
      { isDemo: false },
      model('claude-opus-4-5'),
    );
    expect(capabilityPrior).toBeCloseTo(posterior.alpha / (posterior.alpha + posterior.beta), 12);
  });
});
