/**
 * The time in which the journal or the history file can't be written: what waits is joined with what the file has, so that
 * nobody sees a difference, until it can be written again.
 */
import { parseDecision } from './decisions/decision-form.ts';
import { MemoryStore } from './memory/memory-store.ts';
import type { DecisionRecord, StoredDecision } from './records.ts';
import type { Records } from './store.ts';
import { attemptOf, outcomeOf, type DecisionColumns } from './journal/save-rows.ts';
import { decodeSaves, runSave, type Save, type SaveReader } from './journal/saves.ts';
import type { ReadFacts } from './standing-facts.ts';

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
  keepJournal(texts: Iterable<{ readonly text: Buffer }>, readFacts: ReadFacts): void {
    if (this.#inJournal !== null) return;
    this.#inJournal = 0;
    const keep = (save: Save) => this.#keepFromJournal(save);
    const reader: SaveReader = {
      decision: (columns, record) => keep(['saveDecision', decisionOf(columns, record, readFacts)]),
      attempt: (columns, result) => keep(['saveAttempt', attemptOf(columns, result?.toString() ?? null)]),
      outcome: (row) => keep(['saveOutcome', outcomeOf(row)]),
      state: ([area, key, updatedAtMs], json) =>
        keep(['saveEngineState', [{ area, key, updatedAtMs, json: json.toString() }]]),
      save: keep,
      facts: () => undefined,
      // The ledger itself is in memory.
      lease: () => undefined,
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
    return runSave(this.#join(belongsTo(save)), save);
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

function decisionOf(columns: DecisionColumns, record: Buffer, readFacts: ReadFacts): DecisionRecord {
  const [decisionId, taskId, createdAtMs, kind, prompt, chosen] = columns;
  const row = { decisionId, taskId, createdAtMs, kind, prompt, chosen, record: record.toString() };
  return parseDecision(row, readFacts);
}

/** The decision that a save belongs to, if it is not that decision itself. */
function belongsTo(save: Save): string | null {
  switch (save[0]) {
    case 'saveAttempt':
    case 'saveTransition':
    case 'saveAllocation':
    case 'saveOutcome':
    case 'saveGradedAnswer':
      return save[1].decisionId;
    case 'saveGrade':
      return save[1];
    default:
      return null;
  }
}
