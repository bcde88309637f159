/**
 * `detectFailoverNeed`: is there enough evidence that a route should be left, or is slower than it should be? The
 * specification's thresholds are the lines that are reported; what decides is sequential tests at those lines. One error
 * in five calls is 20 % and still proves nothing, and a literal 5 % rule benches healthy routes all day.
 *
 * - three hard failures in a row need no statistics;
 * - a Bernoulli CUSUM (2 % against 10 %) finds a raised error rate as its evidence comes in: at first the route is
 *   marked and gets a small share of the decisions, and it is left when the evidence goes on growing;
 * - a Wilson bound over the newest hundred calls finds the slow leak in between, and only marks;
 * - the monitor's latency test finds slowness, from more than one session, and only degrades.
 *
 * 500 ms is a fair line for connecting and for local probes. No real model call meets it, so none is held against it.
 */
import { failoverThresholds, type FailoverThresholds } from '../config/failover.ts';
import { bernoulliStep } from '../math/evidence.ts';
import { wilsonLowerBound } from '../math/wilson.ts';
import type { RouteHealthFacts } from '../model/health.ts';

export interface FailoverNeed {
  readonly needed: boolean;
  /** What follows: leave the route, give it fewer tasks, or only expect it to be slower; null: nothing. */
  readonly action: 'eject' | 'holdBack' | 'degrade' | null;
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
  const found = gravestFinding(health, thresholds);
  if (found === null) return { needed: false, action: null, evidence: null, lines };
  return { needed: true, action: found.action, evidence: `${route.routeId}: ${found.evidence}`, lines };
}

interface Finding {
  readonly action: NonNullable<FailoverNeed['action']>;
  readonly evidence: string;
}

/** null: nothing was found. */
function gravestFinding(health: RouteHealthFacts, limits: FailoverThresholds): Finding | null {
  const outright = stateEvidence(health) ?? streakEvidence(health, limits);
  const conclusive = outright ?? cusumEvidence(health, limits, limits.cusumEjectH);
  if (conclusive !== null) return { action: 'eject', evidence: conclusive };
  const failing = cusumEvidence(health, limits, limits.cusumH) ?? rateEvidence(health, limits);
  if (failing !== null) return { action: 'holdBack', evidence: failing };
  const slow = probeEvidence(health, limits) ?? health.slowness;
  return slow === null ? null : { action: 'degrade', evidence: slow };
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
  alarmAt: number,
): string | null {
  const { sum, observations } = errorEvidence;
  if (recentCalls < limits.minCalls || sum < alarmAt) return null;
  const failures = failuresIn(errorEvidence, limits);
  return `${failures} of the last ${observations} calls failed: error CUSUM ${sum.toFixed(1)}, alarm at ${alarmAt} (line ${percent(limits.errorRate)})`;
}

/** Since the sum was last 0 it is nothing but its steps, so it says how many of them were failures. */
function failuresIn(
  { sum, observations }: RouteHealthFacts['errorEvidence'],
  { cusumP0, cusumP1 }: FailoverThresholds,
): number {
  const answered = bernoulliStep(false, cusumP0, cusumP1);
  return Math.round((sum - observations * answered) / (bernoulliStep(true, cusumP0, cusumP1) - answered));
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

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`;
}
