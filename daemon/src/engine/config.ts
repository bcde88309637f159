/**
 * Every default of the engine, as named constants with their reason, in one place: all areas read it, none owns it.
 * Amounts are absolute on purpose. A scale that depended on the other candidates would let an irrelevant route
 * reverse the order of two good ones.
 */
import type { FailureKind, Objective, TaskKind, Weights } from './model.ts';

/** Changes whenever equal facts may lead to another selection; stored with each decision, checked by a replay. */
export const engineVersion = '0.3.0';

/** Weights of the four score parts per objective. `balanced` is the specification's 0.4 / 0.3 / 0.2 / 0.1. */
export const objectiveWeights: Readonly<Record<Objective, Weights>> = {
  balanced: { capability: 0.4, performance: 0.3, resources: 0.2, history: 0.1 },
  quality: { capability: 0.65, performance: 0.15, resources: 0.05, history: 0.15 },
  cost: { capability: 0.3, performance: 0.15, resources: 0.45, history: 0.1 },
  speed: { capability: 0.25, performance: 0.55, resources: 0.1, history: 0.1 },
  // Balanced among equals: that local routes come first is a tier of the ranking, not a weight.
  local: { capability: 0.4, performance: 0.3, resources: 0.2, history: 0.1 },
};

/**
 * Time in ms at which the performance part is one half: what a developer waits for gladly. Short for answers that
 * are read at once, longer for edits.
 */
export const patienceMs: Readonly<Record<TaskKind, number>> = {
  explain: 8_000,
  chat: 8_000,
  commit: 8_000,
  review: 15_000,
  fix: 20_000,
  refactor: 20_000,
  test: 20_000,
  document: 20_000,
  generate: 20_000,
};

/** Completion time. */
export const timing = {
  /** A measured or published first token belongs to a prompt of up to about this size. */
  usualInputTokens: 2_000,
  /** Reading each further token, fitted on real coding calls (0.037 uncached + 0.011 in general). */
  msPerInputToken: 0.048,
  /** Calls' worth of belief in the published speed while there are few measurements of our own. */
  priorCalls: 1,
  /** Used when a speed prior is not a positive number. */
  fallbackFirstTokenMs: 2_000,
  fallbackTokensPerSecond: 30,
  /** Nothing is predicted to take longer; keeps every figure finite. */
  maxMs: 86_400_000,
} as const;

/** Expected time is multiplied by this: health shows in time and history, never in capability. */
export const healthSlowdown = {
  unknown: 1,
  healthy: 1,
  degraded: 1.5,
  recovering: 1.25,
  // It also ranks after every other real route.
  probing: 2,
  // Only ever counts as a last resort.
  ejected: 3,
  draining: 1,
  disabled: 1,
} as const;

/** A call that fails has to be made again: expected time grows with 1 / success rate, up to this factor. */
export const maxExpectedAttempts = 3;

/** Cost, in US dollars a task. */
export const cost = {
  /** Where the logarithm begins to bend: a tenth of a cent is still nearly free. */
  bendUsd: 0.001,
  /** A task that costs this much or more scores 0. */
  maxUsd: 1,
  /**
   * An unknown price is taken for one in the upper middle of what providers publish, in the score as in a cost cap;
   * it is shown as unknown all the same.
   */
  assumedPrices: { inputPerMTok: 5, outputPerMTok: 25 },
  /** And however small the task, unknown is never as good as free. */
  unknownPriceCeiling: 0.5,
} as const;

/** History: lower bound of a Beta posterior over calls that count. */
export const history = {
  /** Before any evidence: nine of ten calls succeed, held as firmly as twenty calls would. */
  priorSuccesses: 18,
  priorFailures: 2,
  /** Standard normal quantile of the one-sided 5 % lower bound. */
  lowerBoundZ: -1.6448536269514722,
  /** Older calls fade so that at most about this many count. */
  windowCalls: 500,
} as const;

/**
 * Success gate: a route's history bound must reach this share of the best one in its tier. With a weight of 0.1 the
 * history part alone cannot stop a route that fails every second call.
 */
