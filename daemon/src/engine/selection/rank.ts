/**
 * Orders eligible routes: by tier, then by score, then by a draw. A tier stands above every score, because it is a
 * promise and not a preference: demo routes answer only when nothing real can, and the objective `local` goes
 * elsewhere only when nothing local can.
 */
import { createRandom, seedFor } from '../math/random.ts';
import type { Candidate, Objective, RouteFacts } from '../model.ts';

export type Eligible = Extract<Candidate, { eligible: true }>;

export interface Ranked {
  readonly route: RouteFacts;
  readonly candidate: Eligible;
  readonly tier: Tier;
}

/** Lower comes first. */
export type Tier = 'preferred' | 'ordinary' | 'demo';
const tierOrder: Readonly<Record<Tier, number>> = { preferred: 0, ordinary: 1, demo: 2 };

export function tierOf({ isDemo, isLocal }: RouteFacts, objective: Objective): Tier {
  if (isDemo) return 'demo';
  return objective === 'local' && isLocal ? 'preferred' : 'ordinary';
}

/** Best first. Each route draws for itself, so that another route never decides between two equal ones. */
export function rankEligible(eligible: readonly Ranked[], seed: number): Ranked[] {
  return [...eligible].sort(
    (a, b) =>
      tierOrder[a.tier] - tierOrder[b.tier] ||
      b.candidate.score - a.candidate.score ||
      draw(seed, b) - draw(seed, a) ||
      (a.route.routeId < b.route.routeId ? -1 : 1),
  );
}

function draw(seed: number, { route }: Ranked): number {
  return createRandom(seedFor(seed, route.routeId)).next();
}
