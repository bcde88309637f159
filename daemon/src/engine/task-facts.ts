/**
 * The size of a task: its characters as tokens, and how long an answer of its kind usually is. What the task is and
 * needs is for `understanding/` to say.
 */
import { charsPerToken } from './config/tokens.ts';
import { clamp } from './math/clamp.ts';
import type { TaskKind } from './model/task.ts';

/** Tokens that this many characters make, rounded up. */
export function estimateTokens(chars: number): number {
  return Math.ceil(clamp(chars, 0, Number.MAX_SAFE_INTEGER) / charsPerToken);
}

/**
 * Tokens an answer of this kind usually has: a part that does not depend on the context, and one that does, because
 * an edit repeats what it changes. Typical figures until quantiles of real answers replace them.
 */
export function expectedOutputTokens(kind: TaskKind, inputTokens: number): number {
  const { base, perInputToken, max } = outputSizes[kind];
  return Math.round(clamp(base + perInputToken * inputTokens, base, max));
}

const outputSizes: Readonly<Record<TaskKind, { base: number; perInputToken: number; max: number }>> = {
  commit: { base: 120, perInputToken: 0, max: 120 },
  chat: { base: 400, perInputToken: 0, max: 400 },
  explain: { base: 500, perInputToken: 0.05, max: 1_500 },
  review: { base: 500, perInputToken: 0.1, max: 2_000 },
  fix: { base: 400, perInputToken: 0.3, max: 3_000 },
  document: { base: 400, perInputToken: 0.4, max: 4_000 },
  refactor: { base: 400, perInputToken: 0.8, max: 4_000 },
  test: { base: 800, perInputToken: 0.5, max: 4_000 },
  generate: { base: 900, perInputToken: 0.1, max: 3_000 },
};
