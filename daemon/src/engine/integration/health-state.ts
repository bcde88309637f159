/** What is known of a route's health: plain data with one writer, `integrateHealthMonitoring`; stored as JSON. */
import { health as defaults } from '../config/health.ts';
import { clampUnit } from '../math/clamp.ts';
import { noEvidence, type Evidence } from '../math/evidence.ts';
import type { RouteHealthFacts } from '../model/health.ts';
import type { HealthState } from '../model/route.ts';

/** What took a route out; decides how it comes back. */
export type EjectionCause = 'failures' | 'rateLimit' | 'credential' | 'model';

export interface RouteHealthState {
  readonly version: 3;
  readonly state: HealthState;
  /** What led here, for people; null before anything happened. */
  readonly reason: string | null;
  readonly sinceMs: number;
  /** When time alone moves the state on: the moment for `cooldownElapsed`. null: never. */
  readonly untilMs: number | null;
  /** From ejection until the route is healthy again, and while it is degraded for its failures; else null. */
  readonly cause: EjectionCause | null;
  readonly consecutiveFailures: number;
  readonly consecutiveSuccesses: number;
  /** When the newest failure was; absent: there was none. */
  readonly failedAtMs?: number;
  /** Newest calls that count, oldest first: `.` succeeded, `x` failed. Begins anew when a route comes back. */
  readonly recent: string;
  /** Newest last. */
  readonly probeLatenciesMs: readonly number[];
  readonly goodProbes: number;
  /** Ejections for failures since the route was last healthy for long: the exponent of the back-off. */
  readonly ejections: number;
  /** For a raised error rate; begins anew when a route comes back. */
  readonly errorEvidence: Evidence;
  /** When an alarm last acted on the route; null: never. */
  readonly actedAtMs: number | null;
  /** What the route would be without a person's word: it goes on behind it, and comes back. null: nobody said a word. */
  readonly setAside: RouteHealthState | null;
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
const causes: readonly unknown[] = ['failures', 'rateLimit', 'credential', 'model', null];

/** A route nobody has called yet, or one that begins anew. */
export function freshHealth(nowMs: number, reason: string | null): RouteHealthState {
  return {
    version: 3,
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
    actedAtMs: null,
    setAside: null,
  };
}

/** What `detectFailoverNeed` judges by. `slowness`: what the monitor's latency test has just found; null: nothing. */
export function routeHealthFacts(
  known: RouteHealthState | null,
  slowness: string | null = null,
): RouteHealthFacts {
  const health = known ?? freshHealth(0, null);
  return {
    state: health.state,
    recentCalls: health.recent.length,
    recentFailures: failuresIn(health.recent),
    consecutiveFailures: health.consecutiveFailures,
    probeLatenciesMs: health.probeLatenciesMs,
    errorEvidence: health.errorEvidence,
    slowness,
  };
}

/** By index, because it runs after every call: an iterator makes an object of each character. */
function failuresIn(recent: string): number {
  let failures = 0;
  for (let at = recent.length - 1; at >= 0; at -= 1) if (recent[at] !== '.') failures += 1;
  return failures;
}

/** Share 0..1 of its decisions that a route gets: all, but just after it came back or was found to fail often. */
export function decisionShare(health: RouteHealthState | null, nowMs: number): number {
  const isFailing = health?.state === 'degraded' && health.cause === 'failures';
  if (health === null || (!isFailing && health.state !== 'recovering')) return 1;
  const passed = clampUnit((nowMs - health.sinceMs) / (isFailing ? defaults.holdBackMs : defaults.recoverMs));
  return defaults.slowStartShare + (1 - defaults.slowStartShare) * passed;
}

/**
 * Whether other routes come first for now: a failure is often the first of many, and the next task is not to find out. As
 * nginx does (`max_fails=1 fail_timeout=10s`), but not where the route's own calls say that its failures come one at a time.
 */
export function hasJustFailed(health: RouteHealthState | null, nowMs: number): boolean {
  if (health?.failedAtMs === undefined || health.consecutiveFailures === 0) return false;
  const passedMs = nowMs - health.failedAtMs;
  // A wall clock that was set back ends it as well.
  if (passedMs < 0 || passedMs >= defaults.passOverMs) return false;
  return repeatChance(health.recent) >= defaults.passOverChance;
}

/** Chance that a failure is followed by another: of those in `recent`, one half as long as nothing is known. */
function repeatChance(recent: string): number {
  let [followed, repeated] = [0, 0];
  for (let at = recent.indexOf('x'); at >= 0 && at + 1 < recent.length; at = recent.indexOf('x', at + 1)) {
    followed += 1;
    if (recent[at + 1] === 'x') repeated += 1;
  }
  return (repeated + 1) / (followed + 2);
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
    version === 3 &&
    states.some((known) => known === state) &&
    causes.includes(cause) &&
    (reason === null || typeof reason === 'string')
  );
}

function hasCounters(fields: Fields): boolean {
  const numbers = [fields.sinceMs, fields.consecutiveFailures, fields.consecutiveSuccesses];
  return (
    [...numbers, fields.goodProbes, fields.ejections].every(Number.isFinite) &&
    [fields.untilMs, fields.actedAtMs, fields.failedAtMs ?? null].every(
      (time) => time === null || Number.isFinite(time),
    )
  );
}

function hasEvidence(fields: Fields): boolean {
  const { recent, probeLatenciesMs, setAside } = fields;
  return (
    isEvidence(fields.errorEvidence) &&
    (setAside === null || isRouteHealthState(setAside)) &&
    typeof recent === 'string' &&
    /^[.x]{0,1000}$/.test(recent) &&
    Array.isArray(probeLatenciesMs) &&
    probeLatenciesMs.every(Number.isFinite)
  );
}

function isEvidence(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { sum, observations }: Partial<Record<keyof Evidence, unknown>> = value;
  return [sum, observations].every((each) => typeof each === 'number' && each >= 0 && each < Infinity);
}
