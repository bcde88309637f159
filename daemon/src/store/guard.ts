/**
 * What stands between dispatch and the file. Everything that is to be written passes through here and is written as one
 * transaction with all that waits; what a failing disk means is decided here, and nobody else sees SQLite's errors.
 *
 * When the disk is full, the folder turns read-only or the file fails, what should have been written stays in the
 * journal, is joined with what the file has, and is written as soon as that works again.
 */
import type { JournalBook } from './journal-book.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { Outage } from './outage.ts';
import type { Records, StoredDecision } from './records.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { storageProblem } from './storage-problem.ts';

export interface GuardOptions {
  readonly nowMs: () => number;
  /** Told when history goes off, with the reason, and when it is on again, with null. */
  readonly onChange: (reason: string | null) => void;
  /** Told of a save that the file will never take, which was left out: a mistake of ours. */
  readonly onRefused: (error: unknown) => void;
}

/** How long after a failure the file is tried again. */
const retryMs = 15_000;
/** Saves kept while the file can't be written; beyond that the oldest are lost, and that is said. */
const keptSaves = 20_000;
/** A log this long is no longer folded in: somebody reads and does not stop. */
const maxWalBytes = 48 * 1024 * 1024;
/** The log is looked at every so many saves. */
const lookAtWalEvery = 64;

/** Without a save for so long, the log is folded in: nobody waits then for the disk. */
const quietMs = 1_000;

type Work<Result> = (on: Records) => Result;

export class Guard {
  readonly #durable: SqliteStore;
  readonly #book: JournalBook;
  readonly #options: GuardOptions;
  readonly #journal = new Journal((which) => this.#flush(which));
  #outage: Outage | null = null;
  #savesUnwatched = 0;
  #quiet: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(durable: SqliteStore, book: JournalBook, options: GuardOptions) {
    this.#durable = durable;
    this.#book = book;
    this.#options = options;
  }

  /** null: the file can be written. */
  get outage(): Outage | null {
    return this.#outage;
  }

  get reason(): string | null {
    return this.#outage?.reason(this.#journal.size + this.#book.size) ?? null;
  }

  committed(): Promise<void> {
    return this.#isClean('due') ? Promise.resolve() : this.#journal.committed();
  }

  put(entry: JournalEntry): void {
    this.#journal.put(entry);
    this.#outage?.keep(entry, (decisionId) => this.#stored(decisionId));
  }

  /** The ledger's book has something to write. */
  bookChanged(): void {
    this.#journal.flushSoon();
  }

  /** Commits what waits, if the file can be written. */
  flush(): void {
    this.#flush('all');
  }

  #flush(which: 'all' | 'due'): void {
    if (this.#isClosed || this.#isClean(which)) return;
    try {
      this.#commit(() => undefined, which);
    } catch (error) {
      // Nobody waits for this call who could be told.
      this.#options.onRefused(error);
      if (this.#outage === null) this.#goOff('The history file can’t be written.');
    }
  }

  /** Commits at once, with all that waits; when the file fails, into memory, and later into the file. */
  now<Result>(work: Work<Result>, decisionId?: string): Result {
    const done = this.#commit(work);
    if (done !== null) return done.result;
    const outage = this.#outage;
    if (outage === null) throw new Error('kept in memory without an outage');
    this.#journal.put({ save: (to) => void work(to) });
    return work(outage.join(decisionId, (id) => this.#stored(id)));
  }

  /** From the file, with all that waited in it where it can be written. */
  read<Result>(work: Work<Result>, otherwise: Result): Result {
    this.flush();
    return this.#tried(work, otherwise);
  }

  close(): void {
    if (this.#outage) this.#outage.retryAtMs = 0;
    this.flush();
    this.#isClosed = true;
    if (this.#quiet) clearTimeout(this.#quiet);
    this.#journal.written('all');
    try {
      this.#durable.close();
    } catch (error) {
      if (storageProblem(error) === null) throw error;
    }
  }

  #isClean(which: 'all' | 'due'): boolean {
    const waiting = which === 'all' ? this.#journal.size : this.#journal.dueSize;
    return waiting === 0 && this.#book.size === 0;
  }

  /** What waits and then `work`, in one transaction. null: the file can't be written, and all still waits. */
  #commit<Result>(work: Work<Result>, which: 'all' | 'due' = 'all'): { readonly result: Result } | null {
    const outage = this.#outage;
    if (outage !== null && !this.#mayTryAgain(outage)) return null;
    const count = which === 'all' ? this.#journal.size : this.#journal.dueSize;
    let result: Result;
    try {
      result = this.#durable.atomically(() => {
        for (const entry of this.#journal.entries(which)) this.#write(entry);
        this.#book.writeTo(this.#durable.ledger);
        return work(this.#durable);
      });
    } catch (error) {
      const problem = storageProblem(error);
      if (problem === null) throw error;
      if (outage === null) this.#goOff(problem);
      return null;
    }
    this.#journal.written(which);
    this.#book.written();
    if (outage !== null) this.#goOn();
    this.#watchWal(count + 1);
    if (this.#quiet) this.#quiet.refresh();
    else this.#quiet = setTimeout(() => this.#foldIn(), quietMs).unref();
    return { result };
  }

  #foldIn(): void {
    if (this.#outage === null) this.#tried(() => this.#durable.history.checkpoint(), undefined);
  }

  /** One save that the file refuses for itself must not stop the others: SQLite has undone that statement alone. */
  #write(entry: JournalEntry): void {
    try {
      entry.save(this.#durable);
    } catch (error) {
      if (storageProblem(error) !== null) throw error;
      this.#options.onRefused(error);
    }
  }

  #mayTryAgain(outage: Outage): boolean {
    outage.lost += this.#journal.dropBeyond(keptSaves) + this.#book.dropBeyond(keptSaves);
    const nowMs = this.#options.nowMs();
    this.#journal.tryAgainAfter(retryMs);
    if (nowMs < outage.retryAtMs) return false;
    outage.retryAtMs = nowMs + retryMs;
    return !this.#isWalTooLong();
  }

  #goOff(problem: string): void {
    const outage = new Outage(problem, this.#options.nowMs() + retryMs);
    this.#outage = outage;
    for (const entry of this.#journal.entries('all'))
      outage.keep(entry, (decisionId) => this.#stored(decisionId));
    this.#options.onChange(problem);
  }

  #goOn(): void {
    this.#outage = null;
    this.#options.onChange(null);
  }

  #watchWal(saves: number): void {
    this.#savesUnwatched += saves;
    if (this.#savesUnwatched < lookAtWalEvery) return;
    this.#savesUnwatched = 0;
    if (this.#outage === null && this.#isWalTooLong())
      this.#goOff('Another program keeps the history file open for reading, so it can’t be tidied.');
  }

  /** Also after an attempt to fold it in. */
  #isWalTooLong(): boolean {
    const { history } = this.#durable;
    if (history.walBytes() < maxWalBytes) return false;
    history.tidy();
    return history.walBytes() >= maxWalBytes;
  }

  #stored(decisionId: string): StoredDecision | null {
    return this.#tried((from) => from.readDecision(decisionId), null);
  }

  #tried<Result>(work: Work<Result>, otherwise: Result): Result {
    try {
      return work(this.#durable);
    } catch (error) {
      const problem = storageProblem(error);
      if (problem === null) throw error;
      if (this.#outage === null) this.#goOff(problem);
      return otherwise;
    }
  }
}
