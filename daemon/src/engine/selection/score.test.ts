import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPerformance, buildRoute, buildTask } from '../../../../test/support/engine-facts.ts';
import { objectiveWeights } from '../config/selection.ts';
import type { RouteFacts } from '../model/route.ts';
import type { ScoreParts } from '../model/selection.ts';
import type { TaskFacts } from '../model/task.ts';
import { calculateRouteScore } from './score.ts';

const weights = objectiveWeights.balanced;
const partsOf = (route: Partial<RouteFacts>, task: Partial<TaskFacts> = {}): ScoreParts =>
  calculateRouteScore({
    task: buildTask(task),
    route: buildRoute({ routeId: 'a/one', ...route }),
    weights,
  }).parts;

describe('calculateRouteScore', () => {
  it("is the specification's weighted sum", () => {
    const parts = { capability: 0.8, performance: 0.5, resources: 0.25, history: 0.9 };
    const { score } = calculateRouteScore({ parts, weights });
    expect(score).toBeCloseTo(0.4 * 0.8 + 0.3 * 0.5 + 0.2 * 0.25 + 0.1 * 0.9, 12);
  });

  it('has weights that add up to 1 for every objective', () => {
    for (const { capability, performance, resources, history } of Object.values(objectiveWeights)) {
      expect(capability + performance + resources + history).toBeCloseTo(1, 12);
    }
  });

  it('is monotone in each part and stays within 0..1', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const record = fc.record({ capability: part, performance: part, resources: part, history: part });
    const name = fc.constantFrom('capability', 'performance', 'resources', 'history');
    fc.assert(
      fc.property(
        record,
        name,
        part,
        fc.constantFrom(...Object.values(objectiveWeights)),
        (parts, which, other, by) => {
          const [low, high] = parts[which] <= other ? [parts[which], other] : [other, parts[which]];
          const worse = calculateRouteScore({ parts: { ...parts, [which]: low }, weights: by }).score;
          const better = calculateRouteScore({ parts: { ...parts, [which]: high }, weights: by }).score;
          expect(better).toBeGreaterThanOrEqual(worse);
          expect(worse).toBeGreaterThanOrEqual(0);
          expect(better).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('bounds parts that are out of range or no number', () => {
    const parts = { capability: 7, performance: -1, resources: Number.NaN, history: 1 };
    expect(calculateRouteScore({ parts, weights }).parts).toEqual({
      capability: 1,
      performance: 0,
      resources: 0,
      history: 1,
    });
  });

  it('gives finite parts for any facts', () => {
    const any = fc.double();
    fc.assert(
      fc.property(any, any, any, any, any, (a, b, c, d, e) => {
        const parts = partsOf(
          {
            capabilityPrior: a,
            prices: { inputPerMTok: b, outputPerMTok: c },
            performance: {
              ...buildPerformance({ firstTokenMs: d, tokensPerSecond: e }),
              successes: b,
              failures: c,
              confidence: a,
            },
          },
          { inputTokens: d, outputTokens: e },
        );
        for (const part of Object.values(parts)) expect(part >= 0 && part <= 1).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('capability part', () => {
  it('is the prior, whatever the health', () => {
    expect(partsOf({ capabilityPrior: 0.64 }).capability).toBe(0.64);
    for (const health of ['degraded', 'recovering', 'probing'] as const) {
      expect(partsOf({ capabilityPrior: 0.64, health }).capability).toBe(0.64);
    }
  });
});

describe('performance part', () => {
  const fast = buildPerformance({ firstTokenMs: 500, tokensPerSecond: 100 });
  const slow = buildPerformance({ firstTokenMs: 4_000, tokensPerSecond: 20 });

  it('is one half when the time equals the patience of the kind', () => {
    // 8 s for an explanation: 2 s to the first token, 100 tokens a second, 600 tokens; no failures expected.
    const performance = buildPerformance({ firstTokenMs: 2_000, tokensPerSecond: 100, successes: 1e9 });
    expect(partsOf({ performance }).performance).toBeCloseTo(0.5, 6);
  });

  it('prefers the faster route, and waits longer for an edit than for an explanation', () => {
    expect(partsOf({ performance: fast }).performance).toBeGreaterThan(
      partsOf({ performance: slow }).performance,
    );
    expect(partsOf({ performance: slow }, { kind: 'fix' }).performance).toBeGreaterThan(
      partsOf({ performance: slow }, { kind: 'explain' }).performance,
    );
  });

  it('falls with poor health and with failures that make another try likely', () => {
    const part = (change: Partial<RouteFacts>) => partsOf({ performance: fast, ...change }).performance;
    expect(part({ health: 'degraded' })).toBeLessThan(part({}));
    expect(part({ health: 'recovering' })).toBeLessThan(part({}));
    expect(part({ health: 'probing' })).toBeLessThan(part({ health: 'degraded' }));
    expect(part({ performance: { ...fast, failures: 30 } })).toBeLessThan(part({}));
  });

  it('does not depend on other routes: a scale from the fastest to the slowest would', () => {
    expect(partsOf({ performance: fast })).toEqual(partsOf({ performance: fast, nodeId: 'other' }));
  });
});

describe('resources part', () => {
  const free = { inputPerMTok: 0, outputPerMTok: 0 };
  it('is 1 for a free task and falls with the price on a logarithmic scale', () => {
    const part = (usd: number) =>
      partsOf({ prices: { inputPerMTok: 0, outputPerMTok: usd } }, { outputTokens: 1_000 }).resources;
    expect(partsOf({ prices: free }).resources).toBe(1);
    const [cent, tenCents, dollar] = [part(10), part(100), part(1_000)];
    expect(cent).toBeCloseTo(1 - Math.log(11) / Math.log(1_001), 12);
    expect(tenCents).toBeLessThan(cent);
    expect(dollar).toBe(0);
    expect(part(5_000)).toBe(0);
  });

  it('an unknown price is never as good as free, however small the task', () => {
    for (const tokens of [0, 1, 100, 10_000, 1_000_000]) {
      const task = { inputTokens: tokens, outputTokens: tokens };
      expect(partsOf({ prices: null }, task).resources).toBeLessThanOrEqual(0.5);
      expect(partsOf({ prices: null }, task).resources).toBeLessThan(
        partsOf({ prices: free }, task).resources,
      );
    }
  });

  it('an unknown price counts as the assumed one where that is dearer', () => {
    const task = { inputTokens: 40_000, outputTokens: 2_000 };
    const assumed = partsOf({ prices: { inputPerMTok: 5, outputPerMTok: 25 } }, task).resources;
    expect(partsOf({ prices: null }, task).resources).toBe(assumed);
  });
});

describe('history part', () => {
  const part = (successes: number, failures: number) =>
    partsOf({ performance: buildPerformance({ successes, failures }) }).history;

  it('prefers 95 of 100 to 1 of 1, which a mean would not', () => {
    expect(part(95, 5)).toBeGreaterThan(part(1, 0));
  });

  it('starts from the prior, and moves with evidence', () => {
    expect(part(0, 0)).toBeCloseTo(0.77, 1);
    expect(part(5, 0)).toBeGreaterThan(part(0, 0));
    expect(part(0, 5)).toBeLessThan(part(0, 0));
    expect(part(10_000, 0)).toBeGreaterThan(0.995);
    expect(part(0, 10_000)).toBeLessThan(0.01);
  });
});
