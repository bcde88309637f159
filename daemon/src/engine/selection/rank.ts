/**
 * Orders eligible routes: by tier, then by the success gate, then by score, then by a draw; within a hundredth of the
 * score, a route that takes the task as it came stands before one that needs it translated. A tier stands above every
 * score, because it is a promise and not a preference: demo routes answer only when nothing real can, the objective
 * `local` goes elsewhere only when nothing local can, and a route that is being probed after failures gets a
 * developer's task only when no other real route could take it.
 */
import { equalScoreStep } from '../config/selection.ts';
import { createRandom, seedFor } from '../math/random.ts';
import type { Objective } from '../model/policy.ts';
import type { RouteFacts } from '../model/route.ts';
import { holdGate, isGated } from './gate.ts';
import type { Ranked, Tier } from './ranked.ts';

const tierOrder: Readonly<Record<Tier, number>> = {
  preferred: 0,
  ordinary: 1,
  probation: 2,
  demo: 3,
  demoProbation: 4,
};

export function tierOf({ isDemo, isLocal, health, heldBack }: RouteFacts, objective: Objective): Tier {
  const isOnProbation = health === 'probing' || health === 'ejected' || heldBack === true;
  if (isDemo) return isOnProbation ? 'demoProbation' : 'demo';
  if (isOnProbation) return 'probation';
  return objective === 'local' && isLocal ? 'preferred' : 'ordinary';
}

/**
 * Best first, with the gate's results. Each route draws for itself, so that another route never decides between two
 * equal ones.
 */
export function rankEligible(eligible: readonly Ranked[], seed: number): Ranked[] {
  return holdGate(eligible).sort((a, b) => compareRanked(a, b, seed));
}

/** Negative when `a` comes first. Both carry the gate's results. */
export function compareRanked(a: Ranked, b: Ranked, seed: number): number {
  return (
    tierOrder[a.tier] - tierOrder[b.tier] ||
    Number(isGated(a)) - Number(isGated(b)) ||
    // Within one step by what is lost on the way; where nobody says, this is the order of the scores.
    stepOf(b) - stepOf(a) ||
    Number(b.route.takesAsIs ?? false) - Number(a.route.takesAsIs ?? false) ||
    b.candidate.score - a.candidate.score ||
    draw(seed, b) - draw(seed, a) ||
    (a.route.routeId < b.route.routeId ? -1 : 1)
  );
}

/** A fixed grid, so that the order stays one however many routes there are. */
function stepOf({ candidate }: Ranked): number {
  return Math.floor(candidate.score / equalScoreStep);
}

function draw(seed: number, { route }: Ranked): number {
  return createRandom(seedFor(seed, route.routeId)).next();
}
