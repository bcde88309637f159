import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFailureKinds, buildResult } from '../../../../test/support/engine-facts.ts';
import { failureRules } from '../config/failover.ts';
import type { AttemptResult } from '../model/attempt.ts';
import {
  monitorPerformance,
  performanceFacts,
  readPerformanceState,
  type PerformanceState,
} from './index.ts';

const prior = { firstTokenMs: 900, tokensPerSecond: 50 };
const hourMs = 3_600_000;

function monitor(...results: readonly Partial<AttemptResult>[]): PerformanceState {
  return results.reduce<PerformanceState | null>(
    (state, result) => monitorPerformance(state, buildResult(result)),
    null,
  )!;
}
const failed = (failure: AttemptResult['failure'], changes: Partial<AttemptResult> = {}) => ({
  status: 'failed' as const,
  failure,
  firstTokenMs: null,
  outputTokens: null,
  ...changes,
});

describe('monitorPerformance', () => {
  it('shows what the first call took', () => {
    expect(monitor({ firstTokenMs: 500, totalMs: 2_500, outputTokens: 200 })).toMatchObject({
      successes: 1,
      failures: 0,
      successRate: 1,
      firstTokenMs: 500,
      // 200 tokens in the two seconds after the first.
      tokensPerSecond: 100,
      totalMs: 2_500,
      updatedAtMs: 1_000_000,
    });
  });

  it('averages over calls, and follows a change within minutes', () => {
    const start = 1_000_000;
    const before = Array.from({ length: 60 }, (_, minute) => ({
      firstTokenMs: 500,
      endedAtMs: start + minute * 60_000,
    }));
    const slower = Array.from({ length: 8 }, (_, call) => ({
      firstTokenMs: 1_500,
      endedAtMs: start + hourMs + call * 5_000,
    }));
    expect(monitor(...before).firstTokenMs).toBeCloseTo(500, 9);
    const { firstTokenMs } = monitor(...before, ...slower);
    expect(firstTokenMs).toBeGreaterThan(1_000);
    expect(firstTokenMs).toBeLessThan(1_500);
  });

  it('a cancelled call changes nothing at all', () => {
    const before = monitor({});
    const after = monitorPerformance(
      before,
      buildResult({ status: 'cancelled', totalMs: 1, endedAtMs: 2_000_000 }),
    );
    expect(after).toEqual(before);
    expect(monitor({ status: 'cancelled' })).toMatchObject({ successes: 0, failures: 0, firstTokenMs: null });
  });

  it('counts each failure by its kind, and against the route only where the route is to blame', () => {
    for (const kind of allFailureKinds) {
      const state = monitor({}, failed(kind));
      const blamed = failureRules[kind].countsAgainstHealth;
      expect([kind, state.failures, state.history.failures]).toEqual([kind, blamed ? 1 : 0, blamed ? 1 : 0]);
      expect(state.failuresByKind).toEqual({ [kind]: 1 });
      expect(state.successRate).toBe(blamed ? 0.5 : 1);
    }
    expect(monitor(failed('rateLimit'), failed('rateLimit'), failed('server')).failuresByKind).toEqual({
      rateLimit: 2,
      server: 1,
    });
  });

  it('takes the first token from any call that had one, speed and total from complete ones', () => {
    const state = monitor({}, failed('stall', { firstTokenMs: 1_500, totalMs: 90_000, outputTokens: 1_000 }));
    expect(state).toMatchObject({ firstTokenMs: 1_000, tokensPerSecond: 100, totalMs: 2_500 });
  });

  it('does not measure speed where there is none to measure', () => {
    expect(monitor({ outputTokens: 3 }).tokensPerSecond).toBeNull();
    expect(monitor({ outputTokens: null }).tokensPerSecond).toBeNull();
    expect(monitor({ firstTokenMs: null }).tokensPerSecond).toBeNull();
    // The whole answer came at once.
    expect(monitor({ firstTokenMs: 2_480, totalMs: 2_500 }).tokensPerSecond).toBeNull();
    // A clock that stepped back.
    expect(monitor({ firstTokenMs: -5, totalMs: -3 })).toMatchObject({ firstTokenMs: null, totalMs: null });
  });

  it('averages time per token, so that one fast call does not hide slow ones', () => {
    const fast = { firstTokenMs: 0, totalMs: 1_000, outputTokens: 1_000 };
    const slow = { firstTokenMs: 0, totalMs: 10_000, outputTokens: 100 };
    // Half of the calls at 1000 and half at 10 tokens a second: about 20, where a plain mean says 505.
    expect(monitor(fast, slow).tokensPerSecond).toBeCloseTo(19.8, 1);
  });

  it('lets a route live its past down', () => {
    const bad = Array.from({ length: 300 }, () => failed('server'));
    const good = Array.from({ length: 1_500 }, () => ({}));
    const { history, failures } = monitor(...bad, ...good);
    expect(failures).toBe(300);
    expect(history.successes + history.failures).toBeCloseTo(500, 6);
    expect(history.failures).toBeLessThan(30);
  });

  it('copes with events out of order', () => {
    const state = monitor({ endedAtMs: 2_000_000 }, { endedAtMs: 1_000_000, firstTokenMs: 1_500 });
    expect(state).toMatchObject({ updatedAtMs: 2_000_000, firstTokenMs: 1_000 });
  });

  it('is plain data that goes on after a restart as if there had been none', () => {
    const result = fc.record({
      status: fc.constantFrom('succeeded', 'failed', 'cancelled'),
      failure: fc.constantFrom(...allFailureKinds),
      firstTokenMs: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true })),
      totalMs: fc.double({ min: 0, max: 600_000, noNaN: true }),
      outputTokens: fc.option(fc.nat(20_000)),
      endedAtMs: fc.integer({ min: 0, max: 10 * hourMs }),
    });
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 30 }), fc.nat(), (results, cut) => {
        const calls = results.map((each) =>
          buildResult({ ...each, failure: each.status === 'failed' ? each.failure : null }),
        );
        let straight: PerformanceState | null = null;
        let restarted: PerformanceState | null = null;
        for (const [index, call] of calls.entries()) {
          straight = monitorPerformance(straight, call);
          if (index === cut % calls.length && restarted !== null) {
            restarted = readPerformanceState(JSON.parse(JSON.stringify(restarted)));
            expect(restarted).not.toBeNull();
          }
          restarted = monitorPerformance(restarted, call);
        }
        expect(restarted).toEqual(straight);
        expect(readPerformanceState(straight)).toBe(straight);
        const { successRate } = straight!;
        if (successRate !== null) expect(successRate >= 0 && successRate <= 1 + 1e-9).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('performanceFacts', () => {
  it('knows only the prior of a route that was never called', () => {
    expect(performanceFacts(null, prior)).toEqual({
      firstTokenMs: null,
      tokensPerSecond: null,
      speedPrior: prior,
      successes: 0,
      failures: 0,
      confidence: 0,
    });
  });

  it('carries averages, faded counts and the evidence behind them', () => {
    const state = monitor({}, {}, failed('server'));
    expect(performanceFacts(state, prior)).toEqual({
      firstTokenMs: 500,
      tokensPerSecond: 100,
      speedPrior: prior,
      successes: 2,
      failures: 1,
      confidence: 2,
    });
  });

  it('is trusted less the longer a route was not called', () => {
    const state = monitor({}, {});
    const confidence = (nowMs: number) => performanceFacts(state, prior, nowMs).confidence;
    expect(confidence(1_000_000)).toBe(2);
    expect(confidence(1_000_000 + hourMs)).toBeCloseTo(1, 12);
    expect(confidence(1_000_000 + 10 * hourMs)).toBeLessThan(0.01);
    expect(confidence(0)).toBe(2);
  });
});

describe('monitorPerformance, figures', () => {
  it('knows time against prediction, cache reads and what a success costs', () => {
    const state = monitor(
      { totalMs: 3_000, expectedMs: 2_000, inputTokens: 100, cachedInputTokens: 75, costUsd: 0.01 },
      failed('server', { costUsd: 0.02 }),
    );
    expect(state).toMatchObject({ timeRatio: 1.5, cacheShare: 0.75 });
    expect(state.costPerSuccessUsd).toBeCloseTo(0.03, 9);
    expect(state.failuresByKind).toEqual({ server: 1 });
  });
});

describe('readPerformanceState', () => {
  const good = monitor({}, failed('server'));

  it('takes what it wrote', () => {
    expect(readPerformanceState(JSON.parse(JSON.stringify(good)))).toEqual(good);
  });

  it('forgets what it cannot go on with', () => {
    const damaged: unknown[] = [
      null,
      42,
      'state',
      [],
      {},
      { ...good, version: 1 },
      { ...good, successes: -1 },
      { ...good, failures: '3' },
      { ...good, firstTokenMs: undefined },
      { ...good, tokensPerSecond: Number.NaN },
      { ...good, failuresByKind: { server: 'many' } },
      { ...good, failuresByKind: null },
      { ...good, history: {} },
      { ...good, history: { successes: 1, failures: Infinity } },
      { ...good, means: null },
      { ...good, means: { ...good.means, success: 7 } },
      { ...good, means: { ...good.means, totalMs: { short: { value: 1, mass: 1 }, long: null } } },
    ];
    expect(damaged.map(readPerformanceState)).toEqual(damaged.map(() => null));
  });

  it('gathers evidence anew where the tests’ state is damaged', () => {
    const read = readPerformanceState({ ...good, anomalies: { errors: 'many' } });
    expect(read?.anomalies.errors).toEqual({ sum: 0, observations: 0, sinceMs: null });
    expect(read?.failures).toBe(1);
  });

  it('never throws, whatever was stored', () => {
    fc.assert(
      fc.property(fc.anything(), (stored) => {
        readPerformanceState(stored);
      }),
    );
  });
});
