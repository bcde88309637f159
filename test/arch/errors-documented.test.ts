/** docs/errors.md and the error catalogue say the same: every code is explained there, and nothing else is. */
import { errorCatalog } from '@task-router/protocol';
import { expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

it('docs/errors.md explains every error code, and only those', () => {
  const [page] = projectFiles(/^docs\/errors\.md$/);
  // A code stands in backquotes at the start of a table row or as a heading.
  const documented = [...(page?.text ?? '').matchAll(/^(?:\| *|#+ +)`([a-z][A-Za-z]*\.[A-Za-z.]+)`/gm)].map(
    ([, code]) => code,
  );

  expect(documented.toSorted()).toEqual(Object.keys(errorCatalog).toSorted());
});

it('no two errors share a number, and none is in the range JSON-RPC keeps for itself', () => {
  const numbers = Object.values(errorCatalog).map((entry) => entry.number);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.filter((number) => number >= -32768 && number <= -32000)).toEqual([]);
});
