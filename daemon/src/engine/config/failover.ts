/** Defaults of failover: when a route is left, what follows from each kind of failure, and how often a task moves on. */
import type { FailureKind } from '../model/attempt.ts';

/** The specification's failover thresholds, and the evidence asked for before they decide anything. */
export const failoverThresholds = {
  /** Reported line; the boundary of the tests below: fails more than this. */
  errorRate: 0.05,
  /** The complement of `errorRate`, kept because the specification names it; counted once, the stricter decides. */
  successRate: 0.95,
  /** For the router's own overhead, connecting and local probes: no real model call ends within 500 ms. */
  latencyMs: 500,
  /** This many hard failures in a row need no statistics. */
  consecutiveFailures: 3,
  /** Error CUSUM: an ordinary failure rate, the one to be found, and the evidence in nats that decides. */
  cusumP0: 0.02,
  cusumP1: 0.1,
  cusumH: 6,
  /** Evidence that takes the route out instead of marking it: far beyond what noise at the line comes to in an hour. */
  cusumEjectH: 10,
  /** A route that was marked for its error rate is well again below this: half the alarm, so that it does not flap. */
  cusumHealH: 3,
  /** Below this many calls no rate is judged. */
  minCalls: 4,
  /** For slow leaks, which the CUSUM passes over: a Wilson bound over the newest calls (`health.recentCalls`). */
  minFailures: 3,
  /** Standard normal quantile of the one-sided 99.9 % bound: with the CUSUM beside it there is no need to hurry. */
  wilsonZ: 3.090232306167813,
  /** Pseudo-calls that a shown error rate is shrunk by: Beta(1, 49). */
  priorFailures: 1,
  priorCalls: 50,
  /** Slow answers to probes in a row before latency counts. */
  minProbes: 3,
} as const;

export type FailoverThresholds = { readonly [Name in keyof typeof failoverThresholds]: number };

/** What follows from a failure of each kind. */
export interface FailureRule {
  /** `largerWindow`: only to a route that reads more. `otherFamily`: only to a model of another family. */
  readonly movesOn: 'nextRoute' | 'largerWindow' | 'otherFamily' | 'never';
  /** `node`: the node's other routes would fail the same way. */
  readonly scope: 'route' | 'node';
  /** Whether the route is to blame. Client errors, quotas and refusals say nothing of its reliability. */
  readonly countsAgainstHealth: boolean;
  /** One such failure takes the route out, without waiting for a row of them. */
  readonly isConclusive: boolean;
  /** Keeps the route out: until the provider's reset, until the key changes, or until the model may have appeared. */
  readonly coolsDown: 'untilReset' | 'untilCredentialChanges' | 'untilModelAppears' | null;
}

const counts = {
  movesOn: 'nextRoute',
  scope: 'route',
  countsAgainstHealth: true,
  isConclusive: false,
  coolsDown: null,
} as const;

const neutral = { ...counts, countsAgainstHealth: false } as const;

export const failureRules: Readonly<Record<FailureKind, FailureRule>> = {
  // The client's fault: every other route would refuse it too.
  badRequest: { ...neutral, movesOn: 'never' },
  auth: { ...neutral, scope: 'node', coolsDown: 'untilCredentialChanges' },
  billing: { ...neutral, scope: 'node', coolsDown: 'untilCredentialChanges' },
  modelNotFound: { ...neutral, coolsDown: 'untilModelAppears' },
  rateLimit: { ...neutral, coolsDown: 'untilReset' },
  overloaded: { ...neutral, coolsDown: 'untilReset' },
  server: counts,
  network: { ...counts, scope: 'node' },
  // A hang costs a developer the whole timeout, so one is enough; a probe says soon whether it was a chance.
  firstTokenTimeout: { ...counts, isConclusive: true },
  stall: counts,
  // The task ran out of time; whether another route may go on is for the plan's deadline to say.
  deadline: neutral,
  truncated: counts,
  empty: counts,
  // Models of one family are trained to refuse the same.
  contentPolicy: { ...neutral, movesOn: 'otherFamily' },
  contextLength: { ...neutral, movesOn: 'largerWindow' },
  // Asking for the next model of the same window would only show the same question again.
  consentNeeded: { ...neutral, scope: 'node' },
  windowClosed: { ...neutral, scope: 'node' },
};

/** Failover of one task. */
export const failover = {
  /** A retry is judged within this time, for which the budget holds. */
  budgetWindowMs: 10_000,
  /**
   * Of the requests in the window, how many may be retried on routes that are in doubt. 20 % is the bar over a whole
   * outage, its first seconds included, in which nothing is in doubt yet.
   */
  budgetShare: 0.15,
  /** And always this many, or a lone developer could never retry. */
  budgetMin: 1,
  /** A reset this near is waited for when no other route is left. */
  maxWaitMs: 30_000,
  /** Less text than this is sooner written anew than continued. */
  minContinueChars: 200,
  /** A task goes on from a broken answer at most this often; after that it starts over. */
  maxContinues: 1,
  /** Where what was shown can't be taken back, going on is all there is. */
  maxContinuesWhenFinal: 3,
} as const;
