/** Moves that people and their keys make. */
import { freshHealth, type RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';
import { enter, recover } from './steps.ts';

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

/** Takes an action back. A limit's reset is the provider's word and nobody here can take that back. */
export function undo(at: Situation): RouteHealthState {
  return at.health.cause === 'rateLimit' ? at.health : recover(at, 'taken back by hand');
}
