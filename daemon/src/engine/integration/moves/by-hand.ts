/** Moves that people and their keys make. */
import { freshHealth, type RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';
import { enter, recover } from './steps.ts';

export function drain({ health, nowMs }: Situation): RouteHealthState {
  return { ...enter(health, 'draining', { nowMs, reason: 'drained by hand' }), setAside: health };
}

export function disable({ health, nowMs }: Situation): RouteHealthState {
  return { ...enter(health, 'disabled', { nowMs, reason: 'disabled by hand' }), setAside: health };
}

/** A new beginning, whatever was before; only a limit's reset is the provider's word and holds. */
export function enable({ health, nowMs }: Situation): RouteHealthState {
  const before = withoutWords(health);
  const isLimited = before.cause === 'rateLimit' && before.state === 'ejected';
  return isLimited ? before : freshHealth(nowMs, 'enabled by hand');
}

/** As if the person's last word had never been said. */
export function comeBack({ health, nowMs }: Situation): RouteHealthState {
  const { setAside } = health;
  if (setAside === null) return freshHealth(nowMs, 'taken back by hand');
  // A state that time moves on says itself why it is; of the others nobody asks when they began.
  return setAside.untilMs === null && setAside.setAside === null
    ? { ...setAside, reason: 'taken back by hand' }
    : setAside;
}

export function beginAnew({ nowMs }: Situation): RouteHealthState {
  return freshHealth(nowMs, 'the key changed');
}

/** Takes an action back. A limit's reset is the provider's word and nobody here can take that back. */
export function undo(at: Situation): RouteHealthState {
  return at.health.cause === 'rateLimit' ? at.health : recover(at, 'taken back by hand');
}

function withoutWords(health: RouteHealthState): RouteHealthState {
  return health.setAside === null ? health : withoutWords(health.setAside);
}
