/** What is remembered of a route's performance: plain data, stored as JSON, given back at the next start. */
import type { DecayedMean } from '../math/decayed-mean.ts';
import type { FailureKind } from '../model.ts';

/** The same measure over the last minute and the last hour of events. */
export interface TwoSpeedMean {
  readonly short: DecayedMean;
  readonly long: DecayedMean;
}

export interface PerformanceState {
  readonly version: 1;
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
  /** Faded counts behind the history part. */
  readonly history: { readonly successes: number; readonly failures: number };
  readonly means: {
    readonly success: TwoSpeedMean | null;
    readonly firstTokenMs: TwoSpeedMean | null;
    /** Time per token averages truly over calls; its inverse would let one fast call hide many slow ones. */
    readonly msPerToken: TwoSpeedMean | null;
    readonly totalMs: TwoSpeedMean | null;
  };
}

export const emptyPerformance: PerformanceState = {
  version: 1,
  updatedAtMs: 0,
  successes: 0,
  failures: 0,
  failuresByKind: {},
  successRate: null,
  firstTokenMs: null,
  tokensPerSecond: null,
  totalMs: null,
  history: { successes: 0, failures: 0 },
  means: { success: null, firstTokenMs: null, msPerToken: null, totalMs: null },
};

/** A stored state if it is one that this version can go on with, else null: forgetting is safe, guessing is not. */
export function readPerformanceState(stored: unknown): PerformanceState | null {
  return isPerformanceState(stored) ? stored : null;
}

function isPerformanceState(value: unknown): value is PerformanceState {
  return (
    isRecord(value) &&
    value['version'] === 1 &&
    ['updatedAtMs', 'successes', 'failures'].every((name) => isAmount(value[name])) &&
    ['successRate', 'firstTokenMs', 'tokensPerSecond', 'totalMs'].every(
      (name) => value[name] === null || isAmount(value[name]),
    ) &&
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
    ['success', 'firstTokenMs', 'msPerToken', 'totalMs'].every(
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
