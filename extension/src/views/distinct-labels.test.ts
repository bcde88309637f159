import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distinctLabels } from './distinct-labels.ts';

it.each<[readonly string[], readonly string[]]>([
  [
    ['qwen2.5-coder-7b-instruct', 'qwen2.5-coder-14b-instruct'],
    ['qwen2.5…7b-instruct', 'qwen2.5…14b-instruct'],
  ],
  [
    ['deepseek-coder-v2-lite-instruct', 'deepseek-coder-v2-instruct', 'llama3.1:8b'],
    ['deepseek…lite-instruct', 'deepseek…instruct', 'llama3.1:8b'],
  ],
  [
    ['Claude Sonnet 4.5', 'Claude Sonnet 4.5 (latest)', 'Claude Opus 4.5'],
    ['Claude…4.5', 'Claude…4.5 (latest)', 'Claude Opus 4.5'],
  ],
  [
    ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'],
    ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'],
  ],
  [
    [
      'qwen-coder-7b-instruct-q4',
      'qwen-coder-7b-instruct-q8',
      'qwen-coder-14b-instruct-q4',
      'qwen-coder-14b-instruct-q8',
    ],
    ['qwen…q4', 'qwen…q8', 'qwen…instruct-q4', 'qwen…instruct-q8'],
  ],
  [['a-long-name-without-a-sibling-of-its-own'], ['a-long-name-without-a-sibling-of-its-own']],
])('%j', (names, labels) => expect(distinctLabels(names)).toEqual(labels));

it('gives different names different labels, never longer than they are', () => {
  const name = fc.array(fc.constantFrom('qwen', 'coder', '7b', '14b', 'instruct', 'q4'), {
    minLength: 1,
    maxLength: 7,
  });
  fc.assert(
    fc.property(fc.uniqueArray(name.map((words) => words.join('-'))), (names) => {
      const labels = distinctLabels(names);
      expect(labels.every((label, index) => label.length <= (names[index]?.length ?? 0))).toBe(true);
      expect(new Set(labels).size).toBe(names.length);
    }),
  );
});
