/**
 * What holds for every decision that knows more than priors: posteriors, a pacer, exploration. At least 10,000 cases
 * each.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryInput } from '../../../../test/support/engine-facts.ts';
import type { RouteFacts } from '../model/route.ts';
import type { ExplorationFacts, Selection, SelectionInput } from '../model/selection.ts';
import { flipPoints, withFlip, type FlipFactor, type FlipPoint } from './flip-points.ts';
import { prepareCandidates } from './prepare.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

const chosenWith = (
  input: SelectionInput,
  flip: Pick<FlipPoint, 'factor' | 'of' | 'to'>,
  selection = selectPrimaryRoute(input),
) => selectPrimaryRoute(withFlip(input, flip, selection)).chosen;

/** A little nearer to the amount of now; an unknown price is approached from its far side. */
function justShort({ factor, from, to, before }: FlipPoint, isRival: boolean): number {
  if (factor === 'promptTokens') return to - Math.sign(to - from!);
  if (from === null) return isRival ? to * (1 + 1e-6) + 1e-12 : to * (1 - 1e-6);
  const step = Math.max(
    1e-6 * Math.abs(to - from),
    1e-9 * Math.max(from, to),
    factor.startsWith('weight') ? 1e-9 : 0,
  );
  // Routes that tied: any change flips, and just short of it is the other side of the value of now.
  if (Math.abs(to - from) <= 1e-11 * Math.max(from, to))
    return to > from ? from * (1 - 1e-9) : from * (1 + 1e-9);
  // Lines that hardly cross: within rounding of the crossing either may lead, so the point says where it is sure.
  if (factor.startsWith('weight') && Math.abs(to - before) > step) return before;
  // The smallest doubles have nothing between them.
  if (to - step === to) return from;
  return to > from ? Math.max(from, to - step) : Math.min(from, to + step);
}

/** Posteriors on some routes, few distinct values, a pacer now and then. */
const posterior = fc.record({
  alpha: fc.integer({ min: 1, max: 60 }),
  beta: fc.integer({ min: 1, max: 60 }),
});
const arbitraryLearned: fc.Arbitrary<SelectionInput> = fc
  .tuple(
    arbitraryInput,
    fc.array(fc.option(posterior), { minLength: 10, maxLength: 10 }),
    fc.option(fc.constantFrom(0, 0.3, 4)),
  )
  .map(([input, qualities, lambda]) => ({
    ...input,
    routes: input.routes.map((route, index) => {
      const quality = qualities[index];
      return quality == null ? route : { ...route, quality };
    }),
    ...(lambda !== null && { pacing: { lambda } }),
  }));

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

describe('flip points', () => {
  it('a flip point, applied, flips, and just short of it does not', () => {
    let points = 0;
    fc.assert(
      fc.property(arbitraryLearned, (input) => {
        const selection = selectPrimaryRoute(input);
        const { chosen } = selection;
        for (const flip of flipPoints(input, selection)) {
          points += 1;
          const at = chosenWith(input, flip, selection);
          const short = chosenWith(input, { ...flip, to: justShort(flip, flip.of !== chosen) }, selection);
          // A price that was not known is a step to any value: just short of the point is nowhere near the choice of now.
          const isFarFromNow = flip.factor.startsWith('weight') || flip.from === null;
          const isShort = isFarFromNow ? short !== flip.becomes : short === chosen;
          // Compared here and told by `expect`, which takes longer than the decisions themselves.
          if (flip.becomes === chosen || at !== flip.becomes || !isShort)
            expect.unreachable(JSON.stringify({ flip, chosen, at, short }));
        }
      }),
      { numRuns: 10_000 },
    );
    expect(points).toBeGreaterThan(20_000);
  }, 120_000);

  it('no smaller change flips: any value that does lies beyond a flip point', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const factor = fc.constantFrom<FlipFactor>(
      'price',
      'firstToken',
      'speed',
      'quality',
      'promptTokens',
      'weight.capability',
      'weight.resources',
    );
    fc.assert(
      fc.property(arbitraryLearned, factor, unit, fc.nat(2), (input, which, at, pick) => {
        const selection = selectPrimaryRoute(input);
        if (selection.chosen === null) return;
        const isShared = which === 'promptTokens' || which.startsWith('weight');
        const of = isShared ? null : selection.ranked[pick % selection.ranked.length]!;
        const to = valueAt(which, at);
        const becomes = chosenWith(input, { factor: which, of, to }, selection);
        if (becomes === selection.chosen || becomes === null) return;
        // A weight can make a route win that is not among those asked about.
        if (which.startsWith('weight') && selection.ranked.indexOf(becomes) > 3) return;
        const known = flipPoints(input, selection).filter((flip) => flip.factor === which && flip.of === of);
        const isReached = known.some(
          (flip) =>
            flip.from === null ||
            (flip.to - flip.from) * (to - flip.to) >= 0 ||
            Math.abs(to - flip.to) < 1e-9,
        );
        expect([known, becomes, to, isReached]).toEqual([known, becomes, to, true]);
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);

  function valueAt(factor: FlipFactor, at: number): number {
    switch (factor) {
      case 'price':
        return 1e-5 * 1e6 ** at - 1e-5;
      case 'firstToken':
        return 10 ** (6 * at);
      case 'speed':
        return 10 ** (4 * at - 1);
      case 'promptTokens':
        return Math.round(10 ** (5.5 * at)) - 1;
      default:
        return at;
    }
  }
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
