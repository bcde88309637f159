/** What a call was to take, by what its route did in the last hour: the yardstick for "slower than it should be". */
import type { AttemptResult } from '../model/attempt.ts';
import type { PerformanceState } from './performance-state.ts';

/** Calls' worth of evidence below which an hour's average is no yardstick. */
const minCalls = 5;

/**
 * Time in ms for an answer of the length it had; null without enough evidence or without a reported length. Latency is
 * mostly length: only the ratio to such a prediction says something of the route.
 */
export function predictedCallMs(
  state: PerformanceState | null,
  { outputTokens, status }: Pick<AttemptResult, 'outputTokens' | 'status'>,
): number | null {
  const first = state?.means.firstTokenMs?.long ?? null;
  const perToken = state?.means.msPerToken?.long ?? null;
  if (first === null || perToken === null || outputTokens === null || status !== 'succeeded') return null;
  if (Math.min(first.mass, perToken.mass) < minCalls) return null;
  return first.value + outputTokens * perToken.value;
}
