/**
 * What several moves share: entering a state, leaving rotation, coming back. A state's name, cause and times change
 * in `enter` and nowhere else.
 */
import { noEvidence } from '../../math/evidence.ts';
import type { HealthState } from '../../model/route.ts';
import type { EjectionCause, RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';

export function stay({ health }: Situation): RouteHealthState {
  return health;
}

export function recover({ health, nowMs, config }: Situation, reason: string): RouteHealthState {
  return enter(begunAnew(health), 'recovering', { nowMs, untilMs: nowMs + config.recoverMs, reason });
}

/** Counters start over when a route comes back: what took it out must not take it out again. */
export function begunAnew(health: RouteHealthState): RouteHealthState {
  return {
    ...health,
    consecutiveFailures: 0,
    consecutiveSuccesses: 0,
    recent: '',
    probeLatenciesMs: [],
    goodProbes: 0,
    errorEvidence: noEvidence,
  };
}

export function ejectForFailures(counted: RouteHealthState, at: Situation, why: string): RouteHealthState {
  return out(counted, at, streakReason(counted, why));
}

/** Out for failures, longer each time. */
export function out(counted: RouteHealthState, at: Situation, reason: string): RouteHealthState {
  return roundOut(counted, at, { reason, cause: 'failures' });
}

/** One more round out: base * 2^(n-1), up to the cap. */
export function roundOut(
  counted: RouteHealthState,
  { health, nowMs, config }: Situation,
  why: { readonly reason: string; readonly cause: EjectionCause },
): RouteHealthState {
  const isForgotten = health.state === 'healthy' && nowMs - health.sinceMs >= config.forgetEjectionsMs;
  const ejections = isForgotten ? 1 : health.ejections + 1;
  const roundMs = Math.min(config.ejectBaseMs * 2 ** (ejections - 1), config.ejectCapMs);
  const jitter = config.random === null ? 0 : config.ejectJitter * (2 * config.random.next() - 1);
  const untilMs = nowMs + Math.min(config.ejectCapMs, Math.round(roundMs * (1 + jitter)));
  return { ...enter(counted, 'ejected', { nowMs, untilMs, ...why }), ejections, goodProbes: 0 };
}

function streakReason({ consecutiveFailures }: RouteHealthState, why: string): string {
  return consecutiveFailures > 1 ? `${consecutiveFailures} failures in a row, the last: ${why}` : why;
}

/** A state's name, cause and times change here and nowhere else. */
export function enter(
  health: RouteHealthState,
  state: HealthState,
  change: {
    readonly nowMs: number;
    readonly reason: string;
    readonly untilMs?: number;
    readonly cause?: EjectionCause;
  },
): RouteHealthState {
  const keepsCause = state === 'probing' || state === 'recovering';
  return {
    ...health,
    state,
    reason: change.reason,
    sinceMs: change.nowMs,
    untilMs: change.untilMs ?? null,
    cause: change.cause ?? (keepsCause ? health.cause : null),
    setAside: null,
  };
}

/**
 * Failures in a row decide: out after some, out at once without any connection. Two in a row move nothing: at an ordinary
 * rate of failures that happens all day. Of a route that never answered a failed probe is all that is known.
 */
export function fall(counted: RouteHealthState, at: Situation, why: string): RouteHealthState {
  const { config, event, nowMs } = at;
  const isRefused = event.type === 'attemptFailed' && event.connected === false;
  if (isRefused || counted.consecutiveFailures >= config.ejectAfter)
    return ejectForFailures(counted, at, why);
  const untilMs = nowMs + config.degradedMs;
  if (counted.state === 'degraded') return { ...counted, untilMs };
  if (counted.state !== 'unknown') return counted;
  return enter(counted, 'degraded', { nowMs, untilMs, reason: streakReason(counted, why) });
}

export function countStreak({ health, nowMs }: Situation): RouteHealthState {
  const consecutiveFailures = health.consecutiveFailures + 1;
  return { ...health, consecutiveFailures, consecutiveSuccesses: 0, failedAtMs: nowMs };
}

export function isDue({ health, nowMs }: Situation): boolean {
  return health.untilMs === null || nowMs >= health.untilMs;
}
