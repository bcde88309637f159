/** Moves that the monitor makes. */
import type { RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';
import { enter } from './steps.ts';

/** Slowness shows in the expected time; it is no reason to do without an answer. */
export function degradeBySlowness(at: Situation<'slow'>): RouteHealthState {
  const untilMs = at.nowMs + at.config.degradedMs;
  return enter(at.health, 'degraded', { nowMs: at.nowMs, untilMs, reason: at.event.evidence });
}
