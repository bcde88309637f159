/**
 * The time in which the journal or the history file can't be written: what waits is joined with what the file has, so that
 * nobody sees a difference, until it can be written again.
 */
import { parseDecision } from './decision-form.ts';
import { MemoryStore } from './memory-store.ts';
import type { Records, StoredDecision } from './records.ts';
import { decodeSaves, runSave, type Save } from './saves.ts';

type FindStored = (decisionId: string) => StoredDecision | null;

export class Outage {
  readonly memory: MemoryStore;
  readonly problem: string;
  /** Changes that were too many to be kept. */
  lost = 0;
  /** Decisions copied from the file, so that they could go on. */
  adopted = 0;
  retryAtMs: number;
  readonly #stored: FindStored;
  /** Saves that are in the journal, but not in the file. */
  #inJournal: number | null = null;

  constructor(problem: string, retryAtMs: number, stored: FindStored) {
    this.problem = problem;
    this.memory = new MemoryStore(problem);
    this.retryAtMs = retryAtMs;
    this.#stored = stored;
  }

  /** In words, with how many changes wait. */
  reason(waiting: number): string {
    const kept = `${waiting + (this.#inJournal ?? 0)} changes wait in memory`;
    const all = this.lost === 0 ? kept : `${kept}, ${this.lost} older ones are lost`;
    return `${this.problem} ${all}; they are written when it can be.`;
  }

  /** Takes over what the journal has and the file has not. Once; what comes later goes through `keep`. */
  keepJournal(texts: Iterable<{ readonly text: Buffer }>): void {
    if (this.#inJournal !== null) return;
    this.#inJournal = 0;
    const reader = {
      decision: (_: unknown, record: Buffer) =>
        this.#keepFromJournal(['saveDecision', parseDecision(record.toString())]),
      save: (save: Save) => this.#keepFromJournal(save),
      // The ledger itself is in memory.
      ledger: () => undefined,
    };
    for (const { text } of texts) decodeSaves(text, reader);
  }

  #keepFromJournal(save: Save): void {
    this.#inJournal = (this.#inJournal ?? 0) + 1;
    this.keep(save);
  }

  /** Does a save in memory, with what the file has of its decision. */
  keep(save: Save): unknown {
    return runSave(this.#join(decisionOf(save)), save);
  }

  /** Takes over a decision that the file has, so that what belongs to it has a place. */
  #join(decisionId: string | null): Records {
    if (decisionId === null || this.memory.knows(decisionId)) return this.memory;
    const found = this.#stored(decisionId);
    // The question itself may have shown that the file fails, and the journal was taken over meanwhile.
    if (found !== null && !this.memory.knows(decisionId)) {
      this.memory.adopt(found);
      this.adopted += 1;
    }
    return this.memory;
  }
}

/** The decision that a save belongs to, if it is not that decision itself. */
function decisionOf(save: Save): string | null {
  switch (save[0]) {
    case 'saveAttempt':
    case 'saveTransition':
    case 'saveOutcome':
    case 'saveGradedAnswer':
      return save[1].decisionId;
    case 'saveGrade':
      return save[1];
    default:
      return null;
  }
}
