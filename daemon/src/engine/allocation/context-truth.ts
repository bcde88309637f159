/**
 * Truth in context: did the server read what was sent? Some cut a prompt that is too long for the window in force and
 * answer as if nothing had happened. The only witness is the count of prompt tokens the server itself reports, and it
 * is an unsure one: characters say only roughly how many tokens they make, and some servers leave out what they had in
 * their prompt cache. So a verdict needs evidence that neither of the two can explain; without it there is none.
 *
 * Pure: the caller counts characters, keeps the states, and decides what follows.
 */
import { contextTruth } from '../config/allocation.ts';
import { observe, type DecayedMean } from '../math/decayed-mean.ts';

/** What was sent in one call, and what the server said of it. */
export interface ContextReading {
  readonly sentChars: number;
  /** The prompt had more than this text in it (tools, files, earlier thinking), for which the server's count is larger. */
  readonly hasMore: boolean;
  /** No tokenizer makes fewer tokens of it than this (`leastTokens`). */
  readonly leastTokens: number;
  /** Prompt tokens as the server counts them; null: it does not say. */
  readonly reportedTokens: number | null;
  /** Of the prompt, how many tokens the server may have had in its cache and left out of its count. */
  readonly cachedTokens: number | 'unknown';
  /** Window the server says is in force, asked after the call; null: it does not say. */
  readonly windowTokens: number | null;
  /** Window that the call asked for; null: it left that to the server. */
  readonly askedWindow: number | null;
}

export type ContextVerdict =
  | { readonly type: 'complete' }
  | { readonly type: 'unknown' }
  | {
      readonly type: 'truncated';
      /** What it read; null where it does not say, then at most its window. */
      readonly readTokens: number | null;
      /** What was sent, estimated. */
      readonly sentTokens: number;
      /** What a prompt on this route may have from now on. */
      readonly windowTokens: number;
      /**
       * `window`: the server itself says that its window is smaller than what was sent. `count`: it counts fewer tokens
       * than the text has at the very least.
       */
      readonly evidence: 'window' | 'count';
    };

/** What is remembered of one model on one endpoint. */
export interface ContextState {
  readonly version: 1;
  /** What this model makes of a text, over complete readings; null: none yet. */
  readonly ratio: TokenRatio | null;
  /** Learned from a cut; null: nothing is known against the window the server names. */
  readonly learned: LearnedWindow | null;
}

/** Tokens for each token of the floor, and which kind of text that was seen on: its characters for each of them. */
export interface TokenRatio {
  readonly tokens: DecayedMean;
  readonly chars: DecayedMean;
}

export interface LearnedWindow {
  readonly tokens: number;
  /** About how many characters of such text fill it: a task's size is estimated from those. */
  readonly chars: number;
  readonly readTokens: number | null;
  readonly sentTokens: number;
  readonly atMs: number;
  /** The call had asked for room for all of it, so asking again is no help. */
  readonly wasAsked: boolean;
  /** What the server said of its window then; a larger one later makes this void. */
  readonly reportedWindow: number | null;
}

/** Whether the server read all of it. */
export function judgeReading(state: ContextState | null, reading: ContextReading): ContextVerdict {
  const { reportedTokens: read, windowTokens: window, leastTokens } = reading;
  const sentTokens = estimateSentTokens(state, reading);
  const slack = 1 + contextTruth.countSlack;
  // More than the window can't have been read, whatever a count leaves out.
  if (window !== null && leastTokens > window * slack && (read ?? 0) <= window * slack)
    return { type: 'truncated', readTokens: read, sentTokens, windowTokens: window, evidence: 'window' };
  if (read === null) return { type: 'unknown' };
  const least = leastReading(state, reading);
  if (read >= least) return { type: 'complete' };
  if (reading.cachedTokens === 'unknown') return { type: 'unknown' };
  const missing = least - read - reading.cachedTokens;
  if (missing < Math.max(contextTruth.leastGapTokens, least * contextTruth.leastGapShare))
    return { type: 'unknown' };
  // A window that explains the cut is believed; one that does not is the server's mistake.
  const windowTokens = window !== null && window >= read && window < sentTokens ? window : read;
  return { type: 'truncated', readTokens: read, sentTokens, windowTokens, evidence: 'count' };
}

/** Fewest tokens that a complete reading can have been: by the text's own pieces, or by what this model makes of such text. */
function leastReading(state: ContextState | null, reading: ContextReading): number {
  const floor = reading.leastTokens * (1 - contextTruth.countSlack);
  const ratio = fittingRatio(state, reading);
  if (ratio === null || ratio.mass < contextTruth.trustedReadings) return floor;
  return Math.max(floor, reading.leastTokens * ratio.value * (1 - contextTruth.ratioTolerance));
}

