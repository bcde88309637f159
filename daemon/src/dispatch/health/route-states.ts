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
  HealthTransition,
  NetworkWatch,
  PerformanceState,
  RouteHealthState,
} from '../../engine/index.ts';
import {
  createRandom,
  detectFailoverNeed,
  healthEventOf,
  integrateHealthMonitoring,
  monitorPerformance,
  monitorQuality,
  newAlarms,
  networkThere,
  readPerformanceState,
  readRouteHealthState,
  resetHistory,
  routeHealthFacts,
  watchOwnNetwork,
} from '../../engine/index.ts';
import type { Lessons } from '../memory/lessons.ts';
import { NodeHolds } from './node-holds.ts';
import { RouteQuantiles, restoredAttempts } from './route-quantiles.ts';
import type { QuantileWindow, Quantiles } from './route-quantiles.ts';
import type { Store } from '../../store/store.ts';
import { StoredState } from '../memory/stored-state.ts';

export interface RouteStatesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly createSeed: () => number;
  readonly lessons: Lessons;
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
  readonly #performance: StoredState<PerformanceState>;
  readonly #health: StoredState<RouteHealthState>;
  readonly #holds: NodeHolds;
  #network: NetworkWatch = networkThere;
  /** No route's state is moved on by time before this. */
  #nextElapseMs = -Infinity;
  readonly #quantiles = new RouteQuantiles();
  #epoch = 0;

  constructor(deps: RouteStatesDeps) {
    this.#deps = deps;
    this.#random = createRandom(deps.createSeed());
    this.#performance = new StoredState({ ...deps, area: 'performance' }, readPerformanceState);
    this.#health = new StoredState({ ...deps, area: 'health' }, readRouteHealthState);
    this.#holds = new NodeHolds(deps.store, deps.clock);
    const { sinceMs, limit } = restoredAttempts;
    const fromMs = Math.max(0, deps.clock.nowMs() - sinceMs);
    this.#quantiles.restore(deps.store.history.recentAttempts({ sinceMs: fromMs, limit }));
  }

  /** Grows with every health transition: no cached candidate set survives one. */
  get epoch(): number {
    return this.#epoch;
  }

  performance(routeId: string): PerformanceState | null {
    this.#deps.lessons.learn();
    return this.#performance.get(routeId) ?? null;
  }

  /** As decisions are to see it: what a person set for the whole node stands before what is known of the route. */
  health(routeId: string): RouteHealthState | null {
    const own = this.ownHealth(routeId);
    return this.#holds.standBefore(routeId, own) ?? own;
  }

  ownHealth(routeId: string): RouteHealthState | null {
    this.#deps.lessons.learn();
    return this.#health.get(routeId) ?? null;
  }

  /** What a person set for a whole node; null: nothing. */
  nodeHealth(nodeId: string): RouteHealthState | null {
    return this.#holds.of(nodeId);
  }

  quantiles(routeId: string, window: QuantileWindow): Quantiles | null {
    this.#deps.lessons.learn();
    return this.#quantiles.of(routeId, window, this.#deps.clock.nowMs());
  }

  /**
   * Folds one ended attempt into the averages and the health of its route. A failure at once, because what follows it asks;
   * an answer behind its end.
   */
  recordAttempt(attempt: AttemptResult): void {
    const { lessons } = this.#deps;
    lessons.add(() => this.#learn(attempt));
    if (attempt.status !== 'succeeded') lessons.learn();
  }

  #learn(attempt: AttemptResult): void {
    const { routeId } = attempt;
    const isOurs = attempt.excused !== true && this.#isOffline(attempt);
    const result = isOurs ? { ...attempt, excused: true } : attempt;
    this.#fold(routeId, (state) => monitorPerformance(state, result));
    if (result.status === 'succeeded') this.#quantiles.add(routeId, result.totalMs, result.endedAtMs);
    const event = healthEventOf(result);
    if (event === null) return;
    this.recordHealth(routeId, event);
    this.#detect(routeId);
  }

  /** The monitor found the route slower than it used to be; `evidence` says how it knows. */
  noteSlowness(routeId: string, evidence: string): void {
    this.#detect(routeId, evidence);
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
    this.#deps.lessons.learn();
    this.#performance.clear();
    this.#quantiles.clear();
  }

  recordHealth(routeId: string, event: HealthEvent): void {
    const nowMs = this.#deps.clock.nowMs();
    const { state, transition } = integrateHealthMonitoring(this.ownHealth(routeId), event, nowMs, {
      random: this.#random,
    });
    if (state.untilMs !== null) this.#nextElapseMs = Math.min(this.#nextElapseMs, state.untilMs);
    if (state !== this.#health.get(routeId)) this.#health.set(routeId, state);
    if (transition) this.#changed(routeId, transition, nowMs);
  }

  /** What a person set for all routes of a node, those included that it has yet to show. */
  recordNodeHealth(nodeId: string, event: HealthEvent): void {
    const transition = this.#holds.record(nodeId, event);
    if (transition) this.#changed(nodeId, transition, this.#deps.clock.nowMs());
  }

  /** Another key: routes that were out for the old one begin anew. */
  credentialChanged(nodeId: string): void {
    this.#deps.lessons.learn();
    for (const [routeId, { cause, setAside }] of this.#health.entries()) {
      const isAbout = cause === 'credential' || setAside?.cause === 'credential';
      if (isAbout && routeId.startsWith(`${nodeId}/`))
        this.recordHealth(routeId, { type: 'credentialChanged' });
    }
  }

  /** Lets routes whose cool-down has run out be tried again. */
  elapse(): void {
    this.#deps.lessons.learn();
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs < this.#nextElapseMs) return;
    for (const [routeId, { untilMs }] of this.#health.entries()) {
      if (untilMs !== null && untilMs <= nowMs) this.recordHealth(routeId, { type: 'cooldownElapsed' });
    }
    this.#nextElapseMs = Infinity;
    for (const [, { untilMs }] of this.#health.entries())
      this.#nextElapseMs = Math.min(this.#nextElapseMs, untilMs ?? Infinity);
  }

  #fold(routeId: string, change: (state: PerformanceState | null) => PerformanceState | null): void {
    const before = this.performance(routeId);
    const after = change(before);
    if (after === null || after === before) return;
    this.#performance.set(routeId, after);
    for (const alarm of newAlarms(before?.anomalies ?? null, after.anomalies)) this.#deps.onAlarm(alarm);
  }

  #changed(key: string, transition: HealthTransition, atMs: number): void {
    this.#epoch += 1;
    this.#deps.store.saveHealthTransition({ routeId: key, ...transition, atMs });
    this.#deps.onChange();
  }

  #detect(routeId: string, slowness: string | null = null): void {
    const facts = routeHealthFacts(this.ownHealth(routeId), slowness);
    const { action, evidence } = detectFailoverNeed({ routeId }, facts);
    if (action === null || evidence === null) return;
    this.recordHealth(routeId, { type: eventOfAction[action], evidence });
  }

  /** Whether a failure belongs to this machine's own network; when that has just shown, what came before is forgiven. */
  #isOffline({ routeId, status, connected }: AttemptResult): boolean {
    // An answer while the network is there changes nothing, whoever gave it.
    if (connected !== false && this.#network === networkThere) return false;
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
    for (const [routeId] of this.#health.entries()) {
      if (nodeIds.some((nodeId) => routeId.startsWith(`${nodeId}/`)))
        this.recordHealth(routeId, { type: 'forgive', sinceMs });
    }
  }
}

const eventOfAction = { eject: 'alarm', holdBack: 'failing', degrade: 'slow' } as const;
