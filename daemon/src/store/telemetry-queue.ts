/**
 * Saves that may wait a moment: a lost quarter of a second of averages harms nobody, a commit for each does. Of several
 * states of one key only the newest is written.
 */
import type { EngineStateRecord, Store } from './records.ts';

const maxWaitMs = 250;
const maxRows = 500;

type Save = (store: Store) => void;

export class TelemetryQueue {
  readonly #flush: () => void;
  #states = new Map<string, EngineStateRecord>();
  #saves: Save[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  get size(): number {
    return this.#states.size + this.#saves.length;
  }

  putState(record: EngineStateRecord): void {
    this.#states.set(JSON.stringify([record.area, record.key]), record);
    this.#flushSoon();
  }

  put(save: Save): void {
    this.#saves.push(save);
    this.#flushSoon();
  }

  /** Everything that waits, for the caller to write. */
  take(): Save[] {
    this.dispose();
    if (this.size === 0) return [];
    const states = [...this.#states.values()];
    const saves = this.#saves;
    this.#states = new Map();
    this.#saves = [];
    return states.length === 0 ? saves : [...saves, (store) => store.saveEngineState(states)];
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #flushSoon(): void {
    if (this.size >= maxRows) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), maxWaitMs);
  }
}
