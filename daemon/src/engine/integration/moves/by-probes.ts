/** Moves that a probe out of band makes. */
import type { RouteHealthState } from '../health-state.ts';
import type { Situation } from './situation.ts';
import { countStreak, ejectForFailures, enter, fall, isDue, recover } from './steps.ts';

export function countProbe({ health, event, config }: Situation<'probeSucceeded'>): RouteHealthState {
  const latencyMs = event.latencyMs ?? null;
  if (latencyMs === null) return health;
  return { ...health, probeLatenciesMs: [...health.probeLatenciesMs, latencyMs].slice(-config.recentProbes) };
}

export function becomeHealthyByProbe(at: Situation<'probeSucceeded'>): RouteHealthState {
  return enter(countProbe(at), 'healthy', { nowMs: at.nowMs, reason: 'answered a probe' });
}

/** Real calls come back after enough good probes. A limit's reset is waited for, whatever a probe says. */
export function readmitByProbe(at: Situation<'probeSucceeded'>): RouteHealthState {
  const { health, nowMs, config } = at;
  const counted = countProbe(at);
  if (health.cause === 'rateLimit') return counted;
  const goodProbes = counted.goodProbes + 1;
  if (goodProbes >= config.readmitProbes)
    return recover({ ...at, health: counted }, `${goodProbes} good probes`);
  if (health.state === 'probing') return { ...counted, goodProbes };
  const untilMs = nowMs + config.probePatienceMs;
  return { ...enter(counted, 'probing', { nowMs, untilMs, reason: 'answered a probe' }), goodProbes };
}

export function failProbe(at: Situation<'probeFailed'>): RouteHealthState {
  return fall(countStreak(at), at, probeReason(at));
}

export function failProbeOnProbation(at: Situation<'probeFailed'>): RouteHealthState {
  return ejectForFailures(countStreak(at), at, probeReason(at));
}

/** Once its time is up, a failed probe starts the next, longer round. */
export function failProbeWhileOut(at: Situation<'probeFailed'>): RouteHealthState {
  return isDue(at) && at.health.cause !== 'rateLimit' ? failProbeOnProbation(at) : at.health;
}

function probeReason({ event }: Situation<'probeFailed'>): string {
  return event.message == null || event.message === '' ? 'probe failed' : `probe failed: ${event.message}`;
}
