/**
 * Is a route slower than it was? Milliseconds say little: most of a call's time is the length of its answer. So each call
 * is held against what this route usually takes for as many tokens, and the logarithm of the ratio, in deviations, goes
 * into a CUSUM. The reference follows slowly and is clipped: a slowdown must not become the usual before it is seen.
 */
import { anomaly } from '../config/performance.ts';
import { accumulate, shiftStep } from '../math/evidence.ts';
import type { AttemptResult } from '../model/attempt.ts';
import type { LatencyEvidence, LatencyReference } from './anomaly-state.ts';

const rules = anomaly.latency;
/** Shorter answers measure overhead, not speed. */
const minTokens = 8;
/** Shorter times are no measurement. */
const leastMs = 0.001;
/** Mean absolute deviation times this is the standard deviation of normal noise. */
const deviationOfMad = 1.2533;

/** One call's test and the reference after it; null where the call says nothing of speed. */
export function testLatency(
  evidence: LatencyEvidence,
  reference: LatencyReference | null,
  call: AttemptResult,
): { readonly evidence: LatencyEvidence; readonly reference: LatencyReference } | null {
  const speed = speedOf(call);
  if (speed === null) return null;
  const { logFirstToken, logPerToken, readingMs, outputTokens } = speed;
  const usual = reference ?? begin(logFirstToken, logPerToken);
  const usualMs = Math.exp(usual.logFirstToken) + readingMs + outputTokens * Math.exp(usual.logPerToken);
  const ratio = Math.log(call.totalMs / usualMs);
  const deviation = Math.max(rules.minDeviation, usual.deviation * deviationOfMad);
  const z = (ratio - usual.middle) / deviation;
  const judged = usual.calls >= rules.warmUpCalls;
  const next = judged ? gather(evidence, shiftStep(z, rules.drift, rules.clip), call) : evidence;
  // While there is evidence of a change, what it changes must not become the usual.
  const isHeld = next.shared.sum > rules.holdAbove;
  return {
    evidence: next,
    reference: isHeld ? usual : follow(usual, { logFirstToken, logPerToken, ratio }, deviation),
  };
}

interface Speed {
  readonly logFirstToken: number;
  readonly logPerToken: number;
  readonly readingMs: number;
  readonly outputTokens: number;
}

/** null where a call was not answered, or too short to say how fast. */
function speedOf({ status, firstTokenMs, totalMs, ...tokens }: AttemptResult): Speed | null {
  const { outputTokens, inputTokens, cachedInputTokens } = tokens;
  if (status !== 'succeeded' || firstTokenMs === null || outputTokens === null) return null;
  const writingMs = totalMs - firstTokenMs;
  if (outputTokens < minTokens || !(firstTokenMs >= leastMs) || !(writingMs >= leastMs)) return null;
  const read = inputTokens ?? 0;
  const uncached = Math.max(0, read - (cachedInputTokens ?? 0));
  const readingMs = rules.msPerInputToken * read + rules.msPerUncachedToken * uncached;
  const logFirstToken = Math.log(Math.max(1, firstTokenMs - readingMs));
  return { logFirstToken, logPerToken: Math.log(writingMs / outputTokens), readingMs, outputTokens };
}

function gather(
  evidence: LatencyEvidence,
  step: number,
  { session, endedAtMs }: AttemptResult,
): LatencyEvidence {
  const alone = accumulate(evidence.alone, step, endedAtMs);
  // A call that nobody is named for stands for itself.
  const whose = session ?? `at ${endedAtMs}`;
  const added = evidence.bySession[whose] ?? 0;
  const counted = Math.min(step, rules.mostOfOneSession - added);
  const shared = accumulate(evidence.shared, counted, endedAtMs);
  if (shared.sum === 0) return { shared, alone, bySession: {} };
  const { [whose]: _, ...others } = evidence.bySession;
  const newest = Object.entries(others).slice(-(rules.manySessions - 1));
  return {
    shared,
    alone,
    bySession: { ...Object.fromEntries(newest), [whose]: Math.max(0, added + counted) },
  };
}

function begin(logFirstToken: number, logPerToken: number): LatencyReference {
  const deviation = rules.startDeviation / deviationOfMad;
  return { calls: 0, logFirstToken, logPerToken, middle: 0, deviation };
}

/** Each part moves by its share of a step that is at most two deviations. */
function follow(
  usual: LatencyReference,
  seen: { readonly logFirstToken: number; readonly logPerToken: number; readonly ratio: number },
  deviation: number,
): LatencyReference {
  const share = 1 / Math.min(usual.calls + 1, rules.memoryCalls);
  const most = 2 * deviation;
  const moved = (from: number, to: number): number =>
    from + share * Math.max(-most, Math.min(most, to - from));
  // The first deviations are of a reference that is still being found: they count for less than what is known of noise.
  const trust = 1 / Math.min(usual.calls + rules.warmUpCalls, rules.memoryCalls);
  const off = Math.min(most, Math.abs(seen.ratio - usual.middle));
  return {
    calls: usual.calls + 1,
    logFirstToken: moved(usual.logFirstToken, seen.logFirstToken),
    logPerToken: moved(usual.logPerToken, seen.logPerToken),
    middle: moved(usual.middle, seen.ratio),
    deviation: usual.deviation + trust * (off - usual.deviation),
  };
}
