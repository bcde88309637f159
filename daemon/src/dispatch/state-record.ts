/**
 * A state of the engine as a record to be saved. It becomes JSON when it is written and not before: of the many states
 * that one key has while tasks run side by side, only the newest is written at all.
 */
import type { EngineStateRecord } from '../store/records.ts';

/** `state` must not change afterwards; the engine's never do. */
export function stateRecord(
  area: EngineStateRecord['area'],
  key: string,
  state: unknown,
  updatedAtMs: number,
): EngineStateRecord {
  return {
    area,
    key,
    get json() {
      return JSON.stringify(state);
    },
    updatedAtMs,
  };
}
