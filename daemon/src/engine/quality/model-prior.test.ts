/** Names, relatives, and honest beliefs about models nobody measured. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanOf, strengthOf } from './belief.ts';
import { parseModelName } from './model-name.ts';
import { createModelPriors, type AbilityTable } from './model-prior.ts';

describe('parseModelName', () => {
  it.each([
    ['claude-opus-4-5-20251101', 'claude', 'opus', 4.5, null],
    ['claude-4-opus-20250514', 'claude', 'opus', 4, null],
    ['anthropic/claude-3.5-sonnet', 'claude', 'sonnet', 3.5, null],
    ['gpt-5-2025-08-07', 'gpt', '', 5, null],
    ['gpt-5.1-codex', 'gpt', 'codex', 5.1, null],
    ['gpt-4o-mini-2024-07-18', 'gpt', 'mini omni', 4, null],
    ['o3-mini (high)', 'openai-o', 'mini', 3, null],
    ['qwen2.5-coder:32b-instruct-q8_0', 'qwen', 'coder', 2.5, 32],
    ['Qwen3-Coder-480B-A35B-Instruct', 'qwen', 'coder', 3, 480],
    ['mistralai/Mixtral-8x7B-Instruct-v0.1', 'mistral', 'mixtral', 0.1, 56],
    ['kimi-k2.5', 'kimi', '', 2.5, null],
    ['MiniMax-M2.7', 'minimax', '', 2.7, null],
    ['deepseek-v3.2-reasoner', 'deepseek', 'reasoner', 3.2, null],
    ['gemini-2.5-flash-preview-04-17', 'gemini', 'flash', 2.5, null],
    ['llama3.2:3b-instruct-fp16', 'llama', '', 3.2, 3],
    ['my-own-model', null, '', null, null],
    ['', null, '', null, null],
  ])('%s', (id, family, tier, generation, sizeB) => {
    expect(parseModelName(id)).toEqual({ family, tier, generation, sizeB });
  });

  it('never fails', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (id) => {
        const { generation, sizeB } = parseModelName(id);
        expect(generation === null || Number.isFinite(generation)).toBe(true);
        expect(sizeB === null || Number.isFinite(sizeB)).toBe(true);
      }),
    );
  });
});

const table: AbilityTable = {
  models: [
    { id: 'claude-opus-4-6', ability: 0.2, error: 0.15, classes: { test: -0.3 } },
    { id: 'claude-haiku-4-5', ability: -0.3, error: 0.2, classes: {} },
    { id: 'qwen2.5-coder:7b', ability: -1.2, error: 0.3, classes: {} },
  ],
  levels: { '*': 0.75, agentic: 0.6 },
  perGeneration: 0.2,
  bySize: { base: -1.6, slope: 0.15 },
  byPrice: { base: -0.1, slope: 0.1 },
  unknown: -0.8,
};
const { priorOf } = createModelPriors(table);
const prior = (modelId: string, taskClass = 'fix', prices: [number, number] | null = null) =>
  priorOf(
    { modelId, prices: prices === null ? null : { inputPerMTok: prices[0], outputPerMTok: prices[1] } },
    taskClass,
  );

describe('createModelPriors', () => {
  it('believes what was measured, under any spelling', () => {
    for (const id of ['claude-opus-4-6', 'anthropic/claude-opus-4.6', 'claude-opus-4-6-20260201']) {
      const { belief, basis } = prior(id);
      expect(basis).toBe('measured');
      expect(strengthOf(belief)).toBeCloseTo(20, 9);
      expect(meanOf(belief)).toBeGreaterThan(0.76);
    }
  });

  it('knows what a model does worse than the rest it does', () => {
    expect(meanOf(prior('claude-opus-4-6', 'test').belief)).toBeLessThan(
      meanOf(prior('claude-opus-4-6', 'fix').belief),
    );
  });

  it('lets a relative speak with less weight: the next generation is better, another tier is farther', () => {
    const next = prior('claude-opus-5');
    expect(next.basis).toBe('family');
    expect(next.relatives[0]).toBe('claude-opus-4-6');
    expect(meanOf(next.belief)).toBeGreaterThan(meanOf(prior('claude-opus-4-6').belief) - 0.02);
    expect(strengthOf(next.belief)).toBeLessThan(20);
    expect(strengthOf(prior('claude-sonnet-4-5').belief)).toBeLessThan(strengthOf(next.belief));
  });

  it('places a stranger by price and size, wide', () => {
    const { belief, basis, relatives } = prior('stranger-70b');
    expect([basis, relatives]).toEqual(['class', []]);
    expect(strengthOf(belief)).toBeCloseTo(4, 9);
    expect(meanOf(prior('stranger-70b').belief)).toBeGreaterThan(meanOf(prior('stranger-3b').belief));
    expect(meanOf(prior('stranger', 'fix', [5, 25]).belief)).toBeGreaterThan(
      meanOf(prior('stranger', 'fix', [0.1, 0.4]).belief),
    );
    // Free says nothing of size.
    expect(prior('stranger', 'fix', [0, 0])).toEqual(prior('stranger'));
  });

  it('never believes a model to be hopeless or perfect, whatever its id and price', () => {
    const price = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.string(), price, price, fc.string(), (id, a, b, taskClass) => {
        const mean = meanOf(prior(id, taskClass, [a, b]).belief);
        expect(mean > 0.05 && mean < 0.99).toBe(true);
      }),
      {
        examples: [
          ['', 0, 0, 'toString'],
          ['constructor', 1, 1, '__proto__'],
        ],
      },
    );
  });
});