/** The learned ratio, if it was learned on text like this: prose says nothing of Chinese, nor of a table of blanks. */
function fittingRatio(
  state: ContextState | null,
  { sentChars, leastTokens }: Pick<ContextReading, 'sentChars' | 'leastTokens'>,
): DecayedMean | null {
  const ratio = state?.ratio ?? null;
  if (ratio === null || leastTokens <= 0) return null;
  const distance = Math.abs(Math.log(sentChars / leastTokens / ratio.chars.value));
  return distance <= contextTruth.likeText ? ratio.tokens : null;
}

/** Tokens sent, for people: by the learned ratio, else by the usual one; never below what the text must have. */
function estimateSentTokens(
  state: ContextState | null,
  reading: Pick<ContextReading, 'sentChars' | 'leastTokens'>,
): number {
  const { sentChars, leastTokens } = reading;
  const ratio = fittingRatio(state, reading);
  const estimate = ratio === null ? sentChars / contextTruth.usualCharsPerToken : leastTokens * ratio.value;
  return Math.round(Math.max(leastTokens, estimate));
}

/** The state after a verdict. A complete reading beyond a learned window proves that window wrong. */
export function learnReading(
  state: ContextState | null,
  reading: ContextReading,
  verdict: ContextVerdict,
  atMs: number,
): ContextState {
  const before = state ?? { version: 1, ratio: null, learned: null };
  switch (verdict.type) {
    case 'unknown':
      return before;
    case 'complete':
      return {
        ...before,
        ratio: withRatio(before.ratio, reading, atMs),
        learned: outgrown(before.learned, reading.reportedTokens) ? null : before.learned,
      };
    case 'truncated': {
      const { windowTokens: tokens, readTokens, sentTokens } = verdict;
      const chars = Math.floor((reading.sentChars * tokens) / Math.max(1, sentTokens));
      const wasAsked = reading.askedWindow !== null && reading.askedWindow >= reading.leastTokens;
      return {
        ...before,
        learned: {
          tokens,
          chars,
          readTokens,
          sentTokens,
          atMs,
          wasAsked,
          reportedWindow: reading.windowTokens,
        },
      };
    }
  }
}

function outgrown(learned: LearnedWindow | null, readTokens: number | null): boolean {
  return learned !== null && readTokens !== null && readTokens > learned.tokens;
}

/** Short prompts are mostly the template's own tokens and would spoil the ratio. */
function withRatio(ratio: TokenRatio | null, reading: ContextReading, atMs: number): TokenRatio | null {
  const { reportedTokens, sentChars, leastTokens, cachedTokens, hasMore } = reading;
  // A count without what was cached says nothing of the whole text, nor does one of twenty tools and a question.
  if (reportedTokens === null || cachedTokens !== 0 || hasMore) return ratio;
  if (sentChars < contextTruth.ratioFromChars || leastTokens <= 0) return ratio;
  const halfLifeMs = contextTruth.ratioHalfLifeMs;
  return {
    tokens: observe(ratio?.tokens ?? null, reportedTokens / leastTokens, atMs, halfLifeMs),
    chars: observe(ratio?.chars ?? null, sentChars / leastTokens, atMs, halfLifeMs),
  };
}

/**
 * The learned window that still holds; null: none. It is void when the server reports a larger window than it did
 * then, and after a day, so that a changed server without a word on its window is tried again.
 */
export function windowStillHeld(
  state: ContextState | null,
  reportedWindow: number | null,
  nowMs: number,
): LearnedWindow | null {
  const learned = state?.learned ?? null;
  if (learned === null || nowMs - learned.atMs > contextTruth.forgetMs) return null;
  const before = learned.reportedWindow ?? learned.tokens;
  return reportedWindow !== null && reportedWindow > before ? null : learned;
}

/** A stored state that this version can go on with, else null: forgetting is safe, guessing is not. */
export function readContextState(stored: unknown): ContextState | null {
  if (!isRecord(stored) || stored['version'] !== 1) return null;
  const { ratio, learned } = stored;
  if (ratio !== null && !isRatio(ratio)) return null;
  if (learned !== null && !isLearned(learned)) return null;
  return stored as unknown as ContextState;
}

function isRatio(value: unknown): boolean {
  return (
    isRecord(value) && ['tokens', 'chars'].every((name) => areAmounts(value[name], ['value', 'mass', 'atMs']))
  );
}

function isLearned(value: unknown): boolean {
  return (
    areAmounts(value, ['tokens', 'chars', 'sentTokens', 'atMs']) &&
    isRecord(value) &&
    typeof value['wasAsked'] === 'boolean' &&
    [value['readTokens'], value['reportedWindow']].every((each) => each === null || isAmount(each))
  );
}

function areAmounts(value: unknown, names: readonly string[]): boolean {
  return isRecord(value) && names.every((name) => isAmount(value[name]));
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
