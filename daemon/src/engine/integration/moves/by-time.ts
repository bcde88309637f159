/** Moves that time alone makes, so that no state is a dead end. Before `untilMs` they change nothing. */
import { freshHealth, type RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';
import { begunAnew, enter, isDue, recover } from './steps.ts';

/** The end of an ejection: probes first, except after a limit, whose reset was named. */
export function endEjection(at: Situation): RouteHealthState {
  const { health, nowMs, config } = at;
  if (!isDue(at)) return health;
  if (health.cause === 'rateLimit') return recover(at, 'the limit has been reset');
  const untilMs = nowMs + config.probePatienceMs;
  return enter(begunAnew(health), 'probing', { nowMs, untilMs, reason: 'cool-down is over' });
}

/** Nobody probed: real calls will tell. */
export function endProbing(at: Situation): RouteHealthState {
  return isDue(at) ? recover(at, 'no probe said otherwise') : at.health;
}

export function endRecovery(at: Situation): RouteHealthState {
  const reason = 'no failure since it came back';
  return isDue(at) ? enter(at.health, 'healthy', { nowMs: at.nowMs, reason }) : at.health;
}

/** Old failures say little of today. */
export function forgetDegraded(at: Situation): RouteHealthState {
  if (!isDue(at)) return at.health;
  return { ...freshHealth(at.nowMs, 'no news for a while'), ejections: at.health.ejections };
}
