/** The engine's own detector and state machine as a breaker, with the probes that dispatch would make. */
import type { HealthEvent, RouteHealthState } from '@task-router/daemon/engine';
import {
  decisionShare,
  detectFailoverNeed,
  hasJustFailed,
  integrateHealthMonitoring,
  nextProbeAtMs,
  routeHealthFacts,
} from '@task-router/daemon/engine';
import type { Breaker, Policy } from './policies.ts';

/** As the health prober: never sooner than this after the last one. */
const minPauseMs = 1_000;

export const ours: Policy = {
  name: 'ours',
  create({ uniform, probeAfter }): Breaker {
    let state: RouteHealthState | null = null;
    let isProbing = false;
    const step = (event: HealthEvent, nowMs: number): boolean => {
      const before = standing(state);
      ({ state } = integrateHealthMonitoring(state, event, nowMs, { random: { next: uniform } }));
      return standing(state) > before;
    };
    const probe = (nowMs: number): void => {
      const atMs = state === null ? null : nextProbeAtMs(state);
      if (atMs === null || isProbing) return;
      isProbing = true;
      probeAfter(Math.max(minPauseMs, atMs - nowMs), (answered, thenMs) => {
        isProbing = false;
        step({ type: 'cooldownElapsed' }, thenMs);
        step(answered ? { type: 'probeSucceeded' } : { type: 'probeFailed' }, thenMs);
        probe(thenMs);
      });
    };
    return {
      mayCall(nowMs) {
        if (state?.untilMs != null && state.untilMs <= nowMs) step({ type: 'cooldownElapsed' }, nowMs);
        if (state?.state === 'ejected' || state?.state === 'probing') return false;
        return uniform() < decisionShare(state, nowMs);
      },
      isPassedOver: (nowMs) => hasJustFailed(state, nowMs),
      observe(failed, nowMs, hung = false) {
        const kind = hung ? 'firstTokenTimeout' : 'server';
        let isAlarm = step(failed ? { type: 'attemptFailed', kind } : { type: 'attemptSucceeded' }, nowMs);
        const { action, evidence } = detectFailoverNeed({ routeId: 'r' }, routeHealthFacts(state));
        if (evidence !== null && (action === 'eject' || action === 'holdBack'))
          isAlarm = step({ type: action === 'eject' ? 'alarm' : 'failing', evidence }, nowMs) || isAlarm;
        probe(nowMs);
        return isAlarm;
      },
    };
  },
};

/** What an alarm makes worse: nothing held against the route, held back, out. */
function standing(state: RouteHealthState | null): number {
  if (state?.state === 'ejected' || state?.state === 'probing') return 2;
  return state?.state === 'degraded' && state.cause === 'failures' ? 1 : 0;
}
