/**
 * Moves that the detectors make: held back and then out for errors, degraded for slowness, and back when it was this
 * machine's own network. An alarm acts on a route at most once in a while, so that two detectors never fight over it.
 */
import { noEvidence } from '../../math/evidence.ts';
import { freshHealth, type RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';
import { enter, out } from './steps.ts';

export function ejectByAlarm(at: Situation<'alarm'>): RouteHealthState {
  if (isTooSoon(at)) return at.health;
  return { ...out(at.health, at, at.event.evidence), actedAtMs: at.nowMs };
}

/**
 * It answers most of its calls, so it stays at hand, with the share of a newcomer; as long as the evidence stands,
 * again and again.
 */
export function holdBack(at: Situation<'failing'>): RouteHealthState {
  const { health, nowMs, config, event } = at;
  if (isTooSoon(at)) return health;
  const untilMs = nowMs + config.degradedMs;
  const change = { nowMs, untilMs, reason: event.evidence, cause: 'failures' } as const;
  return { ...enter(health, 'degraded', change), ...provingAnew, actedAtMs: nowMs };
}

/** Slowness shows in the expected time; it is no reason to do without an answer. */
export function degradeBySlowness(at: Situation<'slow'>): RouteHealthState {
  if (isTooSoon(at)) return at.health;
  const untilMs = at.nowMs + at.config.degradedMs;
  const { cause } = at.health;
  const change = { nowMs: at.nowMs, untilMs, reason: at.event.evidence };
  const degraded = enter(at.health, 'degraded', { ...change, ...(cause !== null && { cause }) });
  return { ...degraded, ...provingAnew, actedAtMs: at.nowMs };
}

/** Only what came about since the network was lost, and only what failures did. */
export function forgive({ health, event, nowMs }: Situation<'forgive'>): RouteHealthState {
  const isOurs = health.sinceMs >= event.sinceMs && (health.cause === null || health.cause === 'failures');
  if (health.state === 'healthy' || !isOurs) {
    return { ...health, consecutiveFailures: 0, errorEvidence: noEvidence };
  }
  const ejections = Math.max(0, health.ejections - (health.state === 'ejected' ? 1 : 0));
  return { ...freshHealth(nowMs, 'this machine was offline'), ejections };
}

/** Answers before the alarm don't speak against it. */
const provingAnew = { consecutiveSuccesses: 0 } as const;

function isTooSoon({ health, nowMs, config }: Situation): boolean {
  return health.actedAtMs !== null && nowMs - health.actedAtMs < config.actionEveryMs;
}
