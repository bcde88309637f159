/**
 * What several texts of the journal come to. Of what changed several times only the last state is written: an attempt
 * that began and ended is one row, a turn's outcome one, of an average, a bucket or a lease the newest state, and of a lease
 * that is over nothing but what it spent.
 */
import type { ForgetBefore, Lease } from '../engine/index.ts';
import type { BucketRow, LedgerChanges, SpendRow } from './ledger-changes.ts';
import type { AttemptRecord, EngineStateRecord, OutcomeRecord } from './records.ts';
import { runSave, type DecisionColumns, type Save, type SaveReader } from './saves.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { storageProblem } from './storage-problem.ts';

export class SaveBatch implements SaveReader {
  readonly #decisions: (readonly [DecisionColumns, Buffer])[] = [];
  readonly #attempts = new Map<string, AttemptRecord>();
  readonly #outcomes = new Map<string, OutcomeRecord>();
  readonly #states = new Map<string, EngineStateRecord>();
  /** In their order, after those above, which some of them are about. */
  readonly #others: Save[] = [];
  readonly #buckets = new Map<string, BucketRow>();
  readonly #leases = new Map<number, Lease | null>();
  readonly #spend: SpendRow[] = [];
  #forget: ForgetBefore | null = null;

  decision(columns: DecisionColumns, record: Buffer): void {
    this.#decisions.push([columns, record]);
  }

  save(save: Save): void {
    if (save[0] === 'saveAttempt') this.#attempts.set(save[1].attemptId, save[1]);
    else if (save[0] === 'saveOutcome') this.#outcomes.set(save[1].decisionId, save[1]);
    else if (save[0] === 'saveEngineState')
      for (const state of save[1]) this.#states.set(`${state.area} ${state.key}`, state);
    else this.#others.push(save);
  }

  ledger({ buckets, leases, over, spend, forget }: LedgerChanges): void {
    for (const bucket of buckets) this.#buckets.set(bucket[0], bucket);
    for (const lease of leases) this.#leases.set(lease.fence, lease);
    for (const fence of over) this.#leases.set(fence, null);
    this.#spend.push(...spend);
    if (forget !== undefined) this.#forget = forget;
  }

  /**
   * Within a transaction. A save that the file refuses for itself must not stop the others: SQLite has undone that
   * statement alone, and `onRefused` is told. What means that the file can't be written is thrown.
   */
  writeTo(store: SqliteStore, onRefused: (error: unknown) => void): void {
    const write = (work: () => unknown): void => {
      try {
        work();
      } catch (error) {
        if (storageProblem(error) !== null) throw error;
        onRefused(error);
      }
    };
    for (const [columns, record] of this.#decisions) write(() => store.insertDecision(columns, record));
    for (const attempt of this.#attempts.values()) write(() => store.saveAttempt(attempt));
    for (const outcome of this.#outcomes.values()) write(() => store.saveOutcome(outcome));
    for (const state of this.#states.values()) write(() => store.saveEngineState([state]));
    for (const save of this.#others) write(() => runSave(store, save));
    this.#writeLedger(store, write);
  }

  #writeLedger({ ledger }: SqliteStore, write: (work: () => unknown) => void): void {
    for (const bucket of this.#buckets.values()) write(() => ledger.saveBucket(bucket));
    for (const [fence, lease] of this.#leases)
      write(() => (lease === null ? ledger.removeLease(fence) : ledger.saveLease(lease)));
    for (const entry of this.#spend) write(() => ledger.saveSpend(entry));
    // Last: what was changed since is too new to be forgotten, and what was not must not come back.
    const forget = this.#forget;
    if (forget !== null) write(() => ledger.forget(forget));
  }
}
