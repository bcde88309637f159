/**
 * What waits to be written, in order. Whoever needs to know that it is in the file awaits `committed`: all that is
 * waiting at the end of this turn of the event loop is then written as one transaction, so that tasks which arrive
 * together share it, and a task alone waits for nobody. What nobody awaits goes along, or by itself after a quarter of a
 * second; averages, which change with every call, always wait so long, so that they are written a few times a second and
 * not a few times a call. Of several saves under one key only the newest is written, in the place of the first.
 */
import type { Records } from './records.ts';

const maxWaitMs = 250;

export interface JournalEntry {
  /** Replaces what waits under the same key; absent: stands by itself. */
  readonly key?: string;
  /** Nobody awaits it: not written before its time is up. */
  readonly canWait?: boolean;
  /** The decision it belongs to. */
  readonly decisionId?: string;
  save(to: Records): void;
}

export class Journal {
  readonly #flush: (which: 'all' | 'due') => void;
  #entries = new Map<string | number, JournalEntry>();
  #waiting = new Map<string | number, JournalEntry>();
  #count = 0;
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<void> | null = null;

  constructor(flush: (which: 'all' | 'due') => void) {
    this.#flush = flush;
  }

  get size(): number {
    return this.#entries.size + this.#waiting.size;
  }

  /** Without what can wait. */
  get dueSize(): number {
    return this.#entries.size;
  }

  *entries(which: 'all' | 'due'): Iterable<JournalEntry> {
    yield* this.#entries.values();
    if (which === 'all') yield* this.#waiting.values();
  }

  put(entry: JournalEntry): void {
    const entries = entry.canWait === true ? this.#waiting : this.#entries;
    entries.set(entry.key ?? (this.#count += 1), entry);
    this.flushSoon();
  }

  /** Resolves after what is due now was written, at the end of this turn of the event loop. */
  committed(): Promise<void> {
    return (this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = null;
        this.#flush('due');
        resolve();
      });
    }));
  }

  /** At the latest after a quarter of a second. */
  flushSoon(): void {
    this.#timer ??= this.#flushAfter(maxWaitMs);
  }

  /** Keeps no process alive. */
  tryAgainAfter(waitMs: number): void {
    this.#timer ??= this.#flushAfter(waitMs).unref();
  }

  #flushAfter(waitMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = null;
      this.#flush('all');
    }, waitMs);
  }

  /** Drops the oldest beyond `most`; answers how many. */
  dropBeyond(most: number): number {
    const before = this.#entries.size;
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= most) break;
      this.#entries.delete(key);
    }
    return before - this.#entries.size;
  }

  /** Forgets what was written. */
  written(which: 'all' | 'due'): void {
    this.#entries = new Map();
    if (which === 'all') this.#waiting = new Map();
    if (this.#timer === null || this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
