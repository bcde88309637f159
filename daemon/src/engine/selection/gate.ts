/**
 * The success gate: a route whose history bound stays below three quarters of the best one in its tier comes after all
 * that pass, whatever its score. A condition of the order and not a hard filter (docs/decisions/0010): a gated route
 * stays in the failover plan, and when everything is equally bad nothing is shut out.
 *
 * Held only among routes that carry a quality posterior. The best bound is the best of the same tier, so that a demo
 * or a probed route never raises the bar for real ones.
 */
import { minSuccessShare } from '../config/selection.ts';
import type { Ranked, Tier } from './ranked.ts';

/** The same candidates with the gate's result on those that carry a quality posterior. */
export function holdGate(eligible: readonly Ranked[]): Ranked[] {
  const best: Record<Tier, number> = { preferred: 0, ordinary: 0, probation: 0, demo: 0, demoProbation: 0 };
  for (const { tier, route, candidate } of eligible) {
    if (route.quality !== undefined) best[tier] = Math.max(best[tier], candidate.parts.history);
  }
  return eligible.map((each) => gated(each, minSuccessShare * best[each.tier]));
}

function gated(ranked: Ranked, floor: number): Ranked {
  const { route, tier, candidate } = ranked;
  if (candidate.quality === undefined) return ranked;
  const { routeId, eligible, score, parts, expected, quality } = candidate;
  const bound = parts.history;
  const gate = { passed: bound >= floor, bound, floor };
  return { route, tier, candidate: { routeId, eligible, score, parts, expected, quality, gate } };
}

/** Whether a candidate stands behind the gate. */
export function isGated({ candidate }: Pick<Ranked, 'candidate'>): boolean {
  return candidate.gate?.passed === false;
}
