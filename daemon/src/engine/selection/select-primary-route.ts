/**
 * `selectPrimaryRoute`: filter, score, rank, and where it is allowed draw among near ties. A pure function of its
 * input: the same input gives the same selection, bit for bit, with or without prepared candidates. The ranked list is
 * the plan that failover follows.
 *
 * Cost: linear in the routes, plus the sort; 100 routes take well under a millisecond (bench `decide`).
 */
import type { Weights } from '../model/policy.ts';
import type { RouteFacts } from '../model/route.ts';
import type { Candidate, PreparedCandidates, Selection, SelectionInput } from '../model/selection.ts';
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
import { scoreParts, weightedScore } from './score.ts';
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
  const candidates: Candidate[] = [];
  for (const { candidate } of ranked) candidates.push(candidate);
  for (const rejected of sifted.rejected) candidates.push(rejected);
  return {
    candidates,
    ranked: ranked.map(({ route }) => route.routeId),
    chosen: ranked[0]?.route.routeId ?? null,
    objective,
    weights,
    settings: settingTexts(standing, namedSettings(sifted.rejected)),
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
  const { task, routes } = input;
  for (let index = 0; index < routes.length; index += 1) {
    const route = routes[index];
    if (route === undefined) continue;
    const rejection = choiceRejection(route, task) ?? standing.routes[index]?.rejection ?? null;
    if (rejection !== null) {
      rejected.push({ routeId: route.routeId, eligible: false, rejection });
      continue;
    }
    const context = { task, policy: standing.policy, expected: expectedOf(task, route) };
    const momentary = momentaryRejection(route, context);
    if (momentary === null) eligible.push(scored(route, context, weights));
    else rejected.push({ routeId: route.routeId, eligible: false, rejection: momentary });
  }
  return eligible.length > 0
    ? { eligible, rejected }
    : withLastResorts(input, standing, { rejected, weights });
}

/** Each once, however many routes it rejected. */
function namedSettings(rejected: readonly Rejected[]): string[] {
  const named: string[] = [];
  for (const { rejection } of rejected) {
    const { setting } = rejection;
    if (setting !== null && !named.includes(setting)) named.push(setting);
  }
  return named;
}

function scored(route: RouteFacts, { task, policy, expected }: FilterContext, weights: Weights): Ranked {
  const parts = scoreParts(task, route, expected);
  const score = weightedScore(parts, weights);
  const { routeId, quality } = route;
  const tier = tierOf(route, policy.objective);
  if (quality === undefined)
    return { route, tier, candidate: { routeId, eligible: true, score, parts, expected } };
  const known = { mean: parts.capability, pseudoCounts: quality.alpha + quality.beta };
  return { route, tier, candidate: { routeId, eligible: true, score, parts, expected, quality: known } };
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
