/**
 * `detectFailoverNeed`: is there enough evidence that a route should be left, or is slower than it should be? The
 * specification's thresholds are the lines that are reported; what decides is sequential tests at those lines. One error
 * in five calls is 20 % and still proves nothing, and a literal 5 % rule benches healthy routes all day.
 *
 * - three hard failures in a row need no statistics;
 * - a Bernoulli CUSUM (2 % against 10 %) finds a raised error rate as its evidence comes in;
 * - a Wilson bound over the newest hundred calls finds the slow leak in between;
 * - a CUSUM over latency residuals finds slowness, from at least two sessions, and only degrades.
 *
 * 500 ms is a fair line for connecting and for local probes. No real model call meets it, so none is held against it.
 */
import { failoverThresholds, type FailoverThresholds } from '../config/failover.ts';
import { wilsonLowerBound } from '../math/wilson.ts';
import type { RouteHealthFacts } from '../model/health.ts';

export interface FailoverNeed {
  readonly needed: boolean;
  /** What follows: leave the route, or only expect it to be slower; null: nothing. */
  readonly action: 'eject' | 'degrade' | null;
  /** What showed it, as a sentence that names its numbers; null when there is no need. */
  readonly evidence: string | null;
  /** The specification's three lines as they stand; null: nothing measured. They are shown, they don't decide. */
  readonly lines: {
    readonly errorRate: number | null;
    readonly successRate: number | null;
    readonly probeLatencyMs: number | null;
  };
}

export function detectFailoverNeed(
  route: { readonly routeId: string },
  health: RouteHealthFacts,
  thresholds: FailoverThresholds = failoverThresholds,
): FailoverNeed {
  const lines = reportedLines(health, thresholds);
  const leave =
    stateEvidence(health) ??
    streakEvidence(health, thresholds) ??
    cusumEvidence(health, thresholds) ??
    rateEvidence(health, thresholds);
  const slow =
    leave === null ? (probeEvidence(health, thresholds) ?? slowEvidence(health, thresholds)) : null;
  const evidence = leave ?? slow;
  if (evidence === null) return { needed: false, action: null, evidence, lines };
  return {
    needed: true,
    action: leave === null ? 'degrade' : 'eject',
    evidence: `${route.routeId}: ${evidence}`,
    lines,
  };
}

/** Shrunk towards an ordinary rate, so that the first failure of a new route is not shown as 100 %. */
function reportedLines(health: RouteHealthFacts, limits: FailoverThresholds): FailoverNeed['lines'] {
  const { recentCalls, recentFailures, probeLatenciesMs } = health;
  const errorRate =
    recentCalls === 0 ? null : (recentFailures + limits.priorFailures) / (recentCalls + limits.priorCalls);
  return {
    errorRate,
    successRate: errorRate === null ? null : 1 - errorRate,
    probeLatencyMs: probeLatenciesMs.at(-1) ?? null,
  };
}

function stateEvidence({ state }: RouteHealthFacts): string | null {
  switch (state) {
    case 'ejected':
      return 'out of rotation';
    case 'draining':
      return 'takes no new tasks';
    case 'disabled':
      return 'switched off';
    case 'unknown':
    case 'healthy':
    case 'degraded':
    case 'probing':
    case 'recovering':
      return null;
  }
}

function streakEvidence(
  { consecutiveFailures }: RouteHealthFacts,
  limits: FailoverThresholds,
): string | null {
  return consecutiveFailures >= limits.consecutiveFailures
    ? `${consecutiveFailures} failures in a row`
    : null;
}

function cusumEvidence(
  { errorEvidence, recentCalls }: RouteHealthFacts,
  limits: FailoverThresholds,
): string | null {
  const { sum, observations, hits } = errorEvidence;
  if (recentCalls < limits.minCalls || sum < limits.cusumH) return null;
  return `${hits} of the last ${observations} calls failed: error CUSUM ${sum.toFixed(1)}, alarm at ${limits.cusumH} (line ${percent(limits.errorRate)})`;
}

function rateEvidence(health: RouteHealthFacts, limits: FailoverThresholds): string | null {
  const { recentCalls, recentFailures } = health;
  if (recentCalls < limits.minCalls || recentFailures < limits.minFailures) return null;
  // Error and success rate are one measurement; the stricter of the two lines decides.
  const line = Math.min(limits.errorRate, 1 - limits.successRate);
  const bound = wilsonLowerBound(recentFailures, recentCalls, limits.wilsonZ);
  if (bound <= line) return null;
  return `${recentFailures} of the last ${recentCalls} calls failed: above ${percent(line)} even allowing for chance`;
}

function probeEvidence({ probeLatenciesMs }: RouteHealthFacts, limits: FailoverThresholds): string | null {
  const newest = probeLatenciesMs.slice(-limits.minProbes);
  if (newest.length < limits.minProbes || !newest.every((ms) => ms > limits.latencyMs)) return null;
  return `the last ${newest.length} probes each took over ${limits.latencyMs} ms`;
}

function slowEvidence({ slowEvidence: slow }: RouteHealthFacts, limits: FailoverThresholds): string | null {
  if (slow.sum < limits.latencyCusumH || slow.sessions < limits.latencyMinSessions) return null;
  return `slower than predicted in ${slow.hits} of the last ${slow.observations} calls, from ${slow.sessions} sessions: latency CUSUM ${slow.sum.toFixed(1)}, alarm at ${limits.latencyCusumH}`;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`;
}
