/**
 * Small states of dispatch by key, kept in memory and in the store, so that a restart goes on where it was. Most of them
 * change with every call and are written a few times a second. So each has one record for as long as it lives, which the
 * store gets once and reads when it writes: a change in between costs no record, no key and no place in a queue.
 */
import type { Clock } from '../../engine/index.ts';
import type { EngineStateRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';

type Area = EngineStateRecord['area'];

export interface StoredStateParts {
  readonly area: Area;
  readonly store: Store;
  readonly clock: Clock;
  /** States kept over a restart, those changed last; absent: all. */
  readonly keep?: number;
}

export class StoredState<Value> {
  readonly #area: Area;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #records = new Map<string, LiveRecord<Value>>();

  /** `read` answers null for what this version can't go on with; that is forgotten. */
  constructor({ area, store, clock, keep }: StoredStateParts, read: (stored: unknown) => Value | null) {
    this.#area = area;
    this.#store = store;
    this.#clock = clock;
    if (keep !== undefined) store.pruneEngineState(area, keep);
    const stored = [...store.readEngineState(area)].sort((a, b) => a.updatedAtMs - b.updatedAtMs);
    for (const { key, json, updatedAtMs } of stored) {
      const value = restored(json, read);
      if (value !== null) this.#records.set(key, new LiveRecord(area, key, { value, updatedAtMs }));
    }
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: string): Value | undefined {
    return this.#records.get(key)?.value;
  }

  /** Those first that were new first. */
  *entries(): Iterable<readonly [key: string, value: Value]> {
    for (const { key, value } of this.#records.values()) yield [key, value];
  }

  /** The value must not change afterwards, unless it is set again as it is then. */
  set(key: string, value: Value): void {
    const known = this.#records.get(key);
    const record = known ?? new LiveRecord(this.#area, key, { value, updatedAtMs: 0 });
    if (known === undefined) this.#records.set(key, record);
    record.value = value;
    if (record.isWaiting) return;
    record.isWaiting = true;
    record.updatedAtMs = this.#clock.nowMs();
    this.#store.saveEngineState([record]);
  }

  /** In memory only: the store forgets at the next start. */
  delete(key: string): void {
    this.#records.delete(key);
  }

  /** As above. */
  clear(): void {
    this.#records.clear();
  }
}

class LiveRecord<Value> implements EngineStateRecord {
  readonly area: Area;
  readonly key: string;
  value: Value;
  /** Of the first change that the store has not written; it writes a few times a second. */
  updatedAtMs: number;
  /** The store has it and has not written it yet, so it will see what changes until then. */
  isWaiting = false;

  constructor(area: Area, key: string, { value, updatedAtMs }: { value: Value; updatedAtMs: number }) {
    this.area = area;
    this.key = key;
    this.value = value;
    this.updatedAtMs = updatedAtMs;
  }

  /** As of now. Whoever reads it may have written it: the next change is told anew. */
  get json(): string {
    this.isWaiting = false;
    return JSON.stringify(this.value);
  }

  /** As it goes into the journal: what a class inherits would be left out. */
  toJSON(): EngineStateRecord {
    const { area, key, json, updatedAtMs } = this;
    return { area, key, json, updatedAtMs };
  }
}

function restored<Value>(json: string, read: (stored: unknown) => Value | null): Value | null {
  try {
    return read(JSON.parse(json));
  } catch {
    // Starting without memory of one thing is safe.
    return null;
  }
}
