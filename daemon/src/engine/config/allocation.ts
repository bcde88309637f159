/** Defaults of allocation: leases and shortages, timeouts, loading of local models, what is believed of a context window. */
import { charsPerToken } from './tokens.ts';

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
  /** Of those that were settled or released only the newest: an id is for one attempt, so hardly anybody asks again. */
  keepEndedCount: 10_000,
  /** Budgets of single tasks: nobody asks for one once its task is over, and there is one for each. */
  keepTaskBucketsMs: 3_600_000,
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
  /**
   * Reading of a prompt: a processor without a graphics card, and, where prompts as long began soon, what may still come
   * when a beginning that was in the server's cache is gone from it.
   */
  readMsPerToken: { unseen: 5, seen: 1 },
  /** A server that tells nothing of its memory has the model in it for this long after an answer (Ollama's default). */
  warmForMs: 300_000,
  /** First tokens kept for each length of prompt, and how many of them say something. */
  seenFirstTokens: 100,
  leastFirstTokens: 3,
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
