/**
 * `integrateHealthMonitoring`: the state machine of a route's health. One event and one state give the next state and,
 * when its name changed, the transition to record. Health decides whether a route is eligible and slows its expected
 * time; it never touches capability, because an outage says nothing of how good a model is.
 */
import { failoverThresholds, failureRules } from '../config/failover.ts';
import { health as defaults } from '../config/health.ts';
import type { Random } from '../deps.ts';
import type { HealthState } from '../model/route.ts';
import type { HealthEvent } from './health-event.ts';
import { freshHealth, type RouteHealthState } from './health-state.ts';
import { answerOf } from './health-table.ts';

export interface HealthTransition {
  readonly from: HealthState;
  readonly to: HealthState;
  readonly reason: string;
}

export interface HealthStep {
  readonly state: RouteHealthState;
  /** null: still the same state, though its counters may have moved. */
  readonly transition: HealthTransition | null;
}

/** Any default may be replaced; `random` adds jitter to ejections. */
export type HealthOptions = Partial<{ readonly [Name in keyof typeof defaults]: number }> & {
  readonly random?: Random;
};

/** `state` null: a route nobody has called yet. */
export function integrateHealthMonitoring(
  state: RouteHealthState | null,
  event: HealthEvent,
  nowMs: number,
  options: HealthOptions = {},
): HealthStep {
  const before = state ?? freshHealth(nowMs, null);
  const { random, ...amounts } = options;
  const config = {
    ...defaults,
    ...amounts,
    failureRules,
    thresholds: failoverThresholds,
    random: random ?? null,
  };
  const after = answerOf({ health: before, event, nowMs, config });
  if (after.state === before.state) return { state: after, transition: null };
  return {
    state: after,
    transition: { from: before.state, to: after.state, reason: after.reason ?? event.type },
  };
}
