/**
 * What several texts of the journal come to. Of what changed several times only the last state is written: an attempt
 * that began and ended is one row, a turn's outcome one, of an average, a bucket or a lease the newest state, and of a lease
 * that is over nothing but what it spent.
 */
import type { ForgetBefore } from '../../engine/index.ts';
import type { BucketRow, LedgerChanges, SpendRow } from './ledger-changes.ts';
import {
  attemptColumns,
  outcomeRow,
  type AttemptColumns,
  type DecisionColumns,
  type LeaseColumns,
  type OutcomeRow,
  type StateColumns,
} from './save-rows.ts';
import { runSave, type Save, type SaveReader } from './saves.ts';
import type { SqliteStore } from '../sqlite/sqlite-store.ts';
import { storageProblem } from '../storage-problem.ts';

type WithJson<Columns> = readonly [columns: Columns, json: Buffer];

export class SaveBatch implements SaveReader {
  readonly #facts: (readonly [name: string, json: Buffer])[] = [];
  /** When the newest decision was made that names them. */
  readonly #named = new Map<string, number>();
  readonly #decisions: WithJson<DecisionColumns>[] = [];
  readonly #attempts = new Map<string, readonly [AttemptColumns, Buffer | null]>();
  readonly #outcomes = new Map<string, OutcomeRow>();
  readonly #states = new Map<string, WithJson<StateColumns>>();
  /** In their order, after those above, which some of them are about. */
  readonly #others: Save[] = [];
  readonly #buckets = new Map<string, BucketRow>();
  readonly #leases = new Map<number, WithJson<LeaseColumns> | null>();
  readonly #spend: SpendRow[] = [];
  #forget: ForgetBefore | null = null;

  facts(name: string, json: Buffer): void {
    this.#facts.push([name, json]);
  }

  decision(columns: DecisionColumns, record: Buffer): void {
    this.#decisions.push([columns, record]);
    const [, , createdAtMs, , , , ...facts] = columns;
    for (const name of facts) this.#named.set(name, Math.max(this.#named.get(name) ?? 0, createdAtMs));
  }

  attempt(columns: AttemptColumns, result: Buffer | null): void {
    this.#attempts.set(columns[0], [columns, result]);
  }

  outcome(row: OutcomeRow): void {
    this.#outcomes.set(row[0], row);
  }

  state(columns: StateColumns, json: Buffer): void {
    this.#states.set(`${columns[0]} ${columns[1]}`, [columns, json]);
  }

  lease(columns: LeaseColumns, json: Buffer): void {
    this.#leases.set(columns[0], [columns, json]);
  }

  ledger({ buckets, over, spend, forget }: Omit<LedgerChanges, 'leases'>): void {
    for (const bucket of buckets) this.#buckets.set(bucket[0], bucket);
    for (const fence of over) this.#leases.set(fence, null);
    for (const entry of spend) this.#spend.push(entry);
    if (forget !== undefined) this.#forget = forget;
  }

  /** An older daemon has in this form what has a form of its own now. */
  save(save: Save): void {
    if (save[0] === 'saveAttempt') {
      const { result } = save[1];
      this.attempt(attemptColumns(save[1]), result && Buffer.from(JSON.stringify(result)));
    } else if (save[0] === 'saveOutcome') this.outcome(outcomeRow(save[1]));
    else if (save[0] === 'saveEngineState')
      for (const { area, key, updatedAtMs, json } of save[1])
        this.state([area, key, updatedAtMs], Buffer.from(json));
    else this.#others.push(save);
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
    for (const [name, json] of this.#facts) write(() => store.facts.save(name, json));
    for (const [name, atMs] of this.#named) write(() => store.facts.named(name, atMs));
    for (const [columns, record] of this.#decisions) write(() => store.insertDecision(columns, record));
    for (const [columns, result] of this.#attempts.values())
      write(() => store.insertAttempt(columns, result));
    for (const row of this.#outcomes.values()) write(() => store.insertOutcome(row));
    for (const [columns, json] of this.#states.values()) write(() => store.insertState(columns, json));
    for (const save of this.#others) write(() => runSave(store, save));
    this.#writeLedger(store, write);
  }

  #writeLedger({ ledger }: SqliteStore, write: (work: () => unknown) => void): void {
    for (const bucket of this.#buckets.values()) write(() => ledger.saveBucket(bucket));
    for (const [fence, lease] of this.#leases)
      write(() => (lease === null ? ledger.removeLease(fence) : ledger.saveLease(...lease)));
    for (const entry of this.#spend) write(() => ledger.saveSpend(entry));
    // Last: what was changed since is too new to be forgotten, and what was not must not come back.
    const forget = this.#forget;
    if (forget !== null) write(() => ledger.forget(forget));
  }
}
