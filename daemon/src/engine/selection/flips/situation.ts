/** A decision as the searches for flip points see it: everything looked up once. */
import type { ResolvedPolicy, Weights } from '../../model/policy.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { PreparedCandidates, Selection, SelectionInput } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';
import { expectedOf } from '../expected.ts';
import { momentaryRejection } from '../filters/index.ts';
import { prepareCandidates } from '../prepare.ts';
import { compareRanked, tierOf } from '../rank.ts';
import type { Ranked } from '../ranked.ts';
import { calculateRouteScore } from '../score.ts';

export interface Situation {
  readonly input: SelectionInput;
  readonly prepared: PreparedCandidates;
  readonly policy: ResolvedPolicy;
  /** The weights that scored. */
  readonly weights: Weights;
  readonly chosen: Ranked;
  /** All other eligible routes, best first. */
  readonly others: readonly Ranked[];
}

/** null: nothing was chosen. */
export function situationOf(input: SelectionInput, selection: Selection): Situation | null {
  const byId = new Map(input.routes.map((route) => [route.routeId, route]));
  const ranked = selection.candidates.flatMap((candidate) => {
    const route = byId.get(candidate.routeId);
    if (!candidate.eligible || route === undefined) return [];
    return [{ route, candidate, tier: tierOf(route, selection.objective) }];
  });
  const [chosen, ...others] = ranked;
  if (chosen === undefined) return null;
  const prepared = prepareCandidates(input.task, input.routes, input.policy);
  return { input, prepared, policy: prepared.policy, weights: selection.weights, chosen, others };
}

/**
 * The candidate with other facts of its route or task; null where they bring it into conflict with a filter. Its gate
 * stays: it rests on history, which no factor here touches.
 */
export function rescored(
  { policy, weights }: Pick<Situation, 'policy' | 'weights'>,
  { candidate, tier }: Ranked,
  route: RouteFacts,
  task: TaskFacts,
): Ranked | null {
  const expected = expectedOf(task, route);
  // A last resort stands in spite of its health; nothing else ranked has that state.
  const asked = route.health === 'ejected' ? { ...route, health: 'healthy' as const } : route;
  if (momentaryRejection(asked, { task, policy, expected }) !== null) return null;
  const { score, parts } = calculateRouteScore({ task, route, expected, weights });
  return { route, tier, candidate: { ...candidate, score, parts, expected } };
}

export function comesBefore(a: Ranked, b: Ranked, seed: number): boolean {
  return compareRanked(a, b, seed) < 0;
}
