/** What is remembered of a route's performance: plain data, stored as JSON, given back at the next start. */
import type { DecayedMean } from '../math/decayed-mean.ts';
import type { FailureKind } from '../model/attempt.ts';
import { noAnomalies, readAnomalies, type AnomalyState } from './anomaly-state.ts';

/** The same measure over the last minute and the last hour of events. */
export interface TwoSpeedMean {
  readonly short: DecayedMean;
  readonly long: DecayedMean;
}

export interface PerformanceState {
  readonly version: 2;
  readonly updatedAtMs: number;
  /** Calls that counted, over the route's whole life. Cancelled calls and client errors never count. */
  readonly successes: number;
  readonly failures: number;
  /** Every failed call by its kind, those that don't count included. */
  readonly failuresByKind: Readonly<Partial<Record<FailureKind, number>>>;
  /** Moving averages as shown; null: nothing seen yet. */
  readonly successRate: number | null;
  readonly firstTokenMs: number | null;
  readonly tokensPerSecond: number | null;
  /** Of successful calls. */
  readonly totalMs: number | null;
  /** Time taken to time expected, of successful calls; 1: as predicted. */
  readonly timeRatio: number | null;
  /** Share 0..1 of the input read from the provider's cache. */
  readonly cacheShare: number | null;
  /** US dollars spent for one success, failed calls included. */
  readonly costPerSuccessUsd: number | null;
  /** Faded counts behind the history part. */
  readonly history: { readonly successes: number; readonly failures: number };
  readonly means: {
    readonly success: TwoSpeedMean | null;
    readonly firstTokenMs: TwoSpeedMean | null;
    /** Time per token averages truly over calls; its inverse would let one fast call hide many slow ones. */
    readonly msPerToken: TwoSpeedMean | null;
    readonly totalMs: TwoSpeedMean | null;
    readonly timeRatio: TwoSpeedMean | null;
    readonly cacheShare: TwoSpeedMean | null;
    readonly costUsd: TwoSpeedMean | null;
  };
  /** Sequential tests, and the newest alarm of each kind. */
  readonly anomalies: AnomalyState;
}

export const emptyPerformance: PerformanceState = {
  version: 2,
  updatedAtMs: 0,
  successes: 0,
  failures: 0,
  failuresByKind: {},
  successRate: null,
  firstTokenMs: null,
  tokensPerSecond: null,
  totalMs: null,
  timeRatio: null,
  cacheShare: null,
  costPerSuccessUsd: null,
  history: { successes: 0, failures: 0 },
  means: {
    success: null,
    firstTokenMs: null,
    msPerToken: null,
    totalMs: null,
    timeRatio: null,
    cacheShare: null,
    costUsd: null,
  },
  anomalies: noAnomalies,
};

/** A stored state if it is one that this version can go on with, else null: forgetting is safe, guessing is not. */
export function readPerformanceState(stored: unknown): PerformanceState | null {
  if (!isPerformanceState(stored)) return null;
  const anomalies = readAnomalies(stored.anomalies);
  return anomalies === stored.anomalies ? stored : { ...stored, anomalies };
}

const shownFigures = [
  'successRate',
  'firstTokenMs',
  'tokensPerSecond',
  'totalMs',
  'timeRatio',
  'cacheShare',
  'costPerSuccessUsd',
];

function isPerformanceState(value: unknown): value is PerformanceState {
  return (
    isRecord(value) &&
    value['version'] === 2 &&
    ['updatedAtMs', 'successes', 'failures'].every((name) => isAmount(value[name])) &&
    shownFigures.every((name) => value[name] === null || isAmount(value[name])) &&
    isRecord(value['failuresByKind']) &&
    Object.values(value['failuresByKind']).every(isAmount) &&
    isRecord(value['history']) &&
    isAmount(value['history']['successes']) &&
    isAmount(value['history']['failures']) &&
    areMeans(value['means'])
  );
}

function areMeans(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.keys(emptyPerformance.means).every(
      (name) =>
        value[name] === null ||
        (isRecord(value[name]) && isMean(value[name]['short']) && isMean(value[name]['long'])),
    )
  );
}

function isMean(value: unknown): boolean {
  return isRecord(value) && ['value', 'mass', 'atMs'].every((name) => isAmount(value[name]));
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
