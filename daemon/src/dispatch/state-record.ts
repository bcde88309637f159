/**
 * A state of the engine as a record to be saved. It becomes JSON when it is written and not before: of the many states
 * that one key has while tasks run side by side, only the newest is written at all.
 */
import type { EngineStateRecord } from '../store/records.ts';

/** `state` must not change afterwards, unless a record of it as it is then follows under the same key. */
export function stateRecord(
  area: EngineStateRecord['area'],
  key: string,
  state: unknown,
  updatedAtMs: number,
): EngineStateRecord {
  return new StateRecord(area, key, state, updatedAtMs);
}

/** A class, because an object with a getter of its own takes longer to make than all that is in it. */
class StateRecord implements EngineStateRecord {
  readonly area: EngineStateRecord['area'];
  readonly key: string;
  readonly updatedAtMs: number;
  readonly #state: unknown;

  constructor(area: EngineStateRecord['area'], key: string, state: unknown, updatedAtMs: number) {
    this.area = area;
    this.key = key;
    this.updatedAtMs = updatedAtMs;
    this.#state = state;
  }

  get json(): string {
    return JSON.stringify(this.#state);
  }

  /** As it goes into the journal: what a class inherits would be left out. */
  toJSON(): EngineStateRecord {
    const { area, key, json, updatedAtMs } = this;
    return { area, key, json, updatedAtMs };
  }
}
