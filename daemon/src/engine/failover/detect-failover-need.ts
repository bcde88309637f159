/**
 * `detectFailoverNeed`: is there enough evidence that a route should be left? The specification's thresholds are the
 * lines that are tested against, not compared with: one error in five calls is 20 % and still proves nothing, and a
 * literal 5 % rule benches healthy routes all day. So a rate counts when even its lower confidence bound is over the
 * line (Wilson, one-sided 99 %), and three hard failures in a row need no statistics.
 *
 * 500 ms is a fair line for connecting and for local probes. No real model call meets it, so no model call is held
 * against it.
 */
import { failoverThresholds, type FailoverThresholds } from '../config.ts';
import { wilsonLowerBound } from '../math/wilson.ts';
import type { RouteHealthFacts } from '../model.ts';

export interface FailoverNeed {
  readonly needed: boolean;
  /** What showed it, as a sentence; null when there is no need. */
  readonly evidence: string | null;
}

export function detectFailoverNeed(
  route: { readonly routeId: string },
  health: RouteHealthFacts,
  thresholds: FailoverThresholds = failoverThresholds,
): FailoverNeed {
  const evidence =
    stateEvidence(health) ??
    streakEvidence(health, thresholds) ??
    rateEvidence(health, thresholds) ??
    latencyEvidence(health, thresholds);
  return { needed: evidence !== null, evidence: evidence === null ? null : `${route.routeId}: ${evidence}` };
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

function rateEvidence(health: RouteHealthFacts, limits: FailoverThresholds): string | null {
  const { recentCalls, recentFailures } = health;
  if (recentCalls < limits.minCalls || recentFailures < limits.minFailures) return null;
  // Error and success rate are one measurement; the stricter of the two lines decides.
  const line = Math.min(limits.errorRate, 1 - limits.successRate);
  const bound = wilsonLowerBound(recentFailures, recentCalls, limits.wilsonZ);
  if (bound <= line) return null;
  return `${recentFailures} of the last ${recentCalls} calls failed: above ${percent(line)} even allowing for chance`;
}

function latencyEvidence({ probeLatenciesMs }: RouteHealthFacts, limits: FailoverThresholds): string | null {
  const newest = probeLatenciesMs.slice(-limits.minProbes);
  if (newest.length < limits.minProbes || !newest.every((ms) => ms > limits.latencyMs)) return null;
  return `the last ${newest.length} probes each took over ${limits.latencyMs} ms`;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`;
}
