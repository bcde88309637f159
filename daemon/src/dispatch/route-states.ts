/**
 * The engine's per-route memory (moving averages, health) with its one writer: every attempt result passes through
 * here, is folded in by the engine's functions, and is kept in the store for the next start.
 */
import type {
  AttemptResult,
  Clock,
  HealthEvent,
  PerformanceState,
  RouteHealthState,
} from '../engine/index.ts';
import { integrateHealthMonitoring, monitorPerformance } from '../engine/index.ts';
import type { EngineStateRecord, Store } from '../store/records.ts';

export class RouteStates {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onTransition: () => void;
  readonly #performance = new Map<string, PerformanceState>();
  readonly #health = new Map<string, RouteHealthState>();
  #epoch = 0;

  constructor(store: Store, clock: Clock, onTransition: () => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onTransition = onTransition;
    for (const record of store.readEngineState('performance')) restore(record, this.#performance);
    for (const record of store.readEngineState('health')) restore(record, this.#health);
  }

  /** Grows with every health transition: no cached candidate set survives one. */
  get epoch(): number {
    return this.#epoch;
  }

  performance(routeId: string): PerformanceState | null {
    return this.#performance.get(routeId) ?? null;
  }

  health(routeId: string): RouteHealthState | null {
    return this.#health.get(routeId) ?? null;
  }

  /** Folds one ended attempt into the averages and the health of its route. */
  recordAttempt(result: AttemptResult): void {
    this.#performance.set(result.routeId, monitorPerformance(this.performance(result.routeId), result));
    this.#keep('performance', result.routeId, this.#performance.get(result.routeId));
    if (result.status === 'cancelled') return;
    this.recordHealth(
      result.routeId,
      result.failure === null
        ? { type: 'attemptSucceeded' }
        : { type: 'attemptFailed', kind: result.failure, retryAfterMs: result.retryAfterMs },
    );
  }

  recordHealth(routeId: string, event: HealthEvent): void {
    const nowMs = this.#clock.nowMs();
    const { state, transition } = integrateHealthMonitoring(this.health(routeId), event, nowMs);
    this.#health.set(routeId, state);
    this.#keep('health', routeId, state);
    if (!transition) return;
    this.#epoch += 1;
    this.#store.saveHealthTransition({ routeId, ...transition, atMs: nowMs });
    this.#onTransition();
  }

  /** Lets routes whose cool-down has run out be tried again. */
  elapse(): void {
    const nowMs = this.#clock.nowMs();
    for (const [routeId, state] of this.#health) {
      if (state.until !== null && state.until <= nowMs)
        this.recordHealth(routeId, { type: 'cooldownElapsed' });
    }
  }

  #keep(area: EngineStateRecord['area'], key: string, state: unknown): void {
    this.#store.saveEngineState([
      { area, key, json: JSON.stringify(state), updatedAtMs: this.#clock.nowMs() },
    ]);
  }
}

/** A state written by another version that no longer parses is forgotten, not fatal. */
function restore<State>(record: EngineStateRecord, into: Map<string, State>): void {
  try {
    into.set(record.key, JSON.parse(record.json) as State);
  } catch {
    // Starting without memory of one route is the documented answer to a damaged record.
  }
}
