/** Moves that people, their keys, and the failover detector make. */
import { freshHealth, type RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';
import { enter, out } from './steps.ts';

export function ejectByAlarm(at: Situation<'alarm'>): RouteHealthState {
  return out(at.health, at, at.event.evidence);
}

export function drain({ health, nowMs }: Situation): RouteHealthState {
  return enter(health, 'draining', { nowMs, reason: 'drained by hand' });
}

export function disable({ health, nowMs }: Situation): RouteHealthState {
  return enter(health, 'disabled', { nowMs, reason: 'disabled by hand' });
}

export function enable({ nowMs }: Situation): RouteHealthState {
  return freshHealth(nowMs, 'enabled by hand');
}

export function beginAnew({ nowMs }: Situation): RouteHealthState {
  return freshHealth(nowMs, 'the key changed');
}
