/**
 * Has a route's behaviour changed? Five sequential tests, one call at a time: errors, time, graded quality, price, and
 * the share read from the provider's cache. An alarm names its statistic, its evidence and since when, and one action
 * that does no harm if the alarm was wrong; the same alarm comes again only after a cool-down.
 */
import { failureRules } from '../config/failover.ts';
import { anomaly } from '../config/performance.ts';
import { clamp } from '../math/clamp.ts';
import { accumulate, bernoulliStep, noEvidence, type Evidence } from '../math/evidence.ts';
import type { Alarm, AlarmAction, AlarmKind } from '../model/alarm.ts';
import type { AttemptResult, GradedResult } from '../model/attempt.ts';
import { noLatencyEvidence, type AnomalyState } from './anomaly-state.ts';
import { testCost } from './cost-test.ts';
import { testLatency } from './latency-test.ts';

/** Folds one ended call into the tests; a cancelled one says nothing. */
export function watchCall(state: AnomalyState, call: AttemptResult): AnomalyState {
  if (call.status === 'cancelled' || call.excused === true) return state;
  return watchCacheShare(watchCost(watchLatency(watchErrors(state, call), call), call), call);
}

/** Folds one graded outcome into the test of quality. */
export function watchGrade(state: AnomalyState, routeId: string, grade: GradedResult): AnomalyState {
  const { dropFactor, threshold } = anomaly.quality;
  const usual = clamp(grade.expected, 0.02, 0.98);
  const step = bernoulliStep(!grade.success, 1 - usual, 1 - usual * dropFactor);
  const quality = accumulate(state.quality, step, grade.atMs);
  return concluded(
    { ...state, quality },
    'quality',
    { routeId, atMs: grade.atMs, cusum: quality, threshold },
    {
      action: 'resetPosterior',
      evidence: `answers are graded good less often than expected, over ${quality.observations} grades`,
    },
  );
}

/** Alarms that the second state has and the first has not. */
export function newAlarms(before: AnomalyState | null, after: AnomalyState): readonly Alarm[] {
  if (after.alarms === before?.alarms) return none;
  return Object.values(after.alarms).filter((alarm) => before?.alarms[alarm.kind] !== alarm);
}

const none: readonly Alarm[] = [];

function watchErrors(state: AnomalyState, call: AttemptResult): AnomalyState {
  const isNeutral = call.failure !== null && !failureRules[call.failure].countsAgainstHealth;
  if (isNeutral) return state;
  const { usual, changed, threshold } = anomaly.errors;
  const step = bernoulliStep(call.status === 'failed', usual, changed);
  const errors = accumulate(state.errors, step, call.endedAtMs);
  return concluded(
    { ...state, errors },
    'errors',
    { ...at(call), cusum: errors, threshold },
    {
      action: 'reprobe',
      evidence: `fails well over 5 % of its calls, over ${errors.observations} calls`,
    },
  );
}

function watchLatency(state: AnomalyState, call: AttemptResult): AnomalyState {
  const tested = testLatency(state.latency, state.latencyReference, call);
  if (tested === null) return state;
  const next = { ...state, latency: tested.evidence, latencyReference: tested.reference };
  const { shared, alone } = tested.evidence;
  const { threshold, loneThreshold } = anomaly.latency;
  const test =
    shared.sum >= threshold ? { cusum: shared, threshold } : { cusum: alone, threshold: loneThreshold };
  return concluded(
    next,
    'latency',
    { ...at(call), ...test },
    {
      action: 'degrade',
      evidence: `takes longer than usual for as many tokens, over ${test.cusum.observations} calls`,
    },
  );
}

function watchCost(state: AnomalyState, call: AttemptResult): AnomalyState {
  const tested = testCost(state.cost, call);
  if (tested === null) return state;
  const next = { ...state, cost: tested.block };
  if (tested.ended === null) return next;
  const { change, calls, sinceMs } = tested.ended;
  const cusum: Evidence = { sum: Math.abs(change), observations: calls, sinceMs };
  const percent = Math.round(100 * change);
  return concluded(
    next,
    'cost',
    { ...at(call), cusum, threshold: anomaly.cost.deviation },
    {
      action: 'refreshPrices',
      evidence: `costs ${percent > 0 ? '+' : ''}${percent} % for the same tokens, over ${calls} calls`,
    },
  );
}

function watchCacheShare(state: AnomalyState, call: AttemptResult): AnomalyState {
  const { inputTokens, cachedInputTokens } = call;
  if (call.status !== 'succeeded' || !isAmount(cachedInputTokens) || !isAmount(inputTokens)) return state;
  if (inputTokens === 0) return state;
  const { dropFactor, threshold, warmUpCalls, memoryCalls, minShare } = anomaly.cacheShare;
  const share = clamp(cachedInputTokens / inputTokens, 0, 1);
  const usual = state.usualCacheShare;
  const known = usual.calls >= warmUpCalls && usual.share >= minShare;
  // Zero drift half-way between the usual share and the share that is looked for.
  const step = known ? (1 + dropFactor) / 2 - share / usual.share : 0;
  const cacheShare = known ? accumulate(state.cacheShare, step, call.endedAtMs) : noEvidence;
  const weight = 1 / Math.min(usual.calls + 1, memoryCalls);
  const usualCacheShare = { calls: usual.calls + 1, share: usual.share + weight * (share - usual.share) };
  return concluded(
    { ...state, cacheShare, usualCacheShare },
    'cacheShare',
    { ...at(call), cusum: cacheShare, threshold },
    {
      action: 'reprobe',
      evidence: `reads much less of the prompt from its cache than usual, over ${cacheShare.observations} calls`,
    },
  );
}

const mostAmount = 1e9;

function isAmount(value: number | null | undefined): value is number {
  return value != null && value >= 0 && value <= mostAmount;
}

interface Test {
  readonly routeId: string;
  readonly atMs: number;
  readonly cusum: Evidence;
  readonly threshold: number;
}

/** The state with an alarm where the test has crossed its line; its evidence then begins anew. */
function concluded(
  state: AnomalyState,
  kind: Exclude<AlarmKind, 'burn'>,
  { routeId, atMs, cusum, threshold }: Test,
  says: { readonly action: AlarmAction; readonly evidence: string },
): AnomalyState {
  const crossed = kind === 'cost' ? cusum.sum > threshold : cusum.sum >= threshold;
  if (!crossed) return state;
  const last = state.alarms[kind];
  if (last !== undefined && atMs - last.atMs < anomaly.cooldownMs && atMs >= last.atMs) return state;
  const alarm: Alarm = {
    ...{ routeId, kind, atMs, threshold, ...says },
    statistic: cusum.sum,
    observations: cusum.observations,
    sinceMs: cusum.sinceMs ?? atMs,
  };
  const alarms = { ...state.alarms, [kind]: alarm };
  if (kind === 'cost') return { ...state, alarms };
  return { ...state, alarms, [kind]: kind === 'latency' ? noLatencyEvidence : noEvidence };
}

function at({ routeId, endedAtMs }: AttemptResult): Pick<Test, 'routeId' | 'atMs'> {
  return { routeId, atMs: endedAtMs };
}
