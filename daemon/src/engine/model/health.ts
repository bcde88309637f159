/** What is known of a route's health, as evidence; the state that follows from it stands with the route. */
import type { HealthState } from './route.ts';

/** What `detectFailoverNeed` judges a route by; `routeHealthFacts` reads it off a health state. */
export interface RouteHealthFacts {
  readonly state: HealthState;
  /** Newest calls that count for or against the route, cancelled and client errors excluded. */
  readonly recentCalls: number;
  readonly recentFailures: number;
  readonly consecutiveFailures: number;
  /** Times to connect or to answer a local probe, in ms, newest last. Never times of model calls. */
  readonly probeLatenciesMs: readonly number[];
  /** Evidence for a raised error rate, in nats, and the calls it rests on. */
  readonly errorEvidence: { readonly sum: number; readonly observations: number };
  /** What the monitor's latency test has just found, as a sentence; null: nothing. */
  readonly slowness: string | null;
}
