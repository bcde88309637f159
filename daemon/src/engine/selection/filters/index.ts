/**
 * The hard filters as two explicit lists: those that hold as long as policy, keys and models stay as they are
 * (`standing`, kept in the route cache), and those on this task and this moment.
 */
import type { ResolvedPolicy } from '../../model/policy.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { Rejection } from '../../model/selection.ts';
import type { Needs, TaskFacts } from '../../model/task.ts';
import { accessFilter } from './access.ts';
import { capabilityFilter } from './capability.ts';
import { choiceFilter } from './choice.ts';
import { costFilter } from './cost.ts';
import type { Filter, FilterContext } from './filter.ts';
import { healthFilter } from './health.ts';
import { policyFilter } from './policy.ts';
import { qualityFilter } from './quality.ts';
import { sizeFilter } from './size.ts';
import { slotFilter } from './slots.ts';

export { costCaps } from './cost.ts';
export type { FilterContext } from './filter.ts';

export type StandingFacts = Pick<RouteFacts, 'routeId' | 'isLocal' | 'access' | 'capabilities'>;

/** All standing objections to a route. */
export function standingFilters(policy: ResolvedPolicy, needs: Needs): (route: StandingFacts) => Rejection[] {
  const byPolicy = policyFilter(policy);
  return (route) => [...byPolicy(route), ...accessFilter(route), ...capabilityFilter(route, needs)];
}

/** In the order in which a developer would want to hear the reasons. */
const momentary: readonly Filter[] = [sizeFilter, healthFilter, qualityFilter, costFilter, slotFilter];

/** What the developer chose for this task outranks every other reason. */
export function choiceRejection(route: RouteFacts, task: TaskFacts): Rejection | null {
  return choiceFilter(route, { task })[0] ?? null;
}

/** The first momentary objection. */
export function momentaryRejection(route: RouteFacts, context: FilterContext): Rejection | null {
  for (const filter of momentary) {
    const rejection = filter(route, context)[0];
    if (rejection !== undefined) return rejection;
  }
  return null;
}

/**
 * All that speaks against a route, with `standing` from `standingFilters`. What is left when a single objection gives
 * way is what relaxations and last resorts ask.
 */
export function allObjections(
  route: RouteFacts,
  context: FilterContext,
  standing: (route: StandingFacts) => readonly Rejection[],
): readonly Rejection[] {
  return [
    ...choiceFilter(route, context),
    ...standing(route),
    ...momentary.flatMap((filter) => filter(route, context)),
  ];
}
