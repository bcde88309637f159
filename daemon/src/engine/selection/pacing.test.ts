import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildInput, buildRoute } from '../../../../test/support/engine-facts.ts';
import { objectiveWeights } from '../config/selection.ts';
import { initialPacer, pace, pacedWeights, paceTargetUsd } from './pacing.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

const { balanced } = objectiveWeights;

describe('pace', () => {
  it('follows the ratio of spent to target by 0.05 a request, and never below 0', () => {
    expect(pace({ lambda: 1 }, { spentUsd: 0.03, targetUsd: 0.01 }).lambda).toBeCloseTo(1.1, 12);
    expect(pace({ lambda: 1 }, { spentUsd: 0, targetUsd: 0.01 }).lambda).toBeCloseTo(0.95, 12);
    expect(pace(initialPacer, { spentUsd: 0, targetUsd: 0.01 })).toEqual(initialPacer);
  });

  it('stays finite and bounded whatever comes in', () => {
    const any = fc.double();
    fc.assert(
      fc.property(any, any, any, (lambda, spentUsd, targetUsd) => {
        const next = pace({ lambda }, { spentUsd, targetUsd }).lambda;
        expect(next >= 0 && next <= 100).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  it('with nothing left, anything that costs money pushes, and what is free does not', () => {
    expect(pace({ lambda: 1 }, { spentUsd: 0.001, targetUsd: 0 }).lambda).toBeGreaterThan(1);
    expect(pace({ lambda: 1 }, { spentUsd: 0, targetUsd: 0 }).lambda).toBeLessThan(1);
  });

  it('pays overspending back within the window', () => {
    expect(paceTargetUsd({ limitUsd: 5, spentUsd: 1, requestsLeft: 100 })).toBeCloseTo(0.04, 12);
    expect(paceTargetUsd({ limitUsd: 5, spentUsd: 6, requestsLeft: 100 })).toBe(0);
    expect(paceTargetUsd({ limitUsd: 5, spentUsd: 4, requestsLeft: 0 })).toBe(1);
  });
});

describe('pacedWeights', () => {
  it('moves weight from capability to resources and keeps the sum', () => {
    const paced = pacedWeights(balanced, { lambda: 1 });
    expect(paced).toEqual({ ...balanced, capability: 0.2, resources: 0.4 });
    for (const lambda of [0.1, 3, 100, 1e9]) {
      const { capability, performance, resources, history } = pacedWeights(balanced, { lambda });
      expect(capability + performance + resources + history).toBeCloseTo(1, 12);
      expect(capability).toBeGreaterThan(0);
    }
  });

  it('changes nothing without a budget or with a multiplier that is no number', () => {
    expect(pacedWeights(balanced, undefined)).toBe(balanced);
    expect(pacedWeights(balanced, { lambda: 0 })).toBe(balanced);
    expect(pacedWeights(balanced, { lambda: Number.NaN })).toBe(balanced);
  });

  it('shows in the decision, with the weights the policy asked for', () => {
    const dear = buildRoute({
      routeId: 'a/dear',
      capabilityPrior: 0.9,
      prices: { inputPerMTok: 15, outputPerMTok: 75 },
    });
    const cheap = buildRoute({
      routeId: 'b/cheap',
      capabilityPrior: 0.5,
      prices: { inputPerMTok: 0.5, outputPerMTok: 2 },
    });
    const input = buildInput({
      routes: [dear, cheap],
      policy: [{ level: 'user', name: 'c', policy: { objective: 'quality' } }],
    });
    expect(selectPrimaryRoute(input)).toMatchObject({ chosen: 'a/dear', weights: objectiveWeights.quality });
    const paced = selectPrimaryRoute({ ...input, pacing: { lambda: 3 } });
    expect(paced).toMatchObject({
      chosen: 'b/cheap',
      pacing: { lambda: 3, unpaced: objectiveWeights.quality },
    });
    expect(paced.weights.resources).toBeCloseTo(0.05 + 0.65 * 0.75, 12);
  });
});
