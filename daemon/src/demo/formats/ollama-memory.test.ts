/** The demo's memory behaves as Ollama's: one load for each model and window, room for some, and keep_alive. */
import { expect, it } from 'vitest';
import type { DemoModel } from './format.ts';
import { OllamaMemory } from './ollama-memory.ts';

const model = (id: string, bytes: number): DemoModel => ({
  id,
  label: id,
  contextWindow: 32_768,
  maxOutputTokens: 4_096,
  bytes,
  loadMs: 100,
});
const [small, large, third] = [model('small', 2e9), model('large', 4e9), model('third', 3e9)];

function memoryAt() {
  let nowMs = 1_000;
  const memory = new OllamaMemory(() => nowMs);
  const names = () => memory.running().map(({ model: { id } }) => id);
  return { memory, names, wait: (ms: number) => (nowMs += ms) };
}

it('loads once for each window', () => {
  const { memory } = memoryAt();
  expect([4_096, 4_096, 8_192, 4_096].map((window) => memory.use(small, window, null))).toEqual([
    100, 0, 100, 100,
  ]);
  expect(memory.running()).toMatchObject([{ window: 4_096, untilMs: 301_000 }]);
});

it('throws out what was used longest ago when the memory is full', () => {
  const { memory, names, wait } = memoryAt();
  memory.use(small, 4_096, null);
  wait(1);
  memory.use(large, 4_096, null);
  expect(names()).toEqual(['small', 'large']);
  wait(1);
  memory.use(small, 4_096, null);
  wait(1);
  memory.use(third, 4_096, null);
  expect(names()).toEqual(['small', 'third']);
});

it.each([
  [null, 300_000],
  [10, 10_000],
  ['10m', 600_000],
  ['250ms', 250],
  ['nonsense', 300_000],
  [-1, Infinity],
  ['-1', Infinity],
])('with keep_alive %j stays for %d ms', (keepAlive, ms) => {
  const { memory, names, wait } = memoryAt();
  memory.use(small, 4_096, keepAlive);
  wait(Math.min(ms, 1e12) - 1);
  expect(names()).toEqual(['small']);
  wait(1);
  expect(names()).toEqual(ms === Infinity ? ['small'] : []);
});

it('with keep_alive 0 goes as soon as the answer is there', () => {
  const { memory, names } = memoryAt();
  memory.use(small, 4_096, 0);
  expect(names()).toEqual([]);
});

it('lets go when told to', () => {
  const { memory, names } = memoryAt();
  memory.use(small, 4_096, null);
  memory.unload(small);
  expect(names()).toEqual([]);
});
