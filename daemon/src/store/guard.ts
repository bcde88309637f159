/**
 * What stands between dispatch and the files. Everything that is to be written passes through here and goes into the journal
 * as one text with all that waits; the history thread brings it into the history file a little later. What a failing
 * disk means is decided here, whichever of the two files fails, and nobody else sees the system's errors.
 *
 * When the disk is full, the folder turns read-only, the file fails or the thread does not answer, what should have been
 * written stays in the queue, is joined with what the file has, and is written as soon as that works again.
 */
import { remoteRecords, type HistoryLink } from './thread/history-calls.ts';
import type { JournalBook } from './journal/journal-book.ts';
import type { Journal } from './journal/journal.ts';
import { Outage } from './outage.ts';
import type { StoredDecision } from './records.ts';
import type { RareSaves, Reads } from './store.ts';
import { SaveQueue, type WaitingSave } from './journal/save-queue.ts';
import { encodeSaves, type Save } from './journal/saves.ts';
import { storageProblem } from './storage-problem.ts';

export interface GuardOptions {
  readonly nowMs: () => number;
  /** Told when history goes off, with the reason, and when it is on again, with null. */
  readonly onChange: (reason: string | null) => void;
  /** Told of a save that the file will never take, which was left out: a mistake of ours. */
  readonly onRefused: (error: unknown) => void;
}

export interface GuardParts {
  readonly link: HistoryLink;
  readonly journal: Journal;
  readonly book: JournalBook;
}

/** How long after a failure the files are tried again. */
const retryMs = 15_000;
/** Saves kept while they can't be written; beyond that the oldest are lost, and that is said. */
const keptSaves = 20_000;
/** Without a save for so long, the journal is emptied and the history file's log folded in. */
const quietMs = 1_000;

type Which = 'all' | 'due';

