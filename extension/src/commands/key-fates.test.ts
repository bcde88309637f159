import { expect, it } from 'vitest';
import type { EndpointKeyView } from '@task-router/protocol';
import { heldText, keyFates } from './key-fates.ts';

const key: EndpointKeyView = {
  ...{ id: 'a', name: 'Cline', createdAtMs: Date.UTC(2026, 10, 23), lastUsedAtMs: null },
  ...{ policy: null, dailyBudgetUsd: null, requestsToday: 0, spentTodayUsd: 0 },
};

it('offers first what changes nothing, and no replacement of keys whose limits differ', () => {
  expect(keyFates([key]).map(({ id }) => id)).toEqual(['settings', 'replace', 'another']);
  expect(keyFates([key, key])[1]?.label).toContain('the 2 Old Ones');
  const limited = { ...key, dailyBudgetUsd: 1 };
  expect(keyFates([key, limited]).map(({ id }) => id)).toEqual(['settings', 'another']);
});

it('says when the key was made and used', () => {
  expect(heldText([key])).toMatch(/^Made .*2026.*, never used\. What now\?$/);
  expect(heldText([{ ...key, lastUsedAtMs: key.createdAtMs }, key])).toMatch(
    /^The newest: made .*, last used .*2026/,
  );
});
