/**
 * What waits to be written, in order. Whoever needs to know that it is in the journal awaits `committed`. Where somebody
 * was alone the last time, all that waits is written at once; whoever else comes in the same turn of the event loop, and
 * everybody in the turns after one that was shared, has it written at the end of the turn as one text. So tasks which arrive
 * together share it, and a task alone waits for nobody. What nobody awaits goes along, or by itself after a quarter of a
 * second; averages, which change with every call, always wait so long, so that they are written a few times a second and
 * not a few times a call. Of several saves under one key only the newest is written, in the place of the first.
 */
import type { Save } from './saves.ts';

const maxWaitMs = 250;

export interface WaitingSave {
  /** Replaces what waits under the same key; absent: stands by itself. */
  readonly key?: string;
  /** Nobody awaits it: not written before its time is up. */
  readonly canWait?: boolean;
  readonly save: Save;
}

export class SaveQueue {
  readonly #flush: (which: 'all' | 'due') => void;
  #entries = new Map<string | number, WaitingSave>();
  #waiting = new Map<string | number, WaitingSave>();
  #count = 0;
  #timer: NodeJS.Timeout | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Of those who wait for the end of this turn. */
  #shared: PromiseWithResolvers<void> | null = null;
  /** Who came in this turn. */
  #callers = 0;
  #wasShared = false;
  readonly #endTurn = () => this.#turnEnded();

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

  *saves(which: 'all' | 'due'): Iterable<Save> {
    for (const { save } of this.#entries.values()) yield save;
    if (which === 'all') for (const { save } of this.#waiting.values()) yield save;
  }

  put(entry: WaitingSave): void {
    const entries = entry.canWait === true ? this.#waiting : this.#entries;
    entries.set(entry.key ?? (this.#count += 1), entry);
    this.flushSoon();
  }

  /** null: what is due now has been written. Otherwise resolves after it was, at the end of this turn of the event loop. */
  committed(): Promise<void> | null {
    this.#callers += 1;
    if (this.#callers === 1) {
      setImmediate(this.#endTurn);
      if (!this.#wasShared) {
        this.#flush('due');
        return null;
      }
    }
    this.#shared ??= Promise.withResolvers();
    return this.#shared.promise;
  }

  #turnEnded(): void {
    const shared = this.#shared;
    this.#wasShared = this.#callers > 1;
    this.#callers = 0;
    this.#shared = null;
    if (shared === null) return;
    this.#flush('due');
    shared.resolve();
  }

  /** At the latest after a quarter of a second. */
  flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush('all');
    }, maxWaitMs);
  }

  /** Keeps no process alive. */
  tryAgainAfter(waitMs: number): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#flush('all');
    }, waitMs).unref();
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

  /**
   * Forgets what was written: cleared maps would stay linked to it (see `roster.ts`). The timer runs on: under load it would be
   * stopped and started for every task.
   */
  written(which: 'all' | 'due'): void {
    this.#entries = new Map();
    if (which === 'due') return;
    this.#waiting = new Map();
    this.#stop();
  }

  #stop(): void {
    for (const timer of [this.#timer, this.#retry]) if (timer !== null) clearTimeout(timer);
    this.#timer = null;
    this.#retry = null;
  }
}
