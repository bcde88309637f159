/**
 * The nearest prompt size at which another route comes before the chosen one, exact to the token, by branch and bound.
 * A range without corners is skipped when the chosen route's score, bounded from below by its tangents, stays above
 * the rival's, bounded from above by its chord: both are convex. Otherwise the range is halved, the nearer half first,
 * and the last few sizes are looked at one by one.
 */
import type { Weights } from '../../model/policy.ts';
import type { TaskFacts } from '../../model/task.ts';
import type { Ranked } from '../ranked.ts';
import { scoreAtSize } from './size-curve.ts';

export interface SizeRange {
  /** Whole tokens, `near` nearer to the size of now; either may be the larger. */
  readonly near: number;
  readonly far: number;
}

export interface Duel {
  readonly chosen: Ranked;
  readonly rival: Ranked;
  readonly task: TaskFacts;
  readonly weights: Weights;
  /** Whether the rival comes first at this size, ties included. */
  readonly flipsAt: (tokens: number) => boolean;
}

/** Ranges this short are looked at size by size. */
const shortRange = 32;
/** A lead below this may be rounding. */
const surely = 1e-12;
/** Two routes whose scores lie within rounding of each other over long ranges: then nothing is claimed. */
const maxRanges = 4_000;

/** null: at no size of the range, or (`maxRanges`) not to be decided. */
export function nearestFlip(duel: Duel, range: SizeRange): number | null {
  const pending: SizeRange[] = [range];
  for (let looked = 0; looked < maxRanges; looked += 1) {
    const next = pending.pop();
    if (next === undefined) return null;
    const { near, far } = next;
    const step = near <= far ? 1 : -1;
    if (Math.abs(far - near) < shortRange) {
      for (let tokens = near; tokens !== far + step; tokens += step) if (duel.flipsAt(tokens)) return tokens;
    } else if (!surelyAhead(duel, Math.min(near, far), Math.max(near, far))) {
      const middle = Math.floor((near + far) / 2);
      const [nearEnd, farStart] = step > 0 ? [middle, middle + 1] : [middle + 1, middle];
      pending.push({ near: farStart, far }, { near, far: nearEnd });
    }
  }
  return null;
}

/** Whether the chosen route leads everywhere in the range. The lower bound is highest of two tangents minus a chord. */
function surelyAhead({ chosen, rival, task, weights }: Duel, low: number, high: number): boolean {
  const at = (ranked: Ranked, tokens: number) => scoreAtSize(ranked, tokens, { task, weights });
  const [chosenLow, chosenHigh] = [at(chosen, low), at(chosen, high)];
  const [rivalLow, rivalHigh] = [at(rival, low).score, at(rival, high).score];
  const leadLow = chosenLow.score - rivalLow;
  const leadHigh = chosenHigh.score - rivalHigh;
  if (leadLow <= surely || leadHigh <= surely) return false;
  const length = high - low;
  const chord = (rivalHigh - rivalLow) / length;
  const [slopeLow, slopeHigh] = [chosenLow.slope - chord, chosenHigh.slope - chord];
  // The first line falls from the low end, the second one towards it: the least of their maximum is where they meet.
  if (slopeLow >= 0 || slopeHigh <= 0) return true;
  const meet = (leadHigh - slopeHigh * length - leadLow) / (slopeLow - slopeHigh);
  return leadLow + slopeLow * Math.min(length, Math.max(0, meet)) > surely;
}
