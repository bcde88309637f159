/**
 * How often a route changes its state when it does nothing but fail a few of its calls: ten minutes, calls at a steady pace,
 * probes as dispatch makes them. A state that flaps tells a developer nothing and throws away the route cache each time.
 */
import type { HealthEvent, RouteHealthState } from '@task-router/daemon/engine';
import {
  detectFailoverNeed,
  integrateHealthMonitoring,
  nextProbeAtMs,
  routeHealthFacts,
} from '@task-router/daemon/engine';
import { Randomness } from '../base/randomness.ts';

const lengthMs = 600_000;
const stepMs = 1_000;

export interface Transitions {
  readonly mean: number;
  readonly p90: number;
  readonly p95: number;
  readonly most: number;
}

/** State changes in ten minutes, over many of them. `everyMs`: a call each so often, while the route gets calls. */
export function transitionsUnderNoise(errorRate: number, everyMs: number, runs: number): Transitions {
  const counts = Array.from({ length: runs }, (_, run) => transitions(errorRate, everyMs, run)).sort(
    (a, b) => a - b,
  );
  const at = (share: number) => counts[Math.min(runs - 1, Math.floor(runs * share))]!;
  return {
    mean: counts.reduce((sum, count) => sum + count, 0) / runs,
    p90: at(0.9),
    p95: at(0.95),
    most: counts.at(-1)!,
  };
}

function transitions(errorRate: number, everyMs: number, run: number): number {
  const random = new Randomness(run).fork('noise');
  const next = () => random.uniform();
  const jitter = { random: { next } };
  let { state } = integrateHealthMonitoring(null, { type: 'attemptSucceeded' }, 0, jitter);
  let count = 0;
  for (let nowMs = stepMs; nowMs <= lengthMs; nowMs += stepMs) {
    for (const event of eventsOf(state, { nowMs, everyMs, failed: () => random.chance(errorRate) })) {
      for (const each of [event, alarmAfter]) {
        const found: HealthEvent | null = typeof each === 'function' ? each(state) : each;
        if (found === null) continue;
        const step = integrateHealthMonitoring(state, found, nowMs, jitter);
        state = step.state;
        if (step.transition !== null) count += 1;
      }
    }
  }
  return count;
}

function* eventsOf(
  state: RouteHealthState,
  world: { readonly nowMs: number; readonly everyMs: number; readonly failed: () => boolean },
): Generator<HealthEvent> {
  const { nowMs, everyMs, failed } = world;
  if (state.untilMs !== null && state.untilMs <= nowMs) yield { type: 'cooldownElapsed' };
  const probeAtMs = nextProbeAtMs(state);
  if (probeAtMs !== null && probeAtMs <= nowMs) yield { type: failed() ? 'probeFailed' : 'probeSucceeded' };
  const isOut = state.state === 'ejected' || state.state === 'probing';
  // Held back or not: every call is made, so that no state looks calm for want of news.
  if (!isOut && nowMs % everyMs === 0)
    yield failed() ? { type: 'attemptFailed', kind: 'server' } : { type: 'attemptSucceeded' };
}

function alarmAfter(state: RouteHealthState): HealthEvent | null {
  const { action, evidence } = detectFailoverNeed({ routeId: 'r' }, routeHealthFacts(state));
  if (evidence === null || state.state === 'ejected') return null;
  if (action === 'eject') return { type: 'alarm', evidence };
  return action === 'holdBack' ? { type: 'failing', evidence } : null;
}
