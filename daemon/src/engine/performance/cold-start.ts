/**
 * How long a load of a model takes on this machine, learned from loads that were seen: the time the server names, or
 * else how much longer the first token took than it does with the model in memory. One state per route for its own
 * loads, one per node for the speed of its disk, which stands in for models that were never loaded.
 */
import { localLoad } from '../config/allocation.ts';
import { clamp } from '../math/clamp.ts';
import { massAt, observe, type DecayedMean } from '../math/decayed-mean.ts';

export interface ColdStartState {
  readonly version: 1;
  /** Of a route: ms a load takes. Of a node: ms for each gigabyte. */
  readonly mean: DecayedMean;
}

/** One call that may have begun with a load. */
export interface ColdStartSample {
  /** Whether the server said before the call that the model was not loaded. */
  readonly wasCold: boolean;
  /** What the server says the load took; null: it does not say. */
  readonly reportedMs: number | null;
  /** null: no token came. */
  readonly firstTokenMs: number | null;
  /** First token of this call with the model in memory, as predicted. */
  readonly warmFirstTokenMs: number;
}

/** Time of the call that went into loading; null: there was no load, or nothing is known of it. */
export function observedColdStartMs(sample: ColdStartSample): number | null {
  const { reportedMs, firstTokenMs } = sample;
  if (reportedMs !== null) {
    // Servers name some ms for a model that is there; and no load is longer than the wait for the first token.
    if (reportedMs < localLoad.leastMs) return null;
    return Math.min(reportedMs, firstTokenMs ?? reportedMs, localLoad.longestMs);
  }
  if (!sample.wasCold || firstTokenMs === null) return null;
  return Math.min(Math.max(0, firstTokenMs - sample.warmFirstTokenMs), localLoad.longestMs);
}

/** Folds in one observation; `value` in the unit of the state. */
export function learnColdStart(state: ColdStartState | null, value: number, atMs: number): ColdStartState {
  return { version: 1, mean: observe(state?.mean ?? null, value, atMs, localLoad.halfLifeMs) };
}

/** Expected time of one load, in ms: what was seen of this model, shrunk towards what its size suggests. */
export function coldStartMs(
  states: { readonly route: ColdStartState | null; readonly node: ColdStartState | null },
  bytes: number | null,
  nowMs: number,
): number {
  const perGigabyte = states.node?.mean.value ?? null;
  const speed = perGigabyte === null || perGigabyte <= 0 ? null : 1e12 / perGigabyte;
  const prior = presumedColdStartMs(bytes, speed);
  const seen = states.route?.mean ?? null;
  if (seen === null) return prior;
  const mass = massAt(seen, nowMs, localLoad.halfLifeMs);
  return prior + (seen.value - prior) * (mass / (mass + localLoad.priorLoads));
}

/** What a load is expected to take before one was seen, in ms: the file's size at the speed of a usual disk. */
function presumedColdStartMs(bytes: number | null, bytesPerSecond: number | null): number {
  const size = bytes ?? localLoad.presumedBytes;
  const speed = bytesPerSecond !== null && bytesPerSecond > 0 ? bytesPerSecond : localLoad.bytesPerSecond;
  return clamp(localLoad.startMs + (1000 * size) / speed, 0, localLoad.longestMs);
}

/** A stored state that this version can go on with, else null. */
export function readColdStartState(stored: unknown): ColdStartState | null {
  if (typeof stored !== 'object' || stored === null || !('version' in stored) || stored.version !== 1)
    return null;
  const mean: unknown = 'mean' in stored ? stored.mean : null;
  if (typeof mean !== 'object' || mean === null) return null;
  const { value, mass, atMs } = mean as Record<string, unknown>;
  return isAmount(value) && isAmount(mass) && isAmount(atMs)
    ? { version: 1, mean: { value, mass, atMs } }
    : null;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
