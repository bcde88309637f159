/** Defaults of load distribution, of one call and of a whole batch. */
import type { Objective } from '../model/policy.ts';

/** Seconds that a US dollar is worth to load distribution: 0.05 s per 1,000 input tokens at $3 a million. */
export const secondsPerUsd: Readonly<Record<Objective, number>> = {
  balanced: 16.7,
  quality: 16.7,
  cost: 66.7,
  speed: 0,
  local: 16.7,
};

/** Online load distribution; `docs/algorithms/balancing.md` tells where each comes from. */
export const balance = {
  /** Seconds at the start, per token of the answer, per uncached and per any token of the prompt: real coding calls. */
  coefficients: [1.7, 0.0145, 3.7e-5, 1.1e-5],
  /** Standard deviation of what a route's speed as a whole may differ from its start, relative; and of each coefficient. */
  speedDoubt: 0.6,
  coefficientDoubt: 0.25,
  /** What a factor may come to. */
  minFactor: 0.02,
  maxFactor: 50,
  /** Per observation, of the least squares. */
  forgetting: 0.999,
  /** Variance of observed / predicted around 1, and the share beyond which one call is an outlier. */
  noiseVariance: 0.12,
  maxRelativeError: 0.75,
  /** Slowness: newest observation weighs at least this; the first one after a silence half. */
  slowHalfLifeMs: 60_000,
  slowDecayMs: 100_000,
  slowLeastWeight: 0.15,
  slowFirstWeight: 0.5,
  /** Above this the slowness explains a call's time, and the law learns nothing of it. */
  lawSlowness: 2,
  minSlowness: 0.2,
  maxSlowness: 20,
  /** Output: newest call of a conversation, and pseudo-calls of its kind behind every estimate. */
  outputWeight: 0.3,
  outputPriorCalls: 1,
  /** A kind's estimate follows its calls at this rate, from this start. */
  kindRate: 0.01,
  kindOutputTokens: 300,
  /** A call on its way is believed to need at least this much longer. */
  leastRemainingMs: 500,
  /** And as this share of the time it has run already. */
  remainingTail: 0.3,
  /** What a second of queue counts: the call's own wait and what it costs those behind it. */
  waitWeight: 1.5,
  /** Providers keep a prompt's prefix this long after its last use. */
  cacheTtlMs: 300_000,
  /** Prices of cached input relative to uncached input where a provider's are not known. */
  cacheReadShare: 0.1,
  cacheWriteShare: 1.25,
  /** Reports of an empty cache in a row after which a route's cache is no longer believed in. */
  cacheDistrust: 2,
  /** A warm conversation leaves its route only for a score better by this share. */
  switchMargin: 0.15,
  /** Most routes remembered per conversation, those used last. */
  routesPerConversation: 8,
  maxMs: 86_400_000,
} as const;

/** Spreading a batch. */
export const batch = {
  /** The specification's 10 %, read as standard deviation over mean. */
  targetCv: 0.1,
  /** This near to the proven bound nothing more is looked for. */
  certSlack: 0.005,
  /** Improving steps per task, and looks at a possible step altogether: a bound on time that needs no clock. */
  stepsPerTask: 4,
  looks: 400_000,
  /** A small batch is searched through as long as this allows; each node of the tree takes routes² of it. */
  searchLooks: 300_000,
  /** Most tasks of a batch, and most routes it is spread over. */
  maxTasks: 10_000,
} as const;
