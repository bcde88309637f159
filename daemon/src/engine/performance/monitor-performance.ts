/**
 * `monitorPerformance`: folds one ended attempt into the moving averages of its route. A function from state to
 * state; the caller owns and stores it. Averages run over event time with half-lives of a minute and an hour; what is
 * shown leans on the minute as far as it has evidence, and on the hour for the rest.
 *
 * A cancelled call changes nothing: a developer who changes their mind is nobody's failure. Client errors, quotas and
 * refusals are counted by kind, and say nothing of how reliable the route is. The sequential tests of `anomalies.ts` see
 * every call too; what they notice is in the state's alarms.
 */
import { failureRules } from '../config/failover.ts';
import { anomaly, monitor } from '../config/performance.ts';
import { history } from '../config/selection.ts';
import { massAt, observe } from '../math/decayed-mean.ts';
import type { AttemptResult, GradedResult } from '../model/attempt.ts';
import type { PerformanceFacts } from '../model/route.ts';
import { watchCall, watchGrade } from './anomalies.ts';
import { emptyPerformance, type PerformanceState, type TwoSpeedMean } from './performance-state.ts';

/** Calls' worth of weight that the hour has against the minute. */
const longWeight = 2;
/** Shorter answers and times measure overhead, not speed. */
const minSpeedTokens = 8;
const minSpeedMs = 50;

export function monitorPerformance(state: PerformanceState | null, result: AttemptResult): PerformanceState {
  const before = state ?? emptyPerformance;
  if (result.status === 'cancelled' || result.excused === true) return before;
  const verdict = verdictOf(result);
  const means = observeResult(before.means, result, verdict);
  const perToken = shownMean(means.msPerToken);
  return {
    version: 2,
    updatedAtMs: Math.max(before.updatedAtMs, result.endedAtMs),
    successes: before.successes + (verdict === 'good' ? 1 : 0),
    failures: before.failures + (verdict === 'bad' ? 1 : 0),
    failuresByKind: countKind(before.failuresByKind, result.failure),
    successRate: shownMean(means.success),
    firstTokenMs: shownMean(means.firstTokenMs),
    tokensPerSecond: perToken === null ? null : 1000 / perToken,
    totalMs: shownMean(means.totalMs),
    timeRatio: shownMean(means.timeRatio),
    cacheShare: shownMean(means.cacheShare),
    costPerSuccessUsd: ratioOrNull(shownMean(means.costUsd), shownMean(means.success)),
    history: countHistory(before.history, verdict),
    means,
    anomalies: watchCall(before.anomalies, result),
  };
}

/** Folds in a grade that a developer, or a check, gave an answer of the route. */
export function monitorQuality(
  state: PerformanceState | null,
  routeId: string,
  grade: GradedResult,
): PerformanceState {
  const before = state ?? emptyPerformance;
  return { ...before, anomalies: watchGrade(before.anomalies, routeId, grade) };
}

/** What is left of the counts behind the history part when the past no longer tells the future: a fifth. */
export function resetHistory(state: PerformanceState): PerformanceState {
  const { successes, failures } = state.history;
  return {
    ...state,
    history: {
      successes: successes * anomaly.quality.keepShare,
      failures: failures * anomaly.quality.keepShare,
    },
  };
}

/** Whether the call speaks for the route, against it, or says nothing. */
type Verdict = 'good' | 'bad' | 'neutral';

function verdictOf({ status, failure }: AttemptResult): Verdict {
  if (status === 'succeeded') return 'good';
  return failure === null || failureRules[failure].countsAgainstHealth ? 'bad' : 'neutral';
}