export const minSuccessShare = 0.75;

/** Near-tie exploration. */
export const exploration = {
  /** Candidates whose score is within this of the best are near ties. */
  band: 0.03,
  /** Of the decisions with near ties, how many may take another route than the best, over time. */
  share: 0.02,
  /** Of the money spent, how much trying may add. */
  extraCostShare: 0.05,
  /** Trials that may be saved up, so that a newcomer after a calm time is tried soon. */
  maxSaved: 10,
  /** No more near ties than this are drawn among, the best first; bounds the work. */
  maxNearTies: 8,
} as const;

/** Budget pacing. */
export const pacing = {
  /** How fast the multiplier follows the ratio of spent to target, per request. */
  step: 0.05,
  /** One dear request moves the multiplier no further than this multiple of the target would. */
  maxRatio: 20,
  /** At this multiplier 99 % of the capability weight has moved; more would only delay the way back. */
  maxLambda: 100,
} as const;

/** Tokens that may be sent where the context window is unknown: local servers often start with so little. */
export const assumedContextWindow = 8_192;

/** Characters per token before any usage was reported. */
export const charsPerToken = 3.6;

/** Resource allocation: leases, estimates, priorities, the answer to a shortage. */
export const allocation = {
  /** A hold that nobody commits is gone after this. */
  holdTtlMs: 2_000,
  /** A committed lease outlives its call's timeout by this. */
  leaseGraceMs: 10_000,
  /** A stream that lives renews its lease this often. */
  leaseRenewMs: 5_000,
  sweepEveryMs: 1_000,
  /** Leases that ended are remembered for this long, so that a repeated or late settle finds its own. */
  keepEndedMs: 86_400_000,
  /** Longer than a month: a bucket of this month's budget must not be forgotten within it. */
  keepBucketsMs: 40 * 86_400_000,
  /** Output tokens held: this quantile of the newest outputs of the same kind of task on the same model. */
  outputQuantile: 0.9,
  /**
   * Where money must not run over, an answer is capped at this many times the p99 of the newest outputs: at the p99
   * itself 1.4 % of real answers would be cut.
   */
  capQuantile: 0.99,
  capFactor: 2,
  outputWindow: 500,
  /** Held at least while there are too few outputs to have such a quantile. */
  outputColdTokens: 4_096,
  outputColdCalls: 100,
  /** An answer that was cut by our own cap counts as this many times as long: a cap must not teach itself. */
  shortenedGrowth: 2,
  /** A hard budget reserves this many times the estimated input, where nobody knows a bound. */
  hardInputMargin: 1.5,
  /** Share of a rate or of the slots up to which each priority may fill them: what is above is kept for higher ones. */
  ceilings: { critical: 1, interactive: 0.9, background: 0.75, batch: 0.5 },
  /** Longest wait in the queue; a nearer deadline shortens it. */
  maxQueueWaitMs: 30_000,
  /** Strategies looked at after a shortage, and holds tried again with the best of them. */
  shortageMaxEvaluations: 8,
  shortageMaxRecalculations: 1,
  /** What a wait of `maxQueueWaitMs` is worth to each priority; turning the task away is worth -1. */
  waitWeight: { critical: 1.5, interactive: 1, background: 0.3, batch: 0.1 },
  costWeightPerUsd: 4,
  qualityWeight: 3,
  /** Spend drifts when settled and predicted differ by this much, over enough calls, beyond their own scatter. */
  driftRatio: 0.1,
  driftCalls: 20,
  driftZ: 2.58,
  /** Relative error of a settled amount that is our own estimate, before there is any measured one. */
  estimateError: 0.5,
} as const;

/** Timeouts that follow from predictions; all in ms. */
export const timeouts = {
  /** p99 of the first token is about this multiple of the expected one. */
  firstTokenTail: 3,
  firstTokenSafety: 3,
  firstTokenMinMs: 8_000,
  firstTokenMaxMs: 60_000,
  /** p99 between two tokens is about this multiple of the mean. */
  betweenTokensTail: 3,
  stallSafety: 20,
  stallMinMs: 15_000,
  stallMaxMs: 60_000,
  /** p99.5 of the total: exp(2.576 * 0.58), from the spread of real calls of unknown length. */
  totalTail: 4.5,
  totalSafety: 1.5,
  totalMinMs: 30_000,
  /** Where the task has no deadline. */
  totalMaxMs: 600_000,
  retryAfterMinMs: 250,
  retryAfterMaxMs: 30_000,
} as const;

