/** No rank reversal, over 100,000 generated decisions each. */
import { it } from 'vitest';
import { expectNoReversal, expectNoUpset } from '../support/rank-properties.ts';

it('adding a dominated route never changes the winner', () => expectNoUpset(100_000));

it('adding any route at all never reverses the order of the others', () => expectNoReversal(100_000));
