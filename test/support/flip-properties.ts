/**
 * What holds for every flip point, over any decision that knows more than priors. The fast tier runs some of the cases,
 * the slow one all.
 */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import {
  flipPoints,
  withFlip,
  type FlipFactor,
  type FlipPoint,
} from '../../daemon/src/engine/selection/flip-points.ts';
import { selectPrimaryRoute } from '../../daemon/src/engine/selection/select-primary-route.ts';
import type { SelectionInput } from '../../daemon/src/engine/model/selection.ts';
import { arbitraryLearned } from './learned-inputs.ts';

/** A flip point, applied, flips, and just short of it does not. */
export function expectPointsFlip(numRuns: number): void {
  let points = 0;
  fc.assert(
    fc.property(arbitraryLearned, (input) => {
      const selection = selectPrimaryRoute(input);
      const { chosen } = selection;
      for (const flip of flipPoints(input, selection)) {
        points += 1;
        const at = chosenWith(input, flip, selection);
        const short = chosenWith(
          input,
          { ...flip, to: justShort(flip, flip.of === flip.becomes) },
          selection,
        );
        // A price that was not known is a step to any value: just short of the point is nowhere near the choice of now.
        const isFarFromNow = flip.factor.startsWith('weight') || flip.from === null;
        const isShort = isFarFromNow ? short !== flip.becomes : short === chosen;
        // Compared here and told by `expect`, which takes longer than the decisions themselves.
        if (flip.becomes === chosen || at !== flip.becomes || !isShort)
          expect.unreachable(JSON.stringify({ flip, chosen, at, short }));
      }
    }),
    { numRuns },
  );
  expect(points).toBeGreaterThan(2 * numRuns);
}

/** No smaller change flips: any value that does lies beyond a flip point. */
export function expectNothingNearerFlips(numRuns: number): void {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const factor = fc.constantFrom<FlipFactor>(
    'price',
    'firstToken',
    'speed',
    'quality',
    'promptTokens',
    'weight.capability',
    'weight.resources',
  );
  fc.assert(
    fc.property(arbitraryLearned, factor, unit, fc.nat(2), (input, which, at, pick) => {
      const selection = selectPrimaryRoute(input);
      if (selection.chosen === null) return;
      const isShared = which === 'promptTokens' || which.startsWith('weight');
      const of = isShared ? null : selection.ranked[pick % selection.ranked.length]!;
      const to = valueAt(which, at);
      const becomes = chosenWith(input, { factor: which, of, to }, selection);
      if (becomes === selection.chosen || becomes === null) return;
      // A weight can make a route win that is not among those asked about.
      if (which.startsWith('weight') && selection.ranked.indexOf(becomes) > 3) return;
      const known = flipPoints(input, selection).filter((flip) => flip.factor === which && flip.of === of);
      const isReached = known.some(
        (flip) =>
          flip.from === null || (flip.to - flip.from) * (to - flip.to) >= 0 || Math.abs(to - flip.to) < 1e-9,
      );
      expect([known, becomes, to, isReached]).toEqual([known, becomes, to, true]);
    }),
    { numRuns },
  );
}

const chosenWith = (
  input: SelectionInput,
  flip: Pick<FlipPoint, 'factor' | 'of' | 'to'>,
  selection = selectPrimaryRoute(input),
) => selectPrimaryRoute(withFlip(input, flip, selection)).chosen;

/** A little nearer to the amount of now; an unknown price is approached from its far side. */
function justShort({ factor, from, to, before }: FlipPoint, isTheirs: boolean): number {
  if (factor === 'promptTokens') return to - Math.sign(to - from!);
  if (from === null) return isTheirs ? to * (1 + 1e-6) + 1e-12 : to * (1 - 1e-6);
  const step = Math.max(
    1e-6 * Math.abs(to - from),
    1e-9 * Math.max(from, to),
    factor.startsWith('weight') ? 1e-9 : 0,
  );
  // Routes that tied: any change flips, and just short of it is the other side of the value of now.
  if (Math.abs(to - from) <= 1e-11 * Math.max(from, to))
    return to > from ? from * (1 - 1e-9) : from * (1 + 1e-9);
  // Lines that hardly cross: within rounding of the crossing either may lead, so the point says where it is sure.
  if (factor.startsWith('weight') && Math.abs(to - before) > step) return before;
  // The smallest doubles have nothing between them.
  if (to - step === to) return from;
  return to > from ? Math.max(from, to - step) : Math.min(from, to + step);
}

function valueAt(factor: FlipFactor, at: number): number {
  switch (factor) {
    case 'price':
      return 1e-5 * 1e6 ** at - 1e-5;
    case 'firstToken':
      return 10 ** (6 * at);
    case 'speed':
      return 10 ** (4 * at - 1);
    case 'promptTokens':
      return Math.round(10 ** (5.5 * at)) - 1;
    case 'weight.capability':
    case 'weight.resources':
      // So near to an end that rounding may swallow a lead: the end itself is meant.
      return Math.abs(at - Math.round(at)) < 1e-12 ? Math.round(at) : at;
    default:
      return at;
  }
}
