/**
 * Is a route slower than it was? Milliseconds say little: most of a call's time is the length of its answer. So each call
 * is held against what this route usually takes for as many tokens, and the logarithm of the ratio, in deviations, goes
 * into a CUSUM. The reference follows slowly and is clipped: a slowdown must not become the usual before it is seen.
 *
 * Calls of one session hang together: its prompts and answers are of a kind. What a session is off by is therefore learned,
 * within bounds that a real slowdown exceeds, and taken off before a call counts as evidence; and one session alone adds no
 * more than a part of what an alarm takes, unless it goes on for long.
 */
import { anomaly } from '../config/performance.ts';
import { accumulate, shiftStep } from '../math/evidence.ts';
import type { AttemptResult } from '../model/attempt.ts';
import type { LatencyEvidence, LatencyReference, SessionLevel } from './anomaly-state.ts';

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
  const whose = sessionOf(call);
  const step = shiftStep(z - levelOf(usual.sessions[whose]), rules.drift, rules.clip);
  const next = judged ? gather(evidence, step, { whose, atMs: call.endedAtMs }) : evidence;
  // While there is evidence of a change, what it changes must not become the usual.
  const isHeld = next.shared.sum > rules.holdAbove || next.alone.sum > rules.loneHoldAbove;
  const followed = isHeld ? usual : follow(usual, { logFirstToken, logPerToken, ratio }, deviation);
  return {
    evidence: next,
    reference: { ...followed, sessions: learnSession(usual.sessions, whose, z) },
  };
}

/** A call that nobody is named for stands for itself. Never a number: objects keep those in their own order, not by age. */
function sessionOf({ session, endedAtMs }: AttemptResult): string {
  return session == null ? `at ${endedAtMs}` : `of ${session}`;
}

/** What the session is off by, in deviations: drawn towards nothing while there are few calls, and bounded. */
function levelOf(session: SessionLevel | undefined): number {
  if (session === undefined) return 0;
  const level = session.sum / (session.calls + rules.levelPriorCalls);
  return Math.max(-rules.mostLevel, Math.min(rules.mostLevel, level));
}

function learnSession(
  sessions: LatencyReference['sessions'],
  whose: string,
  z: number,
): LatencyReference['sessions'] {
  const { [whose]: known = { calls: 0, sum: 0 }, ...others } = sessions;
  const most = rules.levelMemoryCalls;
  const kept = known.calls < most ? 1 : most / (most + 1);
  const level: SessionLevel = {
    calls: Math.min(known.calls + 1, most),
    sum: known.sum * kept + Math.max(-rules.mostStep, Math.min(rules.mostStep, z)),
  };
  return { ...newest(others), [whose]: level };
}

/** Leaves room for one more. */
function newest<Value>(sessions: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(sessions).slice(-(rules.manySessions - 1)));
}

interface Speed {
  readonly logFirstToken: number;
  readonly logPerToken: number;
  readonly readingMs: number;
  readonly outputTokens: number;
}

/** null where a call was not answered, or too short to say how fast. */
function speedOf(call: AttemptResult): Speed | null {
  const { status, firstTokenMs, totalMs, outputTokens } = call;
  if (status !== 'succeeded' || firstTokenMs === null || outputTokens === null) return null;
  const writingMs = totalMs - firstTokenMs;
  const isMeasured = outputTokens >= minTokens && firstTokenMs >= leastMs && writingMs >= leastMs;
  if (!isMeasured) return null;
  const read = counted(call.inputTokens);
  const uncached = Math.max(0, read - counted(call.cachedInputTokens));
  const readingMs = rules.msPerInputToken * read + rules.msPerUncachedToken * uncached;
  const logFirstToken = Math.log(Math.max(1, firstTokenMs - readingMs));
  return { logFirstToken, logPerToken: Math.log(writingMs / outputTokens), readingMs, outputTokens };
}

/** Nothing where a server's count is none. */
function counted(tokens: number | null | undefined): number {
  return tokens != null && tokens > 0 ? tokens : 0;
}

function gather(
  evidence: LatencyEvidence,
  step: number,
  { whose, atMs }: { readonly whose: string; readonly atMs: number },
): LatencyEvidence {
  const alone = accumulate(evidence.alone, step, atMs);
  const added = evidence.bySession[whose] ?? 0;
  const weight = Math.min(step, rules.mostOfOneSession - added);
  const shared = accumulate(evidence.shared, weight, atMs);
  if (shared.sum === 0) return { shared, alone, bySession: {} };
  const { [whose]: _, ...others } = evidence.bySession;
  return {
    shared,
    alone,
    bySession: { ...newest(others), [whose]: Math.max(0, added + weight) },
  };
}

function begin(logFirstToken: number, logPerToken: number): LatencyReference {
  const deviation = rules.startDeviation / deviationOfMad;
  return { calls: 0, logFirstToken, logPerToken, middle: 0, deviation, sessions: {} };
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
    ...usual,
    calls: usual.calls + 1,
    logFirstToken: moved(usual.logFirstToken, seen.logFirstToken),
    logPerToken: moved(usual.logPerToken, seen.logPerToken),
    middle: moved(usual.middle, seen.ratio),
    deviation: usual.deviation + trust * (off - usual.deviation),
  };
}
