/**
 * The history file as its thread has it: applies the journal, several texts in one transaction with the mark up to where,
 * and answers calls. What means that the file can't be written is not thrown but kept as the `problem`, until a
 * `catchUp` finds it gone: the journal has everything meanwhile.
 */
import type { BookContent } from '../../engine/index.ts';
import { isChanging, type HistoryAnswer, type HistoryCall, type PlainError } from './history-calls.ts';
import type { JournalText } from '../journal/journal-file.ts';
import type { JournalReader } from '../journal/journal-reader.ts';
import { SaveBatch } from '../journal/save-batch.ts';
import { decodeSaves } from '../journal/saves.ts';
import type { SqliteStore } from '../sqlite/sqlite-store.ts';
import { StorageError, storageProblem } from '../storage-problem.ts';

/** A log this long is no longer folded in: somebody reads and does not stop. */
const maxWalBytes = 48 * 1024 * 1024;

export interface HistoryFileEvents {
  /** `count`: of problems so far. */
  onProblem(problem: string, count: number): void;
  onRefused(error: PlainError): void;
}

export class HistoryFile {
  readonly #store: SqliteStore;
  readonly #journal: JournalReader;
  readonly #events: HistoryFileEvents;
  #problem: Error | null = null;
  #problems = 0;

  constructor(store: SqliteStore, journal: JournalReader, events: HistoryFileEvents) {
    this.#store = store;
    this.#journal = journal;
    this.#events = events;
  }

  /** Applies what a killed daemon left behind. Answers what a developer should know of it; throws what SQLite throws. */
  recover(nowMs: number): string | null {
    const aside: string[] = [];
    for (const texts of this.#journal.leftBehind(nowMs, (path) => aside.push(path))) {
      const mark = this.#store.journalMark();
      this.#write(texts.filter(({ number }) => number > mark));
    }
    this.#journal.begin();
    if (aside.length === 0) return null;
    return `A part of the journal was damaged. What could be read of it is in the history; it was moved to ${aside.join(' and ')}.`;
  }

  /** What the main thread goes on with. */
  beginning(): { readonly lastNumber: number; readonly content: BookContent } {
    return { lastNumber: this.#store.journalMark(), content: this.#store.ledger.read() };
  }

  /** Of its pages in use. */
  bytes(): number {
    return this.#store.history.bytes();
  }

  get hasProblem(): boolean {
    return this.#problem !== null;
  }

  /** Applies what is new in the journal, unless that is known not to work. Answers whether there was something. */
  follow(): boolean {
    return this.#problem === null && this.#catchUp();
  }

  answer({ id, on, method, args }: HistoryCall): HistoryAnswer {
    try {
      const result = on === 'file' ? this.#ofFile(method) : this.#ofRecords(on, method, args);
      return { id, ...this.#state(), status: 'done', result };
    } catch (error) {
      return { id, ...this.#state(), status: 'failed', error: plainError(error) };
    }
  }

  #ofRecords(on: 'records' | 'history', method: string, args: readonly unknown[]): unknown {
    this.follow();
    if (this.#problem !== null && isChanging(method)) throw this.#problem;
    const target: object = on === 'records' ? this.#store : this.#store.history;
    const work = (target as Record<string, (...args: readonly unknown[]) => unknown>)[method];
    if (work === undefined) throw new TypeError(`the history has no ${method}`);
    return work.apply(target, [...args]);
  }

  #ofFile(method: string): unknown {
    this.#catchUp();
    if (method === 'close') this.#close();
    if (method === 'rest' && this.#problem === null) this.#tried(() => this.#store.history.checkpoint());
    return this.#problem === null;
  }

  #catchUp(): boolean {
    let some = false;
    this.#tried(() => {
      this.#checkWal();
      for (let texts = this.#journal.next(); texts.length > 0; texts = this.#journal.next()) {
        this.#write(texts);
        const last = texts.at(-1);
        if (last !== undefined) this.#journal.applied(last);
        some = true;
        this.#checkWal();
      }
    });
    return some;
  }

  #write(texts: readonly JournalText[]): void {
    const last = texts.at(-1);
    if (last === undefined) return;
    const refused: PlainError[] = [];
    const batch = new SaveBatch();
    for (const { text } of texts) {
      try {
        decodeSaves(text, batch);
      } catch (error) {
        refused.push(plainError(error));
      }
    }
    this.#store.atomically(() => {
      batch.writeTo(this.#store, (error) => refused.push(plainError(error)));
      this.#store.setJournalMark(last.number);
    });
    for (const error of refused) this.#events.onRefused(error);
  }

  /** Runs what may fail of the file; the first failure of several is told. */
  #tried(work: () => void): void {
    try {
      work();
      this.#problem = null;
    } catch (error) {
      const problem = storageProblem(error);
      if (problem === null || !(error instanceof Error)) throw error;
      const isNew = this.#problem === null;
      this.#problem = error;
      if (!isNew) return;
      this.#problems += 1;
      this.#events.onProblem(problem, this.#problems);
    }
  }

  #state(): Pick<HistoryAnswer, 'problem' | 'problems'> {
    return { problem: storageProblem(this.#problem), problems: this.#problems };
  }

  /** Also after an attempt to fold it in. */
  #checkWal(): void {
    const { history } = this.#store;
    if (history.walBytes() < maxWalBytes) return;
    history.tidy();
    if (history.walBytes() >= maxWalBytes)
      throw new StorageError('HISTORY_READER', 'the write-ahead log can not be folded in');
  }

  #close(): void {
    this.#journal.close();
    this.#store.close();
  }
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error), code: null };
  return { message: error.message, code: 'code' in error ? String(error.code) : null };
}
