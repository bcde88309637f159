import { expect, it } from 'vitest';
import { jsonBoundsProblem } from './json-bounds.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

it.each([
  ['an ordinary message', '{"jsonrpc":"2.0","id":1,"params":{"a":[1,2,{"b":null}]}}', null],
  ['64 levels', nested(64), null],
  ['65 levels', nested(65), 'tooDeep'],
  ['brackets of both kinds', '[{"a":'.repeat(33), 'tooDeep'],
  ['many shallow objects', `[${'{},'.repeat(1000)}{}]`, null],
  ['brackets and commas inside a string', JSON.stringify('[{,'.repeat(500_000)), null],
  ['an escaped quote', `["\\"${'['.repeat(100)}"]`, null],
  ['an escaped backslash before the closing quote', `["\\\\",${'['.repeat(100)}`, 'tooDeep'],
  ['a string without an end', `"${'['.repeat(100)}`, null],
  ['400 000 commas', `[${'0,'.repeat(400_000)}0]`, null],
  ['more', `[${'0,'.repeat(400_001)}0]`, 'tooManyValues'],
])('%s', (_name, text, problem) => {
  expect(jsonBoundsProblem(text)).toBe(problem);
});

it('takes linear time, also for a string of backslashes', () => {
  const text = JSON.stringify({ text: '\\'.repeat(2_000_000) });
  const startedMs = performance.now();
  expect(jsonBoundsProblem(text)).toBeNull();
  expect(performance.now() - startedMs).toBeLessThan(500);
});