function observeResult(
  means: PerformanceState['means'],
  result: AttemptResult,
  verdict: Verdict,
): PerformanceState['means'] {
  const atMs = result.endedAtMs;
  const success = verdict === 'neutral' ? null : Number(verdict === 'good');
  return {
    success: observeBoth(means.success, success, atMs),
    firstTokenMs: observeBoth(means.firstTokenMs, usable(result.firstTokenMs), atMs),
    msPerToken: observeBoth(means.msPerToken, msPerToken(result), atMs),
    totalMs: observeBoth(means.totalMs, verdict === 'good' ? usable(result.totalMs) : null, atMs),
    timeRatio: observeBoth(
      means.timeRatio,
      verdict === 'good' ? ratioOrNull(usable(result.totalMs), result.expectedMs) : null,
      atMs,
    ),
    cacheShare: observeBoth(
      means.cacheShare,
      ratioOrNull(result.cachedInputTokens, result.inputTokens),
      atMs,
    ),
    costUsd: observeBoth(means.costUsd, verdict === 'neutral' ? null : result.costUsd, atMs),
  };
}

function countKind(
  counts: PerformanceState['failuresByKind'],
  kind: AttemptResult['failure'],
): PerformanceState['failuresByKind'] {
  return kind === null ? counts : { ...counts, [kind]: (counts[kind] ?? 0) + 1 };
}

/**
 * The facts selection scores by. With `nowMs` their confidence fades while a route is not called, so that its speed
 * returns to the prior and it is tried again: a probe that costs nothing.
 */
export function performanceFacts(
  state: PerformanceState | null,
  speedPrior: PerformanceFacts['speedPrior'],
  nowMs: number | null = null,
): PerformanceFacts {
  if (state === null) {
    return {
      firstTokenMs: null,
      tokensPerSecond: null,
      speedPrior,
      successes: 0,
      failures: 0,
      confidence: 0,
    };
  }
  const mean = state.means.firstTokenMs?.long ?? null;
  return {
    firstTokenMs: state.firstTokenMs,
    tokensPerSecond: state.tokensPerSecond,
    speedPrior,
    successes: state.history.successes,
    failures: state.history.failures,
    confidence: mean === null ? 0 : massAt(mean, nowMs ?? mean.atMs, monitor.longHalfLifeMs),
  };
}

/** Fades both counts once the window is full, so that a route can live its past down. */
function countHistory(counts: PerformanceState['history'], verdict: Verdict): PerformanceState['history'] {
  if (verdict === 'neutral') return counts;
  const total = counts.successes + counts.failures;
  const kept = total + 1 > history.windowCalls ? (history.windowCalls - 1) / total : 1;
  return {
    successes: counts.successes * kept + (verdict === 'good' ? 1 : 0),
    failures: counts.failures * kept + (verdict === 'bad' ? 1 : 0),
  };
}

function observeBoth(mean: TwoSpeedMean | null, value: number | null, atMs: number): TwoSpeedMean | null {
  if (value === null) return mean;
  return {
    short: observe(mean?.short ?? null, value, atMs, monitor.shortHalfLifeMs),
    long: observe(mean?.long ?? null, value, atMs, monitor.longHalfLifeMs),
  };
}

function shownMean(mean: TwoSpeedMean | null): number | null {
  if (mean === null) return null;
  const { short, long } = mean;
  return (short.mass * short.value + longWeight * long.value) / (short.mass + longWeight);
}

function msPerToken({ status, outputTokens, firstTokenMs, totalMs }: AttemptResult): number | null {
  if (status !== 'succeeded' || outputTokens === null || firstTokenMs === null) return null;
  const writingMs = totalMs - firstTokenMs;
  return outputTokens >= minSpeedTokens && writingMs >= minSpeedMs ? writingMs / outputTokens : null;
}

/** null where either is unknown, or the whole is nothing. */
function ratioOrNull(part: number | null | undefined, whole: number | null | undefined): number | null {
  return part == null || whole == null || !(whole > 0) ? null : part / whole;
}

/** Durations from a clock that stepped back are no measurement. */
function usable(ms: number | null): number | null {
  return ms !== null && ms >= 0 && ms < Infinity ? ms : null;
}
