import { expect, it } from 'vitest';
import { restoredUi } from './ui-state.ts';

const fresh = {
  tab: 'task',
  selectedTaskId: null,
  showsCandidates: null,
  showsContext: false,
  allCandidatesOf: null,
  allFlipsOf: null,
};

it.each([
  [undefined, fresh],
  ['text', fresh],
  [null, fresh],
  [{ tab: 'gone', selectedTaskId: 7, showsCandidates: 'yes', showsContext: 1 }, fresh],
  [
    { tab: 'health', selectedTaskId: 't1', showsCandidates: false, showsContext: true, extra: 1 },
    { ...fresh, tab: 'health', selectedTaskId: 't1', showsCandidates: false, showsContext: true },
  ],
])('restores %j', (kept, expected) => expect(restoredUi(kept)).toEqual(expected));
