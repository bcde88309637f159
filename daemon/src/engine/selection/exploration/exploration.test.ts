import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildInput, buildRoute, buildTask } from '../../../../../test/support/engine-facts.ts';
import { Randomness } from '../../../../../test/simulation/base/randomness.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { ExplorationFacts, SelectionInput } from '../../model/selection.ts';
import { selectPrimaryRoute } from '../select-primary-route.ts';
import { createExplorationAccount, explorationFacts, settleExploration } from './account.ts';
import { winChances } from './explore.ts';
import { gridSize, posteriorGrid } from './posterior-grid.ts';

const all: ExplorationFacts = { share: 1, extraCostLeftUsd: 1 };
const near = ['a/x', 'b/x', 'c/x'].map((routeId, index) =>
  buildRoute({ routeId, quality: { alpha: 6 - index * 0.2, beta: 4 } }),
);
const select = (changes: Partial<SelectionInput> = {}) =>
  selectPrimaryRoute(buildInput({ routes: near, exploration: all, ...changes }));

describe('exploration', () => {
  it('takes each near tie as often as the propensity says', () => {
    const stated = Object.fromEntries(
      select().exploration!.nearTies.map(({ routeId, propensity }) => [routeId, propensity]),
    );
    const draws = 20_000;
    const taken = new Map<string, number>();
    for (let seed = 0; seed < draws; seed += 1) {
      const { chosen } = select({ seed });
      taken.set(chosen!, (taken.get(chosen!) ?? 0) + 1);
    }
    for (const [routeId, propensity] of Object.entries(stated)) {
      const deviation = Math.sqrt(propensity * (1 - propensity) * draws);
      expect(Math.abs((taken.get(routeId) ?? 0) - propensity * draws)).toBeLessThan(4 * deviation);
    }
    expect(Object.keys(stated)).toHaveLength(3);
  });

  it('explores in its share of decisions only', () => {
    const explored = Array.from({ length: 5_000 }, (_, seed) =>
      select({ seed, exploration: { ...all, share: 0.02 } }),
    );
    const share = explored.filter(({ exploration }) => exploration?.explored).length / 5_000;
    expect(share).toBeGreaterThan(0.002);
    expect(share).toBeLessThan(0.02);
  });

  it('puts the trial first and the best next, and says that it is one', () => {
    const tried = Array.from({ length: 50 }, (_, seed) => select({ seed })).find(
      ({ exploration }) => exploration?.explored,
    )!;
    expect(tried.ranked[1]).toBe('a/x');
    expect(tried.summary).toMatch(/ is tried to learn more of it: it scores within .* of a\/x, the best\.$/);
  });

  it('never for a critical task, among demo routes, among probed ones, or in a last resort', () => {
    const never: Partial<SelectionInput>[] = [
      { task: buildTask({ priority: 'critical' }) },
      { routes: near.map((route) => ({ ...route, isDemo: true })) },
      { routes: near.map((route) => ({ ...route, health: 'probing' as const })) },
      { routes: near.map((route) => ({ ...route, health: 'ejected' as const, lastResort: true })) },
    ];
    for (const changes of never) {
      for (let seed = 0; seed < 20; seed += 1) {
        expect(select({ seed, ...changes })).not.toHaveProperty('exploration');
        expect(select({ seed, ...changes }).propensity).toBe(1);
      }
    }
  });

  it('never a route out of the band, behind the gate, or dearer than what is left', () => {
    const [best] = near as [RouteFacts];
    const tiesWith = (other: Partial<RouteFacts>, exploration = all) =>
      select({ routes: [best, { ...best, routeId: 'b/other', ...other }], exploration }).exploration?.nearTies
        .length ?? 0;
    expect(tiesWith({ quality: { alpha: 5.9, beta: 4 } })).toBe(2);
    expect(tiesWith({ quality: { alpha: 3, beta: 4 } })).toBe(0);
    expect(tiesWith({ performance: { ...best.performance, successes: 5, failures: 40 } })).toBe(0);
    const dearer = { prices: { inputPerMTok: 1.1, outputPerMTok: 4.4 } };
    expect(tiesWith(dearer)).toBe(2);
    expect(tiesWith(dearer, { share: 1, extraCostLeftUsd: 0 })).toBe(0);
    expect(tiesWith(dearer, { share: 1, extraCostLeftUsd: 0.0004 })).toBe(2);
  });
});

