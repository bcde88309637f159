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

/** A block of calls, its sums in US dollars. `usual` is the ratio of the block before; null: none yet. */
export interface CostBlock {
  readonly calls: number;
  readonly settledUsd: number;
  readonly listedUsd: number;
  readonly sinceMs: number | null;
  readonly usual: number | null;
}

export const emptyCostBlock: CostBlock = {
  calls: 0,
  settledUsd: 0,
  listedUsd: 0,
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
    isNumbers(value['cost'], ['calls', 'settledUsd', 'listedUsd']) &&
    (value['latencyReference'] === null ||
      isNumbers(value['latencyReference'], [
        'calls',
        'logFirstToken',
        'logPerToken',
        'middle',
        'deviation',
      ])) &&
    isRecord(value['latency']) &&
    isEvidence(value['latency']['shared']) &&
    isEvidence(value['latency']['alone']) &&
    isRecord(value['latency']['bySession']) &&
    isRecord(value['alarms']) &&
    Object.values(value['alarms']).every((alarm) => isNumbers(alarm, ['statistic', 'sinceMs', 'atMs']))
  );
}

function isEvidence(value: unknown): boolean {
  return isNumbers(value, ['sum', 'observations']);
}

function isNumbers(value: unknown, names: readonly string[]): boolean {
  return isRecord(value) && names.every((name) => Number.isFinite(value[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
