/** A table of the engine's small states with its copy in the store: what was learned outlives the daemon. */
import type { Clock } from '../../engine/index.ts';
import type { EngineStateRecord, Store } from '../../store/records.ts';
import { stateRecord } from '../state-record.ts';

/** Models come and go; only the states used last are kept. */
const mostStates = 1_000;

export class SavedStates<State> {
  readonly #area: EngineStateRecord['area'];
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #states = new Map<string, State>();

  /** @param read takes a stored state, or null for one that this version can't go on with */
  constructor(
    area: EngineStateRecord['area'],
    read: (stored: unknown) => State | null,
    { store, clock }: { readonly store: Store; readonly clock: Clock },
  ) {
    this.#area = area;
    this.#store = store;
    this.#clock = clock;
    store.pruneEngineState(area, mostStates);
    for (const { key, json } of store.readEngineState(area)) {
      const state = read(parsed(json));
      if (state !== null) this.#states.set(key, state);
    }
  }

  get(key: string): State | null {
    return this.#states.get(key) ?? null;
  }

  set(key: string, state: State): void {
    this.#states.set(key, state);
    this.#store.saveEngineState([stateRecord(this.#area, key, state, this.#clock.nowMs())]);
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