describe('winChances', () => {
  it('are those of trying every combination', () => {
    const row = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
        const rising = rows.map((values) => [...values].sort((a, b) => a - b));
        const wins = rows.map(() => 0);
        let combinations = 0;
        const visit = (drawn: readonly number[]): void => {
          const next = rising[drawn.length];
          if (next !== undefined) {
            for (const value of next) visit([...drawn, value]);
            return;
          }
          combinations += 1;
          wins[drawn.indexOf(Math.max(...drawn))]! += 1;
        };
        visit([]);
        winChances(rising).forEach((chance, index) =>
          expect(chance).toBeCloseTo(wins[index]! / combinations, 12),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('posteriorGrid', () => {
  it('has about the mean and the spread of the Beta it stands for', () => {
    for (const [alpha, beta] of [
      [2, 2],
      [1, 1],
      [16, 4],
      [1, 4],
      [300, 100],
    ] as const) {
      const grid = posteriorGrid({ alpha, beta });
      const random = new Randomness(7);
      const draws = Array.from({ length: 20_000 }, () => random.beta(alpha, beta));
      const mean = (values: readonly number[]) =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = (values: readonly number[]) => {
        const centre = mean(values);
        return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
      };
      expect(grid).toHaveLength(gridSize);
      expect([...grid].sort((a, b) => a - b)).toEqual(grid);
      expect(Math.abs(mean(grid) - mean(draws))).toBeLessThan(0.02);
      expect(spread(grid) / spread(draws)).toBeGreaterThan(0.85);
      expect(spread(grid) / spread(draws)).toBeLessThan(1.15);
    }
  });

  it('stays within 0..1 for shapes that are no shapes', () => {
    for (const alpha of [0, -1, Number.NaN, Infinity, 1e300]) {
      for (const value of posteriorGrid({ alpha, beta: 3 })) expect(value >= 0 && value <= 1).toBe(true);
    }
  });
});

describe('the exploration account', () => {
  const trial = { exploration: { explored: true, best: 'a/x', share: 1, extraCostUsd: 0.02, nearTies: [] } };
  const none = { exploration: { ...trial.exploration, explored: false, extraCostUsd: 0 } };
  const hour = 3_600_000;

  it('pays for each trial with fifty decisions that had near ties', () => {
    let account = settleExploration(createExplorationAccount(0), trial, { costUsd: 1, atMs: 0 });
    expect(explorationFacts(account, 0).share).toBe(0);
    for (let count = 0; count < 51; count += 1)
      account = settleExploration(account, none, { costUsd: 0, atMs: 0 });
    expect(explorationFacts(account, 0).share).toBe(1);
    account = settleExploration(account, {}, { costUsd: 0, atMs: 0 });
    expect(account.saved).toBeCloseTo(0.02 + 51 * 0.02, 9);
  });

  it('never lets more than its share explore, whatever the decisions', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (wishes) => {
        let account = createExplorationAccount(0);
        let trials = 0;
        for (const wish of wishes) {
          const explores = wish && explorationFacts(account, 0).share > 0;
          trials += explores ? 1 : 0;
          account = settleExploration(account, explores ? trial : none, { costUsd: 0, atMs: 0 });
        }
        expect(trials).toBeLessThanOrEqual(1 + 0.02 * wishes.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("leaves a twentieth of the day's money, or of the last day's while this one is young", () => {
    const first = settleExploration(createExplorationAccount(0), trial, { costUsd: 1, atMs: hour });
    expect(explorationFacts(first, hour).extraCostLeftUsd).toBeCloseTo(0.05 - 0.02, 12);
    expect(explorationFacts(first, 30 * hour).extraCostLeftUsd).toBeCloseTo(0.05, 12);
    const second = settleExploration(first, trial, { costUsd: 0.1, atMs: 30 * hour });
    expect(explorationFacts(second, 30 * hour).extraCostLeftUsd).toBeCloseTo(0.03, 12);
    // The clock steps back: the day it had goes on.
    expect(explorationFacts(second, hour).extraCostLeftUsd).toBeCloseTo(0.03, 12);
  });
});
