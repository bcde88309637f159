import { expect, it } from 'vitest';
import { restoredUi } from './ui-state.ts';

const fresh = {
  tab: 'task',
  selectedTaskId: null,
  showsCandidates: null,
  showsDetails: null,
  showsContext: false,
  showsFlips: false,
  explainedTaskId: null,
  allCandidatesOf: null,
  allRoutesOf: null,
};

it.each([
  [undefined, fresh],
  ['text', fresh],
  [null, fresh],
  [{ tab: 'gone', selectedTaskId: 7, showsCandidates: 'yes', showsContext: 1 }, fresh],
  [
    {
      tab: 'health',
      selectedTaskId: 't1',
      showsCandidates: false,
      showsDetails: true,
      showsContext: true,
      showsFlips: true,
      extra: 1,
    },
    {
      ...fresh,
      tab: 'health',
      selectedTaskId: 't1',
      showsCandidates: false,
      showsDetails: true,
      showsContext: true,
      showsFlips: true,
    },
  ],
])('restores %j', (kept, expected) => expect(restoredUi(kept)).toEqual(expected));
