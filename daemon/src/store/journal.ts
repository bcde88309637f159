/**
 * What waits to be written, in order. Whoever needs to know that it is in the file awaits `committed`: all that is
 * waiting at the end of this turn of the event loop is then written as one transaction, so that tasks which arrive
 * together share it, and a task alone waits for nobody. What nobody awaits (averages, renewals) goes along, or by itself
 * after a quarter of a second. Of several saves under one key only the newest is written, in the place of the first.
 */
import type { Records } from './records.ts';

const maxWaitMs = 250;

export interface JournalEntry {
  /** Replaces what waits under the same key; absent: stands by itself. */
  readonly key?: string;
  /** The decision it belongs to. */
  readonly decisionId?: string;
  save(to: Records): void;
}

export class Journal {
  readonly #flush: () => void;
  #entries = new Map<string | number, JournalEntry>();
  #count = 0;
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<void> | null = null;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): Iterable<JournalEntry> {
    return this.#entries.values();
  }

  put(entry: JournalEntry): void {
    this.#entries.set(entry.key ?? (this.#count += 1), entry);
    this.flushSoon();
  }

  /** Resolves after what waits now was written, at the end of this turn of the event loop. */
  committed(): Promise<void> {
    return (this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = null;
        this.#flush();
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
      this.#flush();
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

  /** Forgets what waits: it is written. */
  clear(): void {
    this.#entries = new Map();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
