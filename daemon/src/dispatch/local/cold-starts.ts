/** What loading each model took on this machine, kept over restarts: per route, and per node as the speed of its disk. */
import type { AttemptResult, Clock, ColdStartState } from '../../engine/index.ts';
import { coldStartMs, learnColdStart, observedColdStartMs, readColdStartState } from '../../engine/index.ts';
import type { Store } from '../../store/store.ts';
import { StoredState } from '../memory/stored-state.ts';

/** Models come and go; only the states used last are kept over a restart. */
const keptStates = 1_000;
/** Below this a load is mostly the start of a process and says nothing of the disk. */
const diskFromBytes = 200_000_000;

export interface LoadSample {
  readonly nodeId: string;
  readonly routeId: string;
  readonly wasCold: boolean;
  readonly bytes: number | null;
  /** What the server says the load took; null: it does not say. */
  readonly reportedMs: number | null;
  readonly firstTokenMs: number | null;
  readonly warmFirstTokenMs: number;
}

export class ColdStarts {
  readonly #states: StoredState<ColdStartState>;
  readonly #clock: Clock;

  constructor(deps: { readonly store: Store; readonly clock: Clock }) {
    this.#clock = deps.clock;
    this.#states = new StoredState({ area: 'coldStart', keep: keptStates, ...deps }, readColdStartState);
  }

  /** Expected time of one load, in ms. */
  expectedMs(nodeId: string, routeId: string, bytes: number | null): number {
    const route = this.#states.get(routeKey(routeId)) ?? null;
    const node = this.#states.get(nodeKey(nodeId)) ?? null;
    return coldStartMs({ route, node }, bytes, this.#clock.nowMs());
  }

  /** Learns from one call; answers how much of its time was a load, 0 for none. */
  observe(sample: LoadSample): number {
    const loadMs = observedColdStartMs(sample);
    if (loadMs === null) return 0;
    this.#learn(routeKey(sample.routeId), loadMs);
    if (sample.bytes !== null && sample.bytes >= diskFromBytes)
      this.#learn(nodeKey(sample.nodeId), loadMs / (sample.bytes / 1e9));
    return loadMs;
  }

  #learn(key: string, value: number): void {
    this.#states.set(key, learnColdStart(this.#states.get(key) ?? null, value, this.#clock.nowMs()));
  }
}

/** A route's performance must not learn that the model is slow from a call that had to load it. */
export function withoutLoad<Timed extends Pick<AttemptResult, 'firstTokenMs' | 'totalMs'>>(
  result: Timed,
  loadMs: number,
): Timed {
  if (loadMs <= 0) return result;
  const warm = (ms: number) => Math.max(0, ms - loadMs);
  return {
    ...result,
    firstTokenMs: result.firstTokenMs === null ? null : warm(result.firstTokenMs),
    totalMs: warm(result.totalMs),
  };
}

function routeKey(routeId: string): string {
  return `route ${routeId}`;
}

function nodeKey(nodeId: string): string {
  return `node ${nodeId}`;
}
