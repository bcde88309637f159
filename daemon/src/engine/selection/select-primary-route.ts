/**
 * `selectPrimaryRoute`: filter, score, rank, and where it is allowed draw among near ties. A pure function of its input: the same input gives the same selection,
 * bit for bit, with or without prepared candidates. The ranked list is the plan that failover follows.
 *
 * Cost: linear in the routes, plus the sort; 100 routes take well under a millisecond (bench `decide`).
 */
import type { Weights } from '../model/policy.ts';
import type { RouteFacts } from '../model/route.ts';
import type {
  Candidate,
  PreparedCandidates,
  Rejection,
  Selection,
  SelectionInput,
} from '../model/selection.ts';
import { expectedOf } from './expected.ts';
import {
  allObjections,
  choiceRejection,
  momentaryRejection,
  standingFilters,
  type FilterContext,
} from './filters/index.ts';
import { explore } from './exploration/index.ts';
import { pacedWeights } from './pacing.ts';
import { settingTexts } from './policy/index.ts';
import { isPreparedFor, prepareCandidates } from './prepare.ts';
import { rankEligible, tierOf } from './rank.ts';
import type { Ranked } from './ranked.ts';
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
  const { objective } = standing.policy;
  const weights = pacedWeights(standing.policy.weights, input.pacing);
  const sifted = sift(input, standing, weights);
  const byScore = rankEligible(sifted.eligible, seed);
  const { ranked, propensity, result } = explore({
    task,
    ranked: byScore,
    weights,
    seed,
    facts: input.exploration,
  });
  const named = new Set(sifted.rejected.flatMap(({ rejection }) => rejection.setting ?? []));
  return {
    candidates: [...ranked.map(({ candidate }) => candidate), ...sifted.rejected],
    ranked: ranked.map(({ route }) => route.routeId),
    chosen: ranked[0]?.route.routeId ?? null,
    objective,
    weights,
    settings: settingTexts(standing.policy, named),
    summary: summarise({
      task,
      ranked,
      rejected: sifted.rejected,
      policy: { objective, weights },
      explored: result?.explored === true,
    }),
    // Equal scores are decided by the seed, which is part of the input; only exploration takes chances.
    propensity,
    ...(result !== null && { exploration: result }),
    ...(weights !== standing.policy.weights && {
      pacing: { lambda: input.pacing?.lambda ?? 0, unpaced: standing.policy.weights },
    }),
  };
}

interface Sifted {
  readonly eligible: readonly Ranked[];
  /** In input order. */
  readonly rejected: readonly Rejected[];
}

function sift(input: SelectionInput, standing: PreparedCandidates, weights: Weights): Sifted {
  const eligible: Ranked[] = [];
  const rejected: Rejected[] = [];
  input.routes.forEach((route, index) => {
    const context: FilterContext = {
      task: input.task,
      policy: standing.policy,
      expected: expectedOf(input.task, route),
    };
    const rejection = rejectionOf(route, standing.routes[index]?.rejection ?? null, context);
    if (rejection === null) eligible.push(scored(route, context, weights));
    else rejected.push({ routeId: route.routeId, eligible: false, rejection });
  });
  return eligible.length > 0
    ? { eligible, rejected }
    : withLastResorts(input, standing, { rejected, weights });
}

function rejectionOf(
  route: RouteFacts,
  standing: Rejection | null,
  context: FilterContext,
): Rejection | null {
  return choiceRejection(route, context) ?? standing ?? momentaryRejection(route, context);
}

function scored(route: RouteFacts, { task, policy, expected }: FilterContext, weights: Weights): Ranked {
  const { score, parts } = calculateRouteScore({ task, route, expected, weights });
  const { routeId, quality } = route;
  const known = quality && {
    quality: { mean: parts.capability, pseudoCounts: quality.alpha + quality.beta },
  };
  return {
    route,
    tier: tierOf(route, policy.objective),
    candidate: { routeId, eligible: true, score, parts, expected, ...known },
  };
}

/** Nothing is eligible: a route that is out for failures alone may still answer, and trying costs nothing then. */
function withLastResorts(
  { task, routes }: SelectionInput,
  { policy, needs }: PreparedCandidates,
  { rejected, weights }: { readonly rejected: readonly Rejected[]; readonly weights: Weights },
): Sifted {
  const objections = standingFilters(policy, needs);
  const eligible = routes.flatMap((route) => {
    const context = { task, policy, expected: expectedOf(task, route) };
    const isLastResort =
      route.lastResort === true &&
      allObjections(route, context, objections).every(({ code }) => code === 'health.ejected');
    return isLastResort ? [scored(route, context, weights)] : [];
  });
  const revived = new Set(eligible.map(({ route }) => route.routeId));
  return { eligible, rejected: rejected.filter(({ routeId }) => !revived.has(routeId)) };
}