/** Loading of models by servers on this machine; times in ms. */
export const localLoad = {
  /** Less than this is a look into memory, no load. */
  leastMs: 200,
  /** No load is believed to take longer. */
  longestMs: 300_000,
  /** A process starts and allocates before it reads. */
  startMs: 500,
  /** From a disk into memory: half of what an ordinary SSD reads, because the bytes also have to be copied. */
  bytesPerSecond: 500_000_000,
  /** An 8-billion model in four bits: what is loaded most. */
  presumedBytes: 5_000_000_000,
  /** Loads' worth of belief in the size's word. */
  priorLoads: 0.5,
  halfLifeMs: 30 * 86_400_000,
  /** First token of a model that has to be loaded: this multiple of the expected load on top of the warm one's. */
  safety: 3,
  /** And at least this: a first load from a cold disk, beside others, takes a minute. */
  firstTokenMinMs: 60_000,
  firstTokenMaxMs: 300_000,
} as const;

/** Truth in context: when a shortfall of tokens is believed. */
export const contextTruth = {
  usualCharsPerToken: charsPerToken,
  /** Slack on the pieces of a text and on a server's window: templates add some tokens, odd tokenizers save some. */
  countSlack: 0.1,
  /** How far a text may stray from the ratio learned on others like it. */
  ratioTolerance: 0.25,
  /** Alike are texts whose characters for each word differ by less than this, as a natural logarithm. */
  likeText: 0.25,
  /** Complete readings before the ratio counts: three, a little faded. */
  trustedReadings: 2.5,
  ratioHalfLifeMs: 7 * 86_400_000,
  /** Shorter texts say nothing of the ratio. */
  ratioFromChars: 2_000,
  /** A gap smaller than both is no cut worth a word. */
  leastGapTokens: 128,
  leastGapShare: 0.1,
  /** A learned window is tried again after a day. */
  forgetMs: 86_400_000,
} as const;

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
} as const;

/** Recognising that this machine is offline. */
export const ownNetwork = {
  /** Nodes that fail within this time fail together. */
  togetherMs: 30_000,
  /** So many have to, or it is the one node's trouble. */
  minNodes: 2,
} as const;

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
  /** What was read out of a task's text depends on the text alone. */
  featureTtlMs: 86_400_000,
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
    drift: 1.2,
    threshold: 4.8,
    /** Calls of one session hang together, so it adds no more than this; alone it must prove more. */
    mostOfOneSession: 4.4,
    loneThreshold: 30,
    manySessions: 8,
    /** Above this the reference stands still. */
    holdAbove: 2,
    /** Reading the prompt, fitted on real coding calls: what is not in the cache takes longer. */
    msPerInputToken: 0.011,
    msPerUncachedToken: 0.037,
    clip: 3,
    warmUpCalls: 20,
    memoryCalls: 100,
    startDeviation: 0.35,
    minDeviation: 0.2,
  },
  /** Quality: Bernoulli CUSUM from the posterior's chance to this share of it; `keepShare` of the past is kept then. */
  quality: { dropFactor: 0.8, threshold: 6, keepShare: 0.2 },
  /** Cost: settled against list price over a block of calls; any deviation beyond this share is a new price. */
  cost: { deviation: 0.02, calls: 50 },
  /** Cache reads: CUSUM against half the usual share, in units of it. */
  cacheShare: { dropFactor: 0.5, threshold: 5, warmUpCalls: 30, memoryCalls: 200, minShare: 0.1 },
  /** Burn alert of a lone user, who has too few tasks for hours and minutes: shares of the last 50 and the last 10. */
  burn: { objective: 0.99, rate: 14.4, longTasks: 50, shortTasks: 10 },
} as const;
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
