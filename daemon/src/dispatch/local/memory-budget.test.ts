/** What a server's own behaviour shows of its memory. */
import { expect, it } from 'vitest';
import type { ServerLoad } from '../../providers/server-load.ts';
import { MemoryBudget } from './memory-budget.ts';

const nowMs = 1_000_000;
const gigabyte = 1e9;
const usual = 64 * gigabyte;

function load(
  ...models: readonly (readonly [id: string, gigabytes: number, unloadsAtMs?: number])[]
): ServerLoad {
  return {
    models: models.map(([modelId, size, unloadsAtMs]) => ({
      modelId,
      state: 'loaded',
      windowTokens: null,
      bytes: size * gigabyte,
      gpuBytes: null,
      unloadsAtMs: unloadsAtMs ?? null,
    })),
    slots: null,
    busySlots: null,
    windowOnRequest: true,
  };
}

function after(...looks: readonly ServerLoad[]): number {
  const budget = new MemoryBudget(usual / 0.8);
  looks.forEach((now, index) => {
    budget.observe(looks[index - 1] ?? null, now, nowMs);
  });
  return budget.bytes;
}

it('is most of the machine’s memory until a server shows otherwise', () => {
  expect(after()).toBe(usual);
  expect(after(load(['a', 1]))).toBe(usual);
});

it('is at least what was loaded together', () => {
  expect(after(load(['a', 3_000], ['b', 2_000]))).toBe(5_000 * gigabyte);
});

it('is less than what did not fit: a model went before its time when another came', () => {
  expect(after(load(['a', 3]), load(['b', 2]))).toBe(5 * gigabyte - 1);
  // Of what fitted together and what did not, the newer counts.
  expect(after(load(['a', 3], ['b', 2]), load(['c', 1], ['a', 3]))).toBe(6 * gigabyte - 1);
});

it('learns nothing from a model whose time was over, or that was unloaded by hand', () => {
  expect(after(load(['a', 3, nowMs]), load(['b', 2]))).toBe(usual);
  expect(after(load(['a', 3]), load())).toBe(usual);
});
