import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildInput, buildPerformance, buildRoute } from '../../../../test/support/engine-facts.ts';
import type { RouteFacts } from '../model/route.ts';
import { compareRanked } from './rank.ts';
import type { Ranked } from './ranked.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

const route = (routeId: string, firstTokenMs: number, takesAsIs: boolean): RouteFacts =>
  buildRoute({
    ...{ routeId, nodeId: routeId.slice(0, 1) },
    performance: buildPerformance({ speedPrior: { firstTokenMs, tokensPerSecond: 1e6 } }),
    ...(takesAsIs && { takesAsIs }),
  });
const select = (routes: readonly RouteFacts[]) => selectPrimaryRoute(buildInput({ routes }));

describe('a route that takes the task as it came', () => {
  it('stands before another one of about the same score, and the summary says why', () => {
    const selection = select([route('a/translated', 100, false), route('b/own', 101, true)]);
    expect(selection.ranked).toEqual(['b/own', 'a/translated']);
    expect(selection.summary).toContain(
      'b/own and a/translated score about the same, and b/own takes the task as it came.',
    );
    expect(select([route('a/one', 100, true), route('b/two', 100, false)]).summary).toContain('as it came');
  });

  it('does not outweigh a better score', () => {
    expect(select([route('a/translated', 100, false), route('b/own', 4_000, true)]).chosen).toBe(
      'a/translated',
    );
  });
});

describe('the order', () => {
  const ranked = fc
    .record({ score: fc.double({ min: 0, max: 0.05, noNaN: true }), takesAsIs: fc.boolean(), id: fc.nat(50) })
    .map(({ score, takesAsIs, id }): Ranked => {
      const routeId = `n/${id}`;
      const { candidates } = select([route(routeId, 100, takesAsIs)]);
      const [candidate] = candidates;
      if (candidate?.eligible !== true) throw new Error('it is eligible');
      return { route: route(routeId, 100, takesAsIs), tier: 'ordinary', candidate: { ...candidate, score } };
    });

  it('is one order for any three routes', () => {
    fc.assert(
      fc.property(ranked, ranked, ranked, (a, b, c) => {
        const before = (x: Ranked, y: Ranked) => compareRanked(x, y, 7) < 0;
        return !(before(a, b) && before(b, c)) || before(a, c) || a.route.routeId === c.route.routeId;
      }),
      { numRuns: 300 },
    );
  });

  it('is that of the scores where no route says how it takes the task', () => {
    fc.assert(
      fc.property(ranked, ranked, (a, b) => {
        const plain = (each: Ranked): Ranked => {
          const { takesAsIs: _, ...facts } = each.route;
          return { ...each, route: facts };
        };
        const order = compareRanked(plain(a), plain(b), 7);
        return a.candidate.score === b.candidate.score || order < 0 === a.candidate.score > b.candidate.score;
      }),
      { numRuns: 300 },
    );
  });
});
