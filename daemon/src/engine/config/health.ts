/** Defaults of health monitoring: how a route is taken out and comes back, and when it is this machine's own network. */
import { failoverThresholds } from './failover.ts';

/** Health states; all times in ms. */
export const health = {
  /** Ejection lasts base * 2^(n-1), at most the cap. */
  ejectBaseMs: 15_000,
  ejectCapMs: 60_000,
  /** Share by which an ejection is varied when a random source is given. */
  ejectJitter: 0.2,
  /** Healthy for this long: the next ejection starts from the base again. */
  forgetEjectionsMs: 600_000,
  /** Longest cool-down believed, whatever a header says. */
  rateLimitMaxMs: 86_400_000,
  /** A key may be repaired on the provider's side, so it is looked at again now and then. */
  credentialMs: 900_000,
  modelMs: 300_000,
  /** Failures in a row before a route is taken out. */
  ejectAfter: failoverThresholds.consecutiveFailures,
  /**
   * For so long after a failure other routes come first, while the chance that the next call fails as well is at least this
   * (1/2 as long as nothing is known; 1/3 after one failure that came alone, 1/4 after two).
   */
  passOverMs: 10_000,
  passOverChance: 0.3,
  /** Successes in a row before a degraded or recovering route counts as healthy. */
  healAfter: 3,
  /** Good out-of-band probes before real calls come back. */
  readmitProbes: 2,
  /** How long probing waits for a probe or a call before it lets the route recover by itself. */
  probePatienceMs: 30_000,
  /** Slow start, and held back for failing often: from `slowStartShare` of its decisions to all of them, over this time. */
  recoverMs: 60_000,
  holdBackMs: 120_000,
  slowStartShare: 0.1,
  /** What a person sets takes effect on one route or node at most this often. Taking it back is always possible. */
  handEveryMs: 60_000,
  /** Statistical alarms act on one route at most this often. */
  actionEveryMs: 60_000,
  /** Degraded without news for this long is unknown again. */
  degradedMs: 300_000,
  /** Calls remembered for the slow test of the error rate. */
  recentCalls: 100,
  recentProbes: 5,
} as const;

/** Recognising that this machine is offline. */
export const ownNetwork = {
  /** Nodes that fail within this time fail together. */
  togetherMs: 30_000,
  /** So many have to, or it is the one node's trouble. */
  minNodes: 2,
} as const;
