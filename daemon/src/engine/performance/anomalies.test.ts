import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFailureKinds, buildResult } from '../../../../test/support/engine-facts.ts';
import { anomaly } from '../config/performance.ts';
import type { Alarm } from '../model/alarm.ts';
import type { AttemptResult } from '../model/attempt.ts';
import {
  burnAlarm,
  monitorPerformance,
  monitorQuality,
  newAlarms,
  readPerformanceState,
  resetHistory,
  type PerformanceState,
} from './index.ts';

const minute = 60_000;

/** Folds calls in, a minute apart, and collects the alarms in order. */
function watch(calls: readonly Partial<AttemptResult>[], from: PerformanceState | null = null, atMs = 0) {
  let state = from;
  const alarms: Alarm[] = [];
  for (const [index, call] of calls.entries()) {
    const before: PerformanceState | null = state;
    const session = `s${index % 4}`;
    state = monitorPerformance(state, buildResult({ session, ...call, endedAtMs: atMs + index * minute }));
    alarms.push(...newAlarms(before?.anomalies ?? null, state.anomalies));
  }
  return { state: state!, alarms };
}
const times = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, at) => make(at));
const good = (scale = 1): Partial<AttemptResult> => ({
  firstTokenMs: 500 * scale,
  totalMs: 2_500 * scale,
  outputTokens: 200,
  inputTokens: 1_000,
});
const bad: Partial<AttemptResult> = {
  status: 'failed',
  failure: 'server',
  firstTokenMs: null,
  outputTokens: null,
};

describe('errors', () => {
  it('raise one alarm with its evidence, since when, and what to do', () => {
    const calm = watch(times(50, () => good()));
    expect(calm.alarms).toEqual([]);
    const { alarms } = watch(
      times(6, () => bad),
      calm.state,
      100 * minute,
    );
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toMatchObject({
      ...{ kind: 'errors', routeId: 'a/one', action: 'reprobe', observations: 4, threshold: 5.7 },
      ...{ sinceMs: 100 * minute, atMs: 103 * minute },
      evidence: expect.stringMatching(/5 %.*4 calls/) as string,
    });
    expect(alarms[0]!.statistic).toBeGreaterThan(5.7);
  });

  it('that say nothing of the route raise none', () => {
    const neutral = ['auth', 'billing', 'rateLimit', 'badRequest', 'contentPolicy'] as const;
    const calls = times(200, (at) => ({ ...bad, failure: neutral[at % neutral.length]! }));
    expect(watch(calls).alarms).toEqual([]);
    expect(watch(times(200, () => ({ ...bad, status: 'cancelled' as const, failure: null }))).alarms).toEqual(
      [],
    );
  });

  it('raise the next one only after the cool-down', () => {
    const { alarms } = watch(times(40, () => bad));
    const gaps = alarms.slice(1).map(({ atMs }, at) => atMs - alarms[at]!.atMs);
    expect(alarms.length).toBeGreaterThan(2);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(anomaly.cooldownMs);
  });
});

describe('time', () => {
  it('twice as long for as many tokens is noticed, longer answers are not', () => {
    const calm = watch(times(60, (at) => good(1 + 0.1 * (at % 3))));
    const longer = watch(
      times(30, () => ({ ...good(), totalMs: 500 + 2_000 * 8, outputTokens: 1_600 })),
      calm.state,
      60 * minute,
    );
    expect(longer.alarms).toEqual([]);
    const slow = watch(
      times(10, () => good(2.2)),
      calm.state,
      60 * minute,
    );
    expect(slow.alarms).toMatchObject([{ kind: 'latency', action: 'degrade' }]);
    expect(slow.alarms[0]!.observations).toBeLessThanOrEqual(8);
  });

  it('what a session is always off by is no slowdown of the route', () => {
    const calm = watch(times(60, () => good()));
    // Half as slow again at most, in one session of four; the others are as ever.
    const calls = times(400, (at) => good(at % 4 === 0 ? 1.3 : 1));
    expect(watch(calls, calm.state, 60 * minute).alarms).toEqual([]);
  });

  it('one session alone has to prove more', () => {
    const calm = watch(times(60, () => good()));
    const alone = times(25, () => ({ ...good(2.2), session: 'same' }));
    const { alarms } = watch(alone, calm.state, 60 * minute);
    expect(alarms).toMatchObject([{ kind: 'latency', threshold: anomaly.latency.loneThreshold }]);
    expect(alarms[0]!.observations).toBeGreaterThan(10);
  });
});

