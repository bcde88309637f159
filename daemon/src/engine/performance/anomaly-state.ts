/** What the sequential tests of one route remember: plain data, stored with its averages. */
import { noEvidence, type Evidence } from '../math/evidence.ts';
import type { Alarm, AlarmKind } from '../model/alarm.ts';

/** Evidence for slowness: what several sessions agree on, and what all calls say, whosever they are. */
export interface LatencyEvidence {
  readonly shared: Evidence;
  readonly alone: Evidence;
  /** What each of the newest sessions has added to `shared`. */
  readonly bySession: Readonly<Record<string, number>>;
}

export const noLatencyEvidence: LatencyEvidence = { shared: noEvidence, alone: noEvidence, bySession: {} };

/** What a route usually takes, slow to change, so that a sudden change shows against it. Logarithms of ms. */
export interface LatencyReference {
  readonly calls: number;
  readonly logFirstToken: number;
  readonly logPerToken: number;
  /** Middle and mean absolute deviation of the log-ratio of time taken to time expected by the above. */
  readonly middle: number;
  readonly deviation: number;
  /** How the newest sessions differ from the route's usual, the newest last. */
  readonly sessions: Readonly<Record<string, SessionLevel>>;
}

/** Sum over a session's calls of their distance from the usual, in deviations. */
export interface SessionLevel {
  readonly calls: number;
  readonly sum: number;
}

export interface AnomalyState {
  readonly errors: Evidence;
  readonly latency: LatencyEvidence;
  readonly latencyReference: LatencyReference | null;
  readonly quality: Evidence;
  readonly cost: CostBlock;
  readonly cacheShare: Evidence;
  /** Usual share of the input read from the provider's cache. */
  readonly usualCacheShare: { readonly calls: number; readonly share: number };
  /** The newest alarm of each kind. */
  readonly alarms: Readonly<Partial<Record<AlarmKind, Alarm>>>;
}

/** A block of calls, its sums in US dollars. `usual` is what the block before came to; null: none yet. */
export interface CostBlock {
  readonly calls: number;
  readonly settledUsd: number;
  readonly listedUsd: number;
  /** Sums of squares and of products, in dollars squared: how much the calls' ratios scatter. */
  readonly squares: { readonly settled: number; readonly mixed: number; readonly listed: number };
  readonly sinceMs: number | null;
  readonly usual: CostRatio | null;
}

/** Settled over listed cost, and its standard error. */
export interface CostRatio {
  readonly ratio: number;
  readonly error: number;
}

export const emptyCostBlock: CostBlock = {
  calls: 0,
  settledUsd: 0,
  listedUsd: 0,
  squares: { settled: 0, mixed: 0, listed: 0 },
  sinceMs: null,
  usual: null,
};

export const noAnomalies: AnomalyState = {
  errors: noEvidence,
  latency: noLatencyEvidence,
  latencyReference: null,
  quality: noEvidence,
  cost: emptyCostBlock,
  cacheShare: noEvidence,
  usualCacheShare: { calls: 0, share: 0 },
  alarms: {},
};

/** A stored state, or a fresh one where it is none: evidence can be gathered anew. */
export function readAnomalies(stored: unknown): AnomalyState {
  return isAnomalies(stored) ? stored : noAnomalies;
}

function isAnomalies(value: unknown): value is AnomalyState {
  return (
    isRecord(value) &&
    ['errors', 'quality', 'cacheShare'].every((name) => isEvidence(value[name])) &&
    isNumbers(value['usualCacheShare'], ['calls', 'share']) &&
    isCostBlock(value['cost']) &&
    (value['latencyReference'] === null || isReference(value['latencyReference'])) &&
    isRecord(value['latency']) &&
    isEvidence(value['latency']['shared']) &&
    isEvidence(value['latency']['alone']) &&
    isRecord(value['latency']['bySession']) &&
    isRecord(value['alarms']) &&
    Object.values(value['alarms']).every((alarm) => isNumbers(alarm, ['statistic', 'sinceMs', 'atMs']))
  );
}

function isReference(value: unknown): boolean {
  return (
    isNumbers(value, ['calls', 'logFirstToken', 'logPerToken', 'middle', 'deviation']) &&
    isRecord(value['sessions']) &&
    Object.values(value['sessions']).every((session) => isNumbers(session, ['calls', 'sum']))
  );
}

function isCostBlock(value: unknown): boolean {
  return (
    isNumbers(value, ['calls', 'settledUsd', 'listedUsd']) &&
    isNumbers(value['squares'], ['settled', 'mixed', 'listed']) &&
    (value['usual'] === null || isNumbers(value['usual'], ['ratio', 'error']))
  );
}

function isEvidence(value: unknown): boolean {
  return isNumbers(value, ['sum', 'observations']);
}

function isNumbers(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return isRecord(value) && names.every((name) => Number.isFinite(value[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
