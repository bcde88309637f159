/**
 * The engine's per-route memory (moving averages, health) with its one writer: every attempt result passes through
 * here, is folded in by the engine's functions, and is kept in the store for the next start.
 */
import type {
  AttemptResult,
  Clock,
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
  networkThere,
  predictedCallMs,
  readPerformanceState,
  readRouteHealthState,
  routeHealthFacts,
  watchOwnNetwork,
} from '../engine/index.ts';
import type { EngineStateRecord, Store } from '../store/records.ts';

export interface RouteStatesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly createSeed: () => number;
  /** Called after each change of a route's health state. */
  readonly onChange: () => void;
  /** All nodes, to tell a node's outage from this machine's own. */
  readonly nodes: () => readonly { readonly nodeId: string; readonly isLocal: boolean }[];
}

export class RouteStates {
  readonly #deps: RouteStatesDeps;
  readonly #random: { next(): number };
  readonly #performance = new Map<string, PerformanceState>();
  readonly #health = new Map<string, RouteHealthState>();
  #network: NetworkWatch = networkThere;
  #epoch = 0;

  constructor(deps: RouteStatesDeps) {
    this.#deps = deps;
    this.#random = createRandom(deps.createSeed());
    restore(deps.store.readEngineState('performance'), readPerformanceState, this.#performance);
    restore(deps.store.readEngineState('health'), readRouteHealthState, this.#health);
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
  recordAttempt(attempt: AttemptResult): void {
    const { routeId } = attempt;
    const before = this.performance(routeId);
    const result = {
      ...attempt,
      predictedMs: predictedCallMs(before, attempt),
      excused: attempt.excused === true || this.#isOffline(attempt),
    };
    const performance = monitorPerformance(before, result);
    this.#performance.set(routeId, performance);
    this.#keep('performance', routeId, performance);
    const event = healthEventOf(result);
    if (event === null) return;
    this.recordHealth(routeId, event);
    this.#detect(routeId);
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
    this.#deps.store.saveEngineState([
      { area, key, json: JSON.stringify(state), updatedAtMs: this.#deps.clock.nowMs() },
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
