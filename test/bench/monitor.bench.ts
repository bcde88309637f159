/**
 * What the monitor costs a call: `monitorPerformance` with its averages and its five sequential tests, over real calls of
 * four sessions at once, and beside it the quantile sketches. Time of the processor, not of the clock, so that other work on
 * the machine does not count; each figure is the median of interleaved rounds.
 */
import { monitorPerformance, type AttemptResult, type PerformanceState } from '@task-router/daemon/engine';
import { RouteQuantiles } from '../../daemon/src/dispatch/health/route-quantiles.ts';
import { Randomness } from '../simulation/base/randomness.ts';
import { healthy, interleaved, readSessions, resultOf } from '../simulation/monitoring/calls.ts';
import type { Measured } from './report.ts';

export const name = 'monitor';

const calls = 20_000;
const rounds = 9;
const seed = 7;

export function run(): Promise<Measured> {
  const random = new Randomness(seed);
  const stream = interleaved(readSessions(), 4, random.fork('sessions'));
  const results = Array.from({ length: calls }, (_, index) =>
    resultOf(stream.next().value, index, healthy, random),
  );
  monitor(results);
  sketch(results);
  const measured = Array.from({ length: rounds }, () => ({
    monitorUs: monitor(results),
    quantilesUs: sketch(results),
  }));
  const monitorUs = median(measured.map((each) => each.monitorUs));
  const quantilesUs = median(measured.map((each) => each.quantilesUs));
  return Promise.resolve({
    calls,
    monitorUsPerCall: monitorUs,
    quantilesUsPerCall: quantilesUs,
    togetherUs: Number((monitorUs + quantilesUs).toFixed(3)),
    togetherUsBar: 5,
    passes: monitorUs + quantilesUs <= 5,
    seed,
  });
}

function monitor(results: readonly AttemptResult[]): number {
  let state: PerformanceState | null = null;
  const startedAt = process.cpuUsage();
  for (const result of results) state = monitorPerformance(state, result);
  const tookUs = elapsedUs(startedAt);
  if (state === null || state.successes < calls / 2) throw new Error('hardly a call was counted');
  return tookUs / calls;
}

function sketch(results: readonly AttemptResult[]): number {
  const quantiles = new RouteQuantiles();
  const startedAt = process.cpuUsage();
  for (const { routeId, totalMs, endedAtMs } of results) quantiles.add(routeId, totalMs, endedAtMs);
  return elapsedUs(startedAt) / calls;
}

function elapsedUs(startedAt: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(startedAt);
  return user + system;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[sorted.length >> 1] ?? Number.NaN).toFixed(3));
}
