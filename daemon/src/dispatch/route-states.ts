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
  NetworkWatch,
  PerformanceState,
  RouteHealthState,
} from '../engine/index.ts';
import {
  createRandom,
  detectFailoverNeed,
  healthEventOf,
  integrateHealthMonitoring,
  monitorPerformance,
  monitorQuality,
  newAlarms,
  networkThere,
  predictedCallMs,
  readPerformanceState,
  readRouteHealthState,
  resetHistory,
  routeHealthFacts,
  watchOwnNetwork,
} from '../engine/index.ts';
import { RouteQuantiles, restoredAttempts } from './route-quantiles.ts';
import type { QuantileWindow, Quantiles } from './route-quantiles.ts';
import type { EngineStateRecord, Store } from '../store/records.ts';
import { stateRecord } from './state-record.ts';

export interface RouteStatesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly createSeed: () => number;
  /** Called after each change of a route's health state. */
  readonly onChange: () => void;
  /** Called when the monitor noticed a change in a route's behaviour. */
  readonly onAlarm: (alarm: Alarm) => void;
  /** All nodes, to tell a node's outage from this machine's own. */
  readonly nodes: () => readonly { readonly nodeId: string; readonly isLocal: boolean }[];
}

export class RouteStates {
  readonly #deps: RouteStatesDeps;
  readonly #random: { next(): number };
  readonly #performance = new Map<string, PerformanceState>();
  readonly #health = new Map<string, RouteHealthState>();
  #network: NetworkWatch = networkThere;
  readonly #quantiles = new RouteQuantiles();
  #epoch = 0;

  constructor(deps: RouteStatesDeps) {
    this.#deps = deps;
    this.#random = createRandom(deps.createSeed());
    restore(deps.store.readEngineState('performance'), readPerformanceState, this.#performance);
    restore(deps.store.readEngineState('health'), readRouteHealthState, this.#health);
    const { sinceMs, limit } = restoredAttempts;
    const fromMs = Math.max(0, deps.clock.nowMs() - sinceMs);
    this.#quantiles.restore(deps.store.history.recentAttempts({ sinceMs: fromMs, limit }));
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
    return this.#quantiles.of(routeId, window, this.#deps.clock.nowMs());
  }

  /** Folds one ended attempt into the averages and the health of its route. */
  recordAttempt(attempt: AttemptResult): void {
    const { routeId } = attempt;
    const before = this.performance(routeId);
    const result = {
      ...attempt,
      predictedMs: predictedCallMs(before, attempt),
      excused: attempt.excused === true || this.#isOffline(attempt),
    };
    this.#fold(routeId, (state) => monitorPerformance(state, result));
    if (result.status === 'succeeded') this.#quantiles.add(routeId, result.totalMs, result.endedAtMs);
    const event = healthEventOf(result);
    if (event === null) return;
    this.recordHealth(routeId, event);
    this.#detect(routeId);
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
    const nowMs = this.#deps.clock.nowMs();
    const { state, transition } = integrateHealthMonitoring(this.health(routeId), event, nowMs, {
      random: this.#random,
    });
    this.#health.set(routeId, state);
    this.#keep('health', routeId, state);
    if (!transition) return;
    this.#epoch += 1;
    this.#deps.store.saveHealthTransition({ routeId, ...transition, atMs: nowMs });
    this.#deps.onChange();
  }

  /** Lets routes whose cool-down has run out be tried again. */
  elapse(): void {
    const nowMs = this.#deps.clock.nowMs();
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
    for (const alarm of newAlarms(before?.anomalies ?? null, after.anomalies)) this.#deps.onAlarm(alarm);
  }

  #detect(routeId: string): void {
    const { action, evidence } = detectFailoverNeed({ routeId }, routeHealthFacts(this.health(routeId)));
    if (evidence === null) return;
    this.recordHealth(routeId, { type: action === 'degrade' ? 'slow' : 'alarm', evidence });
  }

  /** Whether a failure belongs to this machine's own network; when that has just shown, what came before is forgiven. */
  #isOffline({ routeId, status, connected }: AttemptResult): boolean {
    const nodes = this.#deps.nodes();
    const node = nodes.find(({ nodeId }) => routeId.startsWith(`${nodeId}/`));
    if (node === undefined || node.isLocal || status === 'cancelled') return false;
    const before = this.#network.lostSinceMs;
    this.#network = watchOwnNetwork(this.#network, {
      nodeId: node.nodeId,
      connected: connected !== false,
      atMs: this.#deps.clock.nowMs(),
      remoteNodes: nodes.filter(({ isLocal }) => !isLocal).length,
    });
    const { lostSinceMs, unreached } = this.#network;
    if (lostSinceMs === null || connected !== false) return false;
    if (before === null) this.#forgive(Object.keys(unreached), lostSinceMs);
    return true;
  }

  #forgive(nodeIds: readonly string[], sinceMs: number): void {
    for (const routeId of this.#health.keys()) {
      if (nodeIds.some((nodeId) => routeId.startsWith(`${nodeId}/`)))
        this.recordHealth(routeId, { type: 'forgive', sinceMs });
    }
  }

  #keep(area: EngineStateRecord['area'], key: string, state: unknown): void {
    this.#deps.store.saveEngineState([stateRecord(area, key, state, this.#deps.clock.nowMs())]);
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
