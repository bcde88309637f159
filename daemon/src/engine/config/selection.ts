/**
 * Defaults of selection: weights, the scales of time and cost, the success gate, exploration, budget pacing.
 * Amounts are absolute on purpose. A scale that depended on the other candidates would let an irrelevant route
 * reverse the order of two good ones.
 */
import type { Objective, Weights } from '../model/policy.ts';
import type { TaskKind } from '../model/task.ts';

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

/**
 * Scores in one step of this size are equal where something else tells two routes apart: a third of what exploration
 * calls near.
 */
export const equalScoreStep = 0.01;

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
