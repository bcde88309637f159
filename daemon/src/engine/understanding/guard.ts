/**
 * The out-of-distribution guard: whether a prompt lies on ground where outcomes were measured. Off it, what words once
 * meant for success means nothing; learned routers fall below random there. Then the text head is silent, and the
 * decision says so.
 */
export interface KnownGround {
  /** Number of landmarks: mean prompts of the classes whose outcomes were measured. */
  readonly landmarks: number;
  /** A prompt's greatest cosine to a landmark is above this for 99 % of the measured prompts. */
  readonly minSimilarity: number;
  /** Characters of measured prompts: from the shortest to the longest percent. */
  readonly minChars: number;
  readonly maxChars: number;
}

export interface Guard {
  readonly fired: boolean;
  /** Greatest cosine to a landmark, 0..1. */
  readonly similarity: number;
  readonly reasons: readonly GuardReason[];
}

export type GuardReason = 'farFromKnown' | 'unusualLength' | 'agentic';

/** `similarities` are the cosines to the landmarks. */
export function guardOf(
  chars: number,
  isAgentic: boolean,
  similarities: Iterable<number>,
  ground: KnownGround,
): Guard {
  let similarity = 0;
  for (const each of similarities) similarity = Math.max(similarity, each);
  const reasons: GuardReason[] = [];
  if (similarity < ground.minSimilarity) reasons.push('farFromKnown');
  if (chars < ground.minChars || chars > ground.maxChars) reasons.push('unusualLength');
  if (isAgentic) reasons.push('agentic');
  return { fired: reasons.length > 0, similarity, reasons };
}
