/**
 * Which candidates may be tried instead of the best one. Near ties only, so that trying costs little by definition, of
 * the same tier and on the same side of the gate; never for a critical task, never among demo or probed routes or last
 * resorts, and none that is dearer than what exploration has left.
 */
import { exploration } from '../../config/selection.ts';
import type { ExplorationFacts } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';
import { reckonedCostUsd } from '../expected.ts';
import { isGated } from '../gate.ts';
import type { Ranked } from '../ranked.ts';

/** The best first; fewer than two: nothing to explore. */
export function nearTies(
  task: TaskFacts,
  ranked: readonly Ranked[],
  { extraCostLeftUsd }: ExplorationFacts,
): readonly Ranked[] {
  const best = ranked[0];
  if (best === undefined || task.priority === 'critical' || !isOpen(best)) return [];
  const affordable = reckonedCostUsd(task, best.candidate.expected) + Math.max(0, extraCostLeftUsd);
  const least = best.candidate.score - exploration.band;
  const ties: Ranked[] = [];
  for (const each of ranked) {
    const isNear =
      each === best ||
      (each.tier === best.tier &&
        isGated(each) === isGated(best) &&
        each.candidate.score >= least &&
        reckonedCostUsd(task, each.candidate.expected) <= affordable);
    if (isNear && ties.push(each) === exploration.maxNearTies) break;
  }
  return ties;
}

function isOpen({ tier, route }: Ranked): boolean {
  return (tier === 'preferred' || tier === 'ordinary') && route.health !== 'ejected';
}
