/**
 * What holds for every decision that knows more than priors: posteriors, a pacer, exploration. At least 10,000 cases
 * each.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryLearned } from '../../../../test/support/learned-inputs.ts';
import type { RouteFacts } from '../model/route.ts';
import type { ExplorationFacts, Selection, SelectionInput } from '../model/selection.ts';
import { prepareCandidates } from './prepare.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

/** Exploration always on the input, though sometimes with nothing left of it. */
const arbitraryExploring: fc.Arbitrary<SelectionInput & { exploration: ExplorationFacts }> = fc
  .tuple(
    arbitraryLearned,
    fc.record({ share: fc.constantFrom(0, 0.02, 1), extraCostLeftUsd: fc.constantFrom(0, 0.01, 10) }),
  )
  .map(([input, exploration]) => ({ ...input, exploration }));

describe('with posteriors', () => {
  it('equal inputs and seed give equal decisions, with exploration and a pacer too', () => {
    fc.assert(
      fc.property(arbitraryExploring, (input) => {
        const bits = JSON.stringify(selectPrimaryRoute(input));
        const stored = JSON.parse(JSON.stringify(input)) as SelectionInput;
        expect(JSON.stringify(selectPrimaryRoute(stored))).toBe(bits);
        const prepared = prepareCandidates(input.task, input.routes, input.policy);
        expect(JSON.stringify(selectPrimaryRoute(input, prepared))).toBe(bits);
      }),
      { numRuns: 10_000 },
    );
  });

  it('every route is ranked or rejected with a code and a reason', () => {
    fc.assert(
      fc.property(arbitraryExploring, (input) => {
        const { candidates, ranked, chosen } = selectPrimaryRoute(input);
        expect(candidates.map(({ routeId }) => routeId).sort()).toEqual(
          input.routes.map(({ routeId }) => routeId).sort(),
        );
        expect(candidates.filter(({ eligible }) => eligible).map(({ routeId }) => routeId)).toEqual(ranked);
        expect(chosen).toBe(ranked[0] ?? null);
        for (const candidate of candidates) {
          if (candidate.eligible) continue;
          expect(candidate.rejection.code).toMatch(
            /^(policy|access|capability|health|resources|task)\.[a-zA-Z]+$/,
          );
          expect(candidate.rejection.reason).not.toBe('');
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('adding a dominated route never changes the winner, gate and pacer included', () => {
    fc.assert(
      fc.property(arbitraryLearned, fc.nat(), fc.boolean(), (input, pick, inFront) => {
        const { chosen, ranked } = selectPrimaryRoute(input);
        if (chosen === null) return;
        const better = input.routes.find(({ routeId }) => routeId === ranked[pick % ranked.length])!;
        const worse = dominatedBy(better);
        const routes = inFront ? [worse, ...input.routes] : [...input.routes, worse];
        expect(selectPrimaryRoute({ ...input, routes }).chosen).toBe(chosen);
      }),
      { numRuns: 10_000 },
    );
  });

  it('another route reverses the order of two others only by moving one of them behind the gate', () => {
    fc.assert(
      fc.property(arbitraryLearned, fc.nat(), (input, pick) => {
        const all = selectPrimaryRoute(input);
        const left = input.routes.filter((_, index) => index !== pick % Math.max(1, input.routes.length));
        const some = selectPrimaryRoute({ ...input, routes: left });
        const gateOf = ({ candidates }: Selection, id: string) => {
          const found = candidates.find(({ routeId }) => routeId === id);
          return found?.eligible === true && found.gate?.passed === false;
        };
        const same = (id: string) => gateOf(all, id) === gateOf(some, id);
        const both = all.ranked.filter((id) => some.ranked.includes(id) && same(id));
        expect(some.ranked.filter((id) => both.includes(id))).toEqual(both);
      }),
      { numRuns: 10_000 },
    );
  });

  it('a better posterior never lowers a rank', () => {
    fc.assert(
      fc.property(arbitraryLearned, fc.nat(), fc.integer({ min: 1, max: 30 }), (input, pick, more) => {
        const { ranked } = selectPrimaryRoute(input);
        const routeId = ranked[pick % Math.max(1, ranked.length)];
        const route = input.routes.find((each) => each.routeId === routeId);
        if (route?.quality === undefined) return;
        const better = { ...route, quality: { ...route.quality, alpha: route.quality.alpha + more } };
        const routes = input.routes.map((each) => (each === route ? better : each));
        const after = selectPrimaryRoute({ ...input, routes }).ranked.indexOf(route.routeId);
        expect(after).toBeLessThanOrEqual(ranked.indexOf(route.routeId));
      }),
      { numRuns: 10_000 },
    );
  });

  it('exploration stays within its caps, and its chances add up to 1', () => {
    fc.assert(
      fc.property(arbitraryExploring, (input) => {
        const { exploration: facts, ...plain } = input;
        const [selection, best] = [selectPrimaryRoute(input), selectPrimaryRoute(plain)];
        const { exploration, chosen, propensity, candidates } = selection;
        if (exploration === undefined) {
          expect(JSON.stringify(selection)).toBe(JSON.stringify(best));
          return;
        }
        expect(input.task.priority).not.toBe('critical');
        expect(exploration.best).toBe(best.chosen);
        expect(exploration.extraCostUsd).toBeLessThanOrEqual(facts.extraCostLeftUsd * (1 + 1e-9) + 1e-15);
        const sum = exploration.nearTies.reduce((total, tie) => total + tie.propensity, 0);
        expect(sum).toBeCloseTo(1, 9);
        expect(exploration.nearTies.find(({ routeId }) => routeId === chosen)?.propensity).toBe(propensity);
        expect(propensity).toBeGreaterThan(0);
        const top = candidates.find(({ routeId }) => routeId === exploration.best)!;
        const taken = candidates[0]!;
        if (!top.eligible || !taken.eligible) throw new Error('both are ranked');
        expect(top.score - taken.score).toBeLessThanOrEqual(0.03 + 1e-12);
        expect(input.routes.find(({ routeId }) => routeId === chosen)!.isDemo).toBe(false);
        if (facts.share === 0) expect(exploration.explored).toBe(false);
      }),
      { numRuns: 10_000 },
    );
  });
});

/** Not better in any fact, and worse in some. */
function dominatedBy(route: RouteFacts): RouteFacts {
  const { quality } = route;
  return {
    ...route,
    routeId: `${route.nodeId}/zz-dominated`,
    capabilityPrior: route.capabilityPrior / 2 - 0.001,
    ...(quality && { quality: { ...quality, beta: quality.beta + 1 } }),
    performance: { ...route.performance, failures: route.performance.failures + 10 },
  };
}
