/** Defaults of monitoring: the route cache, moving averages, and what counts as a change of behaviour. */

/** Route cache. */
export const cache = {
  capacity: 2_000,
  /** Share of the capacity in which newcomers prove themselves. */
  smallShare: 0.1,
  /** Candidate sets are fresh for this long, and served for `staleMs` more while they are made anew. */
  ttlMs: 300_000,
  staleMs: 30_000,
  /** A set without any eligible route: the developer is mending just that. */
  negativeTtlMs: 2_000,
} as const;

/** Moving averages: half-lives over event time. */
export const monitor = { shortHalfLifeMs: 60_000, longHalfLifeMs: 3_600_000 } as const;

/** What counts as a change in a route's behaviour. Sequential tests; thresholds in the unit of their statistic. */
export const anomaly = {
  /** An alarm of one kind on one route at most this often: its action needs time to show. */
  cooldownMs: 600_000,
  /** Errors: Bernoulli CUSUM between these rates; its drift is zero at 5 %, the specification's line. */
  errors: { usual: 0.02, changed: 0.1, threshold: 5.7 },
  /**
   * Time: log-ratio to what the route usually takes for as many tokens, in deviations, clipped, less `drift`. The
   * reference moves by at most 1/`memoryCalls` a call, and judges after `warmUpCalls`.
   */
  latency: {
    drift: 0.9,
    threshold: 6.2,
    /** Calls of one session hang together, so it adds no more than this; alone it must prove more. */
    mostOfOneSession: 3,
    loneThreshold: 35,
    manySessions: 8,
    /**
     * What a session is off by, in deviations: at most `mostLevel` (two thirds of sessions are within half of it; twice as
     * slow is three), over its last `levelMemoryCalls`, as if `levelPriorCalls` had been as usual.
     */
    mostLevel: 1,
    levelPriorCalls: 2,
    levelMemoryCalls: 40,
    mostStep: 2.5,
    /** Above these sums, of several sessions and of one, the reference stands still. */
    holdAbove: 1,
    loneHoldAbove: 4,
    /** Reading the prompt, fitted on real coding calls: what is not in the cache takes longer. */
    msPerInputToken: 0.011,
    msPerUncachedToken: 0.037,
    clip: 3,
    warmUpCalls: 20,
    memoryCalls: 400,
    startDeviation: 0.35,
    minDeviation: 0.2,
  },
  /** Quality: Bernoulli CUSUM from the posterior's chance to this share of it; `keepShare` of the past is kept then. */
  quality: { dropFactor: 0.85, threshold: 5.5, keepShare: 0.2 },
  /**
   * Cost: settled against list price over a block of calls; a deviation beyond this share, and beyond so many standard
   * errors, is a new price.
   */
  cost: { deviation: 0.02, calls: 50, standardErrors: 5 },
  /** Cache reads: CUSUM against half the usual share, in units of it. */
  cacheShare: { dropFactor: 0.5, threshold: 5, warmUpCalls: 30, memoryCalls: 200, minShare: 0.1 },
  /** Burn alert of a lone user, who has too few tasks for hours and minutes: shares of the last 50 and the last 10. */
  burn: { objective: 0.99, rate: 14.4, longTasks: 50, shortTasks: 10 },
} as const;
