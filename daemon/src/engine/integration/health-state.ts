/** What is known of a route's health: plain data with one writer, `integrateHealthMonitoring`; stored as JSON. */
import { health as defaults } from '../config/health.ts';
import { clampUnit } from '../math/clamp.ts';
import { noEvidence, type Cusum } from '../math/cusum.ts';
import type { RouteHealthFacts } from '../model/health.ts';
import type { HealthState } from '../model/route.ts';

/** What took a route out; decides how it comes back. */
export type EjectionCause = 'failures' | 'rateLimit' | 'credential' | 'model';

export interface RouteHealthState {
  readonly version: 2;
  readonly state: HealthState;
  /** What led here, for people; null before anything happened. */
  readonly reason: string | null;
  readonly sinceMs: number;
  /** When time alone moves the state on: the moment for `cooldownElapsed`. null: never. */
  readonly untilMs: number | null;
  /** From ejection until the route is healthy again; else null. */
  readonly cause: EjectionCause | null;
  readonly consecutiveFailures: number;
  readonly consecutiveSuccesses: number;
  /** Newest calls that count, oldest first: `.` succeeded, `x` failed. Begins anew when a route comes back. */
  readonly recent: string;
  /** Newest last. */
  readonly probeLatenciesMs: readonly number[];
  readonly goodProbes: number;
  /** Ejections for failures since the route was last healthy for long: the exponent of the back-off. */
  readonly ejections: number;
  /** For a raised error rate; begins anew when a route comes back. */
  readonly errorEvidence: Cusum;
  /** For answers slower than predicted, with the sessions it comes from. */
  readonly slowEvidence: Cusum;
  readonly slowSessions: readonly string[];
  /** When an alarm last acted on the route; null: never. */
  readonly actedAtMs: number | null;
}

const states: readonly HealthState[] = [
  'unknown',
  'healthy',
  'degraded',
  'ejected',
  'probing',
  'recovering',
  'draining',
  'disabled',
];
/** More sessions than this prove nothing more. */
export const maxSlowSessions = 4;

const causes: readonly unknown[] = ['failures', 'rateLimit', 'credential', 'model', null];

/** A route nobody has called yet, or one that begins anew. */
export function freshHealth(nowMs: number, reason: string | null): RouteHealthState {
  return {
    version: 2,
    state: 'unknown',
    reason,
    sinceMs: nowMs,
    untilMs: null,
    cause: null,
    consecutiveFailures: 0,
    consecutiveSuccesses: 0,
    recent: '',
    probeLatenciesMs: [],
    goodProbes: 0,
    ejections: 0,
    errorEvidence: noEvidence,
    slowEvidence: noEvidence,
    slowSessions: [],
    actedAtMs: null,
  };
}

/** What `detectFailoverNeed` judges by. */
export function routeHealthFacts(known: RouteHealthState | null): RouteHealthFacts {
  const health = known ?? freshHealth(0, null);
  return {
    state: health.state,
    recentCalls: health.recent.length,
    recentFailures: health.recent.replaceAll('.', '').length,
    consecutiveFailures: health.consecutiveFailures,
    probeLatenciesMs: health.probeLatenciesMs,
    errorEvidence: health.errorEvidence,
    slowEvidence: { ...health.slowEvidence, sessions: health.slowSessions.length },
  };
}

/** Share 0..1 of its decisions that a route gets: all of them, except in the minute after it came back. */
export function slowStartShare(health: RouteHealthState | null, nowMs: number): number {
  if (health?.state !== 'recovering' || health.untilMs === null) return 1;
  const lengthMs = health.untilMs - health.sinceMs;
  const passed = lengthMs > 0 ? clampUnit((nowMs - health.sinceMs) / lengthMs) : 1;
  return defaults.slowStartShare + (1 - defaults.slowStartShare) * passed;
}

/** Out for failures alone: may be tried when nothing else is eligible. A provider's reset time always holds. */
export function isLastResort(health: RouteHealthState | null): boolean {
  return health?.state === 'ejected' && health.cause === 'failures';
}

/** When a probe out of band would help; null: not now. A rate-limited route is left alone until its reset. */
export function nextProbeAtMs(health: RouteHealthState): number | null {
  switch (health.state) {
    case 'ejected':
      return health.cause === 'rateLimit' ? null : health.untilMs;
    case 'probing':
      return health.sinceMs;
    case 'unknown':
    case 'healthy':
    case 'degraded':
    case 'recovering':
    case 'draining':
    case 'disabled':
      return null;
  }
}

/** A stored state if it is one that this version can go on with, else null: forgetting is safe, guessing is not. */
export function readRouteHealthState(stored: unknown): RouteHealthState | null {
  return isRouteHealthState(stored) ? stored : null;
}

function isRouteHealthState(value: unknown): value is RouteHealthState {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Fields = value;
  return hasName(fields) && hasCounters(fields) && hasEvidence(fields);
}

type Fields = Partial<Record<keyof RouteHealthState, unknown>>;

function hasName({ version, state, cause, reason }: Fields): boolean {
  return (
    version === 2 &&
    states.some((known) => known === state) &&
    causes.includes(cause) &&
    (reason === null || typeof reason === 'string')
  );
}

function hasCounters(fields: Fields): boolean {
  const numbers = [fields.sinceMs, fields.consecutiveFailures, fields.consecutiveSuccesses];
  return (
    [...numbers, fields.goodProbes, fields.ejections].every(Number.isFinite) &&
    [fields.untilMs, fields.actedAtMs].every((time) => time === null || Number.isFinite(time))
  );
}

function hasEvidence(fields: Fields): boolean {
  const { recent, probeLatenciesMs, slowSessions } = fields;
  return (
    isCusum(fields.errorEvidence) &&
    isCusum(fields.slowEvidence) &&
    Array.isArray(slowSessions) &&
    slowSessions.length <= maxSlowSessions &&
    slowSessions.every((session) => typeof session === 'string') &&
    typeof recent === 'string' &&
    /^[.x]{0,1000}$/.test(recent) &&
    Array.isArray(probeLatenciesMs) &&
    probeLatenciesMs.every(Number.isFinite)
  );
}

function isCusum(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { sum, observations, hits }: Partial<Record<keyof Cusum, unknown>> = value;
  return [sum, observations, hits].every((each) => typeof each === 'number' && each >= 0 && each < Infinity);
}