describe('price and cache', () => {
  it('a price that stays is none, a new one is noticed by the end of its block', () => {
    const at = (factor: number) => ({ ...good(), costUsd: 0.01 * factor, listCostUsd: 0.01 });
    const calm = watch(times(150, () => at(0.8)));
    expect(calm.alarms).toEqual([]);
    const { alarms } = watch(
      times(100, () => at(0.9)),
      calm.state,
      200 * minute,
    );
    expect(alarms).toMatchObject([
      { kind: 'cost', action: 'refreshPrices', evidence: expect.stringContaining('+13 %') as string },
    ]);
  });

  it('a cost that scatters from call to call is no new price, a step in it is', () => {
    // What a server tells of calls that the list prices alike: ± 30 %.
    const at = (factor: number, index: number) => ({
      ...good(),
      costUsd: 0.01 * factor * (1 + 0.3 * Math.sin(index * 7.1)),
      listCostUsd: 0.01,
    });
    const calm = watch(times(1_000, (index) => at(1, index)));
    expect(calm.alarms).toEqual([]);
    const { alarms } = watch(
      times(100, (index) => at(1.5, index)),
      calm.state,
      2_000 * minute,
    );
    expect(alarms).toMatchObject([{ kind: 'cost' }]);
  });

  it('less read from the cache is noticed where there was a cache', () => {
    const reads = (share: number) => ({ ...good(), inputTokens: 1_000, cachedInputTokens: 1_000 * share });
    const calm = watch(times(60, () => reads(0.9)));
    expect(
      watch(
        times(30, () => reads(0.8)),
        calm.state,
        60 * minute,
      ).alarms,
    ).toEqual([]);
    expect(
      watch(
        times(10, () => reads(0)),
        calm.state,
        60 * minute,
      ).alarms,
    ).toMatchObject([{ kind: 'cacheShare' }]);
    expect(watch(times(60, () => reads(0.01))).alarms).toEqual([]);
  });
});

describe('quality', () => {
  it('grades well below what was expected raise an alarm, and the history fades', () => {
    let state: PerformanceState | null = watch(times(20, () => good())).state;
    const grade = (success: boolean, atMs: number) =>
      monitorQuality(state, 'node/model', { success, expected: 0.9, atMs });
    let grades = 0;
    while (state.anomalies.alarms.quality === undefined && grades < 50) {
      state = grade(grades % 2 === 0, grades * minute);
      grades += 1;
    }
    expect(state.anomalies.alarms.quality).toMatchObject({ action: 'resetPosterior' });
    expect(grades).toBeLessThan(25);
    expect(resetHistory(state).history.successes).toBeCloseTo(4, 9);
  });
});

describe('burn', () => {
  const ends = (failed: (index: number) => boolean, count = 50) =>
    times(count, (index) => ({ failed: failed(index), atMs: (count - index) * minute }));

  it('tells of tasks that fail for the developer, counted, not clocked', () => {
    expect(
      burnAlarm(
        ends((at) => at < 3 || (at > 20 && at < 26)),
        null,
      ),
    ).toMatchObject({
      ...{ kind: 'burn', routeId: '', action: 'tell', observations: 50 },
      evidence: '8 of the last 50 tasks failed on every route',
    });
    // Over: nothing of late. Too few of all. Too few tasks to say.
    expect(
      burnAlarm(
        ends((at) => at > 20 && at < 40),
        null,
      ),
    ).toBeNull();
    expect(
      burnAlarm(
        ends((at) => at < 3),
        null,
      ),
    ).toBeNull();
    expect(
      burnAlarm(
        ends(() => true, 49),
        null,
      ),
    ).toBeNull();
  });

  it('is not repeated at every task', () => {
    const first = burnAlarm(
      ends(() => true),
      null,
    )!;
    expect(
      burnAlarm(
        ends(() => true),
        first,
      ),
    ).toBeNull();
  });
});

describe('whatever comes', () => {
  it('the tests stay finite, and go on after a restart', () => {
    const odd = fc.oneof(fc.constant(null), fc.double({ min: -1e6, max: 1e9 }), fc.constant(Number.NaN));
    const call = fc.record({
      status: fc.constantFrom('succeeded' as const, 'failed' as const),
      failure: fc.constantFrom(...allFailureKinds),
      firstTokenMs: odd,
      totalMs: fc.double({ min: -1e6, max: 1e9, noNaN: true }),
      outputTokens: odd,
      inputTokens: odd,
      cachedInputTokens: odd,
      costUsd: odd,
      listCostUsd: odd,
    });
    // Found once in some hundred thousand: no time is too short, and no count is a number.
    const [status, failure] = ['succeeded', 'badRequest'] as const;
    const shortest = { firstTokenMs: 0.001, totalMs: 0.002 };
    const none = Number.NaN;
    const counts = {
      outputTokens: none,
      inputTokens: none,
      cachedInputTokens: 0,
      costUsd: none,
      listCostUsd: 0,
    };
    const found = { status, failure, ...shortest, ...counts };
    const many = { outputTokens: 50, totalMs: 900 };
    fc.assert(
      fc.property(fc.array(call, { maxLength: 80 }), (calls) => {
        if (calls.length === 0) return;
        const { anomalies } = watch(calls).state;
        const { errors, latency, cacheShare, cost } = anomalies;
        const sums = [errors.sum, latency.shared.sum, latency.alone.sum, cacheShare.sum, cost.settledUsd];
        expect(sums.every(Number.isFinite)).toBe(true);
        expect(JSON.parse(JSON.stringify(anomalies))).toEqual(anomalies);
      }),
      {
        numRuns: 500,
        examples: [
          [[found]],
          [[{ ...found, outputTokens: 50 }]],
          [[{ ...found, ...many, inputTokens: -1e6 }]],
        ],
      },
    );
    expect(
      readPerformanceState(JSON.parse(JSON.stringify(watch(times(9, () => good())).state))),
    ).not.toBeNull();
  });
});