export class Guard {
  readonly #link: HistoryLink;
  readonly #journal: Journal;
  readonly #book: JournalBook;
  readonly #options: GuardOptions;
  readonly #records: RareSaves & Reads;
  readonly #queue = new SaveQueue((which) => this.#flush(which));
  #outage: Outage | null = null;
  #quiet: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor({ link, journal, book }: GuardParts, options: GuardOptions) {
    this.#link = link;
    this.#journal = journal;
    this.#book = book;
    this.#options = options;
    this.#records = remoteRecords(link);
    link.listen({
      onProblem: (problem) => this.#historyFailed(problem),
      onRefused: options.onRefused,
      onRevived: () => this.#revived(),
    });
  }

  /** null: the files can be written. */
  get outage(): Outage | null {
    return this.#outage;
  }

  get reason(): string | null {
    return this.#outage?.reason(this.#queue.size + this.#book.size) ?? null;
  }

  committed(): Promise<void> | null {
    return this.#isClean('due') ? null : this.#queue.committed();
  }

  put(entry: WaitingSave): void {
    this.#queue.put(entry);
    this.#outage?.keep(entry.save);
  }

  /** The ledger's book has something to write. */
  bookChanged(): void {
    this.#queue.flushSoon();
  }

  /** Commits what waits, if it can be written. */
  flush(): void {
    this.#flush('all');
  }

  /** A rare save: in the file when this returns; when that fails, in memory, and later in the file. */
  now(save: Save): unknown {
    this.flush();
    if (this.#outage === null) {
      try {
        const [name, ...args] = save;
        return this.#link.call('records', name, args);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#queue.put({ save });
    return this.#outage?.keep(save);
  }

  /** From the file, with all that waited in it where it can be written. */
  read<Result>(work: (from: Reads) => Result, otherwise: Result): Result {
    this.flush();
    return this.tried(() => work(this.#records), otherwise);
  }

  /** The history may have forgotten what it had: what new records name is written again. */
  forgotten(): void {
    this.#journal.facts.beginAnew();
  }

  /** Asks the history thread; where that fails, history goes off. */
  tried<Result>(work: () => Result, otherwise: Result): Result {
    try {
      return work();
    } catch (error) {
      this.#failed(error);
      return otherwise;
    }
  }

  /** Leaves nothing in the journal, if the history file can be written: it has everything then. */
  emptyJournal(): void {
    this.flush();
    // Either file may be the one that has something.
    for (let turns = 0; turns < 2; turns += 1) {
      this.#link.call('file', 'catchUp', []);
      this.#journal.takeTurns();
    }
    this.#link.call('file', 'catchUp', []);
  }

  close(): void {
    if (this.#isClosed) return;
    if (this.#outage) this.#outage.retryAtMs = 0;
    this.flush();
    // Where only the history file fails, the next start finds the rest in the journal.
    if (!this.#isClean('all')) this.tried(() => this.#append('all'), undefined);
    this.#isClosed = true;
    if (this.#quiet) clearTimeout(this.#quiet);
    this.#queue.written('all');
    this.#journal.close();
    this.tried(() => this.#link.call('file', 'close', []), undefined);
  }

  #isClean(which: Which): boolean {
    const waiting = which === 'all' ? this.#queue.size : this.#queue.dueSize;
    return waiting === 0 && this.#book.size === 0;
  }

  #flush(which: Which): void {
    if (this.#isClosed || this.#isClean(which)) return;
    const outage = this.#outage;
    if (outage !== null && !this.#worksAgain(outage)) return;
    if (this.#journal.isFull) this.tried(() => this.#link.call('file', 'catchUp', []), undefined);
    // Only if that was found out just now.
    if (this.#outage !== outage) return;
    try {
      this.#append(which);
    } catch (error) {
      this.#goOff(storageProblem(error) ?? 'The history file can’t be written.');
      if (storageProblem(error) === null) this.#options.onRefused(error);
      return;
    }
    if (outage !== null) this.#goOn();
    this.#link.wake();
    if (this.#quiet) this.#quiet.refresh();
    else this.#quiet = setTimeout(() => this.#rest(), quietMs).unref();
  }

  /** Throws what the file system throws; all still waits then. */
  #append(which: Which): void {
    this.#journal.append((text) => {
      const { facts } = this.#journal;
      const { onRefused } = this.#options;
      encodeSaves(text, this.#queue.saves(which), this.#book.changes(), { facts, onRefused });
    });
    this.#queue.written(which);
    this.#book.written();
  }

  #rest(): void {
    if (this.#outage !== null) return;
    this.#journal.takeTurns();
    this.#link.post('file', 'rest');
  }

  #worksAgain(outage: Outage): boolean {
    outage.lost += this.#queue.dropBeyond(keptSaves) + this.#book.dropBeyond(keptSaves);
    const nowMs = this.#options.nowMs();
    this.#queue.tryAgainAfter(retryMs);
    if (nowMs < outage.retryAtMs) return false;
    outage.retryAtMs = nowMs + retryMs;
    this.#link.revive();
    if (!this.tried(() => this.#link.call('file', 'catchUp', []) === true, false)) return false;
    // A file that could grow no further is emptied now.
    this.#journal.takeTurns();
    return true;
  }

  /** The journal can't be applied, but it has what it has. */
  #historyFailed(problem: string): void {
    this.#goOff(problem);
    try {
      const { facts } = this.#journal;
      this.#outage?.keepJournal(this.#journal.unapplied(), (name) => facts.read(name));
    } catch (error) {
      // Not to be seen for now, and not lost either.
      if (storageProblem(error) === null) throw error;
    }
  }

  #revived(): void {
    // The thread has begun its files anew.
    this.tried(() => this.#journal.reopen(), undefined);
    if (this.#outage) this.#outage.retryAtMs = 0;
    this.flush();
    if (this.#outage !== null && this.#isClean('all')) this.#goOn();
  }

  #failed(error: unknown): void {
    const problem = storageProblem(error);
    if (problem === null) throw error;
    this.#historyFailed(problem);
  }

  #goOff(problem: string): void {
    if (this.#outage !== null || this.#isClosed) return;
    const outage = new Outage(problem, this.#options.nowMs() + retryMs, (id) => this.#stored(id));
    this.#outage = outage;
    for (const save of this.#queue.saves('all')) outage.keep(save);
    this.#queue.tryAgainAfter(retryMs);
    this.#options.onChange(problem);
  }

  #goOn(): void {
    this.#outage = null;
    this.#options.onChange(null);
  }

  #stored(decisionId: string): StoredDecision | null {
    return this.tried(() => this.#records.readDecision(decisionId), null);
  }
}
