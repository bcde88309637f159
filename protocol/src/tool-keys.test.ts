import { expect, it } from 'vitest';
import type { EndpointKeyView } from './data/endpoint.ts';
import { keysOfTool, limitsToKeep } from './tool-keys.ts';

function key(id: string, name: string, more: Partial<EndpointKeyView> = {}): EndpointKeyView {
  return {
    ...{ id, name, createdAtMs: 1, lastUsedAtMs: null, policy: null, dailyBudgetUsd: null },
    ...{ requestsToday: 0, spentTodayUsd: 0 },
    ...more,
  };
}

it('finds the keys of a tool whatever the case of its name, the newest first', () => {
  const keys = [key('a', 'Cline'), key('b', 'Claude Code'), key('c', 'cline ', { createdAtMs: 2 })];
  expect(keysOfTool(keys, 'cline').map(({ id }) => id)).toEqual(['c', 'a']);
  expect(keysOfTool(keys, 'aider')).toEqual([]);
});

it('keeps the limits of what is replaced, and gives none where they differ', () => {
  const narrow = { policy: { localOnly: true }, dailyBudgetUsd: 2 };
  expect(limitsToKeep([])).toEqual({ policy: null, dailyBudgetUsd: null });
  expect(limitsToKeep([key('a', 'x', narrow), key('b', 'x', narrow)])).toEqual(narrow);
  expect(limitsToKeep([key('a', 'x', narrow), key('b', 'x')])).toBeNull();
});
