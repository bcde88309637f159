/** Health states as events make them: a run of events from nothing, and a typical way into each state. */
import { expect } from 'vitest';
import type { FailureKind } from '../../daemon/src/engine/model/attempt.ts';
import type { HealthState } from '../../daemon/src/engine/model/route.ts';
import {
  integrateHealthMonitoring,
  type HealthEvent,
  type HealthTransition,
  type RouteHealthState,
} from '../../daemon/src/engine/integration/index.ts';

export const second = 1_000;

export const succeeded: HealthEvent = { type: 'attemptSucceeded' };

export const failed = (kind: FailureKind, retryAfterMs: number | null = null): HealthEvent => ({
  type: 'attemptFailed',
  kind,
  retryAfterMs,
});

export const elapsed: HealthEvent = { type: 'cooldownElapsed' };

/** Events at instants, from nothing; gives the last state and all transitions as `from→to`. */
export function run(...events: readonly (readonly [atMs: number, event: HealthEvent])[]) {
  let state: RouteHealthState | null = null;
  const transitions: HealthTransition[] = [];
  for (const [atMs, event] of events) {
    const step = integrateHealthMonitoring(state, event, atMs);
    state = step.state;
    if (step.transition !== null) transitions.push(step.transition);
  }
  return { state: state!, path: transitions.map(({ from, to }) => `${from}→${to}`), transitions };
}

export const times = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);

const at = (seconds: number, event: HealthEvent) => [seconds * second, event] as const;
const out = [at(10, failed('server'))];
const ways: Readonly<Record<HealthState, readonly (readonly [number, HealthEvent])[]>> = {
  unknown: [at(10, { type: 'enable' })],
  healthy: [at(10, succeeded)],
  degraded: [at(9, succeeded), at(10, { type: 'slow', evidence: 'slower than it was' })],
  ejected: out,
  probing: [...out, at(25, elapsed)],
  recovering: [...out, at(25, elapsed), at(90, elapsed)],
  draining: [at(10, { type: 'drain' })],
  disabled: [at(10, { type: 'disable' })],
};

export const states = Object.keys(ways) as readonly HealthState[];

/** A typical way into each state, ending at 100 s. */
export function stateNamed(name: HealthState): RouteHealthState {
  const { state } = run(...ways[name]);
  expect(state.state).toBe(name);
  return state;
}
