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
export function holdGate(eligible: readonly Ranked[]): readonly Ranked[] {
  const best = new Map<Tier, number>();
  for (const { tier, route, candidate } of eligible) {
    if (route.quality === undefined) continue;
    best.set(tier, Math.max(best.get(tier) ?? 0, candidate.parts.history));
  }
  if (best.size === 0) return eligible;
  return eligible.map((each) => {
    if (each.route.quality === undefined) return each;
    const bound = each.candidate.parts.history;
    const floor = minSuccessShare * (best.get(each.tier) ?? 0);
    return { ...each, candidate: { ...each.candidate, gate: { passed: bound >= floor, bound, floor } } };
  });
}

/** Whether a candidate stands behind the gate. */
export function isGated({ candidate }: Pick<Ranked, 'candidate'>): boolean {
  return candidate.gate?.passed === false;
}
