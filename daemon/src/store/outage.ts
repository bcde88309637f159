/**
 * The time in which the history file can't be written: what waits is joined with what the file has, so that nobody sees a
 * difference, until it can be written again.
 */
import type { JournalEntry } from './journal.ts';
import { MemoryStore } from './memory-store.ts';
import type { Records, StoredDecision } from './records.ts';

export class Outage {
  readonly memory: MemoryStore;
  readonly problem: string;
  /** Changes that were too many to be kept. */
  lost = 0;
  /** Decisions copied from the file, so that they could go on. */
  adopted = 0;
  retryAtMs: number;

  constructor(problem: string, retryAtMs: number) {
    this.problem = problem;
    this.memory = new MemoryStore(problem);
    this.retryAtMs = retryAtMs;
  }

  /** In words, with how many changes wait. */
  reason(waiting: number): string {
    const kept = `${waiting} changes wait in memory`;
    const all = this.lost === 0 ? kept : `${kept}, ${this.lost} older ones are lost`;
    return `${this.problem} ${all}; they are written when it can be.`;
  }

  keep(entry: JournalEntry, stored: (decisionId: string) => StoredDecision | null): void {
    entry.save(this.join(entry.decisionId, stored));
  }

  /** Takes over a decision that the file has, so that what belongs to it has a place. */
  join(decisionId: string | undefined, stored: (decisionId: string) => StoredDecision | null): Records {
    if (decisionId === undefined || this.memory.knows(decisionId)) return this.memory;
    const found = stored(decisionId);
    if (found !== null) {
      this.memory.adopt(found);
      this.adopted += 1;
    }
    return this.memory;
  }
}
