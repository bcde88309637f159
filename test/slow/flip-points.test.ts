/** Flip points over 10,000 generated decisions each. */
import { it } from 'vitest';
import { expectNothingNearerFlips, expectPointsFlip } from '../support/flip-properties.ts';

it('a flip point, applied, flips, and just short of it does not', () => expectPointsFlip(10_000));

it('no smaller change flips: any value that does lies beyond a flip point', () =>
  expectNothingNearerFlips(10_000));
