/**
 * The engine's per-route memory (moving averages, health) with its one writer: every attempt result passes through
 * here, is folded in by the engine's functions, and is kept in the store for the next start.
 */
import type {
  Alarm,
  AttemptResult,
  Clock,
  GradedResult,
  HealthEvent,
  PerformanceState,
  RouteHealthState,
} from '../engine/index.ts';
import {
  detectFailoverNeed,
  healthEventOf,
  integrateHealthMonitoring,
  monitorPerformance,
  monitorQuality,
  newAlarms,
  readPerformanceState,
  readRouteHealthState,
  resetHistory,
  routeHealthFacts,
} from '../engine/index.ts';
import { RouteQuantiles, restoredAttempts } from './route-quantiles.ts';
import type { QuantileWindow, Quantiles } from './route-quantiles.ts';
import type { EngineStateRecord, Store } from '../store/records.ts';

export class RouteStates {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onTransition: () => void;
  readonly #onAlarm: (alarm: Alarm) => void;
  readonly #performance = new Map<string, PerformanceState>();
  readonly #health = new Map<string, RouteHealthState>();
  readonly #quantiles = new RouteQuantiles();
  #epoch = 0;

  constructor(
    store: Store,
    clock: Clock,
    on: { readonly transition: () => void; readonly alarm: (alarm: Alarm) => void },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#onTransition = on.transition;
    this.#onAlarm = on.alarm;
    restore(store.readEngineState('performance'), readPerformanceState, this.#performance);
    const { sinceMs, limit } = restoredAttempts;
    const attempts = store.history.recentAttempts({ sinceMs: Math.max(0, clock.nowMs() - sinceMs), limit });
    this.#quantiles.restore(attempts);
    restore(store.readEngineState('health'), readRouteHealthState, this.#health);
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

  quantiles(routeId: string, window: QuantileWindow): Quantiles | null {
    return this.#quantiles.of(routeId, window, this.#clock.nowMs());
  }

  /** Folds one ended attempt into the averages and the health of its route. */
  recordAttempt(result: AttemptResult): void {
    const { routeId } = result;
    this.#fold(routeId, (state) => monitorPerformance(state, result));
    if (result.status === 'succeeded') this.#quantiles.add(routeId, result.totalMs, result.endedAtMs);
    const event = healthEventOf(result);
    if (event === null) return;
    this.recordHealth(routeId, event);
    const need = detectFailoverNeed({ routeId }, routeHealthFacts(this.health(routeId)));
    if (need.needed && need.evidence !== null)
      this.recordHealth(routeId, { type: 'alarm', evidence: need.evidence });
  }

  /** Folds a grade of one of the route's answers into the test of its quality. */
  recordGrade(routeId: string, grade: GradedResult): void {
    this.#fold(routeId, (state) => monitorQuality(state, routeId, grade));
  }

  /** Lets go of most of what a route's past calls say of its next ones. */
  resetHistory(routeId: string): void {
    this.#fold(routeId, (state) => state && resetHistory(state));
  }

  /** Forgets every average; health stays, because a provider's reset time must not be forgotten. */
  forgetPerformance(): void {
    this.#performance.clear();
    this.#quantiles.clear();
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
      if (state.untilMs !== null && state.untilMs <= nowMs)
        this.recordHealth(routeId, { type: 'cooldownElapsed' });
    }
  }

  #fold(routeId: string, change: (state: PerformanceState | null) => PerformanceState | null): void {
    const before = this.performance(routeId);
    const after = change(before);
    if (after === null || after === before) return;
    this.#performance.set(routeId, after);
    this.#keep('performance', routeId, after);
    for (const alarm of newAlarms(before?.anomalies ?? null, after.anomalies)) this.#onAlarm(alarm);
  }

  #keep(area: EngineStateRecord['area'], key: string, state: unknown): void {
    this.#store.saveEngineState([
      { area, key, json: JSON.stringify(state), updatedAtMs: this.#clock.nowMs() },
    ]);
  }
}

/** A state that this version can't go on with is forgotten: starting without memory of one route is safe. */
function restore<State>(
  records: readonly EngineStateRecord[],
  read: (stored: unknown) => State | null,
  into: Map<string, State>,
): void {
  for (const { key, json } of records) {
    const state = read(parseOrNull(json));
    if (state !== null) into.set(key, state);
  }
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
