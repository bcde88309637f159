/** Flip points over generated decisions: some of the cases that `test/slow/flip-points.test.ts` runs. */
import { it } from 'vitest';
import { expectNothingNearerFlips, expectPointsFlip } from '../../../../test/support/flip-properties.ts';

it('a flip point, applied, flips, and just short of it does not', () => expectPointsFlip(1_000));

it('no smaller change flips: any value that does lies beyond a flip point', () =>
  expectNothingNearerFlips(1_000));
