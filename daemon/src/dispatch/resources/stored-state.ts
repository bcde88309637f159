/** Small states of dispatch by key, kept in memory and in the store, so that a restart goes on where it was. */
import type { Clock } from '../../engine/index.ts';
import type { EngineStateRecord, Store } from '../../store/records.ts';
import { stateRecord } from '../state-record.ts';

type Area = EngineStateRecord['area'];

export class StoredState<Value> {
  readonly #area: Area;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #values = new Map<string, Value>();

  /** `read` answers null for what this version can't go on with; that is forgotten. The oldest beyond `keep` are, too. */
  constructor(
    parts: { readonly area: Area; readonly store: Store; readonly clock: Clock; readonly keep: number },
    read: (stored: unknown) => Value | null,
  ) {
    const { area, store, clock, keep } = parts;
    this.#area = area;
    this.#store = store;
    this.#clock = clock;
    store.pruneEngineState(area, keep);
    for (const { key, json } of store.readEngineState(area)) {
      const value = read(parsed(json));
      if (value !== null) this.#values.set(key, value);
    }
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    this.#values.set(key, value);
    this.#store.saveEngineState([stateRecord(this.#area, key, value, this.#clock.nowMs())]);
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
