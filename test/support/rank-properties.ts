/**
 * Nobody's place depends on who else is there: a route that is worse than another one changes no winner, and none
 * at all reverses the order of the others. The fast tier runs some of the cases, the slow one all.
 */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { RouteFacts } from '../../daemon/src/engine/model/route.ts';
import { selectPrimaryRoute } from '../../daemon/src/engine/selection/select-primary-route.ts';
import { arbitraryInput } from './engine-facts.ts';

/** A dominated route, in front of the others or behind them, never changes the winner. */
export function expectNoUpset(numRuns: number): void {
  fc.assert(
    fc.property(arbitraryInput, fc.nat(), fc.boolean(), (input, pick, inFront) => {
      const { chosen, ranked } = selectPrimaryRoute(input);
      fc.pre(chosen !== null);
      const better = ranked[pick % ranked.length];
      const worse = dominatedBy(input.routes.find(({ routeId }) => routeId === better)!);
      const routes = inFront ? [worse, ...input.routes] : [...input.routes, worse];
      if (selectPrimaryRoute({ ...input, routes }).chosen !== chosen)
        expect.unreachable(`${worse.routeId} took the place of ${chosen}`);
    }),
    { numRuns },
  );
}

/** Any route at all never reverses the order of the others. */
export function expectNoReversal(numRuns: number): void {
  fc.assert(
    fc.property(arbitraryInput, fc.nat(), (input, pick) => {
      fc.pre(input.routes.length > 1);
      const all = selectPrimaryRoute(input).ranked;
      const left = input.routes.filter((_, index) => index !== pick % input.routes.length);
      const some = selectPrimaryRoute({ ...input, routes: left }).ranked;
      // A last resort stands only in a list without eligible routes; the order of what both hold must agree.
      const both = new Set(all.filter((id) => some.includes(id)));
      const [one, other] = [some, all].map((ids) => ids.filter((id) => both.has(id)).join(' '));
      if (one !== other) expect.unreachable(`${one} became ${other}`);
    }),
    { numRuns },
  );
}

function dominatedBy(route: RouteFacts): RouteFacts {
  return {
    ...route,
    routeId: `${route.nodeId}/zz-dominated`,
    capabilityPrior: route.capabilityPrior / 2 - 0.001,
    performance: { ...route.performance, failures: route.performance.failures + 10 },
  };
}
