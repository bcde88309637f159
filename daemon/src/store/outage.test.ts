/**
 * What waits in memory while the files can't be written, where the journal and the file are found to fail one within
 * the other.
 */
import { expect, it } from 'vitest';
import { attemptRecord, decisionRecord, outcomeRecord } from '../../../test/support/stored-records.ts';
import { JournalFacts } from './journal/journal-facts.ts';
import { Outage } from './outage.ts';
import type { StoredDecision } from './records.ts';
import { encodeSaves, type Save } from './journal/saves.ts';
import { TextBuffer } from './journal/text-buffer.ts';

const inFile: StoredDecision = {
  ...{
    decision: decisionRecord('d1'),
    attempts: [],
    transitions: [],
    allocations: [],
    outcome: null,
    grade: null,
  },
};

function journalText(saves: readonly Save[]): { readonly text: Buffer } {
  const text = new TextBuffer();
  const onRefused = (error: unknown) => {
    throw error;
  };
  encodeSaves(text, saves, null, { facts: new JournalFacts(), onRefused });
  return { text: text.bytes };
}

it('takes a decision over once, also when looking for it shows that the file fails', () => {
  const journal = [journalText([['saveAttempt', attemptRecord('a1', 'd1', null)]])];
  const outage: Outage = new Outage('The disk is full.', 0, () => {
    // The question makes the history thread apply the journal; it has the decision, and fails behind it.
    outage.keepJournal(journal, (name) => name);
    return inFile;
  });
  outage.keep(['saveOutcome', outcomeRecord('d1')]);
  expect([outage.adopted, outage.memory.countDecisions()]).toEqual([1, 1]);
  expect(outage.memory.readDecision('d1')).toMatchObject({
    attempts: [{ attemptId: 'a1' }],
    outcome: { status: 'succeeded' },
  });
});
