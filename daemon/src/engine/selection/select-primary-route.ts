/**
 * `selectPrimaryRoute`: filter, score, rank. A pure function of its input: the same input gives the same selection,
 * bit for bit, with or without prepared candidates. The ranked list is the plan that failover follows.
 *
 * Cost: linear in the routes, plus the sort; 100 routes take well under a millisecond (bench `decide`).
 */
import type {
  Candidate,
  PreparedCandidates,
  Rejection,
  RouteFacts,
  Selection,
  SelectionInput,
} from '../model.ts';
import { expectedOf } from './expected.ts';
import {
  allObjections,
  choiceRejection,
  momentaryRejection,
  standingFilters,
  type FilterContext,
} from './filters/index.ts';
import { settingTexts } from './policy/index.ts';
import { isPreparedFor, prepareCandidates } from './prepare.ts';
import { rankEligible, tierOf, type Ranked } from './rank.ts';
import { calculateRouteScore } from './score.ts';
import { summarise } from './summary.ts';

type Rejected = Extract<Candidate, { eligible: false }>;

/** Ranks the routes for a task. `chosen` is null, with a reason for each route, when none is eligible. */
export function selectPrimaryRoute(input: SelectionInput, prepared?: PreparedCandidates): Selection {
  const { task, routes, policy: layers, seed } = input;
  const standing =
    prepared !== undefined && isPreparedFor(prepared, task, routes, layers)
      ? prepared
      : prepareCandidates(task, routes, layers);
  const sifted = sift(input, standing);
  const ranked = rankEligible(sifted.eligible, seed);
  const { objective, weights } = standing.policy;
  const named = new Set(sifted.rejected.flatMap(({ rejection }) => rejection.setting ?? []));
  return {
    candidates: [...ranked.map(({ candidate }) => candidate), ...sifted.rejected],
    ranked: ranked.map(({ route }) => route.routeId),
    chosen: ranked[0]?.route.routeId ?? null,
    objective,
    weights,
    settings: settingTexts(standing.policy, named),
    summary: summarise({ task, ranked, rejected: sifted.rejected, policy: { objective, weights } }),
    // No exploration yet: equal scores are decided by the seed, which is part of the input.
    propensity: 1,
  };
}

interface Sifted {
  readonly eligible: readonly Ranked[];
  /** In input order. */
  readonly rejected: readonly Rejected[];
}

function sift(input: SelectionInput, standing: PreparedCandidates): Sifted {
  const eligible: Ranked[] = [];
  const rejected: Rejected[] = [];
  input.routes.forEach((route, index) => {
    const context: FilterContext = {
      task: input.task,
      policy: standing.policy,
      expected: expectedOf(input.task, route),
    };
    const rejection = rejectionOf(route, standing.routes[index]?.rejection ?? null, context);
    if (rejection === null) eligible.push(scored(route, context));
    else rejected.push({ routeId: route.routeId, eligible: false, rejection });
  });
  return eligible.length > 0 ? { eligible, rejected } : withLastResorts(input, standing, rejected);
}

function rejectionOf(
  route: RouteFacts,
  standing: Rejection | null,
  context: FilterContext,
): Rejection | null {
  return choiceRejection(route, context) ?? standing ?? momentaryRejection(route, context);
}

function scored(route: RouteFacts, { task, policy, expected }: FilterContext): Ranked {
  const { score, parts } = calculateRouteScore({ task, route, expected, weights: policy.weights });
  return {
    route,
    tier: tierOf(route, policy.objective),
    candidate: { routeId: route.routeId, eligible: true, score, parts, expected },
  };
}

/** Nothing is eligible: a route that is out for failures alone may still answer, and trying costs nothing then. */
function withLastResorts(
  { task, routes }: SelectionInput,
  { policy, needs }: PreparedCandidates,
  rejected: readonly Rejected[],
): Sifted {
  const objections = standingFilters(policy, needs);
  const eligible = routes.flatMap((route) => {
    const context = { task, policy, expected: expectedOf(task, route) };
    const isLastResort =
      route.lastResort === true &&
      allObjections(route, context, objections).every(({ code }) => code === 'health.ejected');
    return isLastResort ? [scored(route, context)] : [];
  });
  const revived = new Set(eligible.map(({ route }) => route.routeId));
  return { eligible, rejected: rejected.filter(({ routeId }) => !revived.has(routeId)) };
}
