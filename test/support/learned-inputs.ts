/** Decisions that know more than priors. */
import * as fc from 'fast-check';
import type { SelectionInput } from '../../daemon/src/engine/model/selection.ts';
import { arbitraryInput } from './engine-facts.ts';

/** Posteriors on some routes, few distinct values, a pacer now and then. */
const posterior = fc.record({
  alpha: fc.integer({ min: 1, max: 60 }),
  beta: fc.integer({ min: 1, max: 60 }),
});
export const arbitraryLearned: fc.Arbitrary<SelectionInput> = fc
  .tuple(
    arbitraryInput,
    fc.array(fc.option(posterior), { minLength: 10, maxLength: 10 }),
    fc.option(fc.constantFrom(0, 0.3, 4)),
  )
  .map(([input, qualities, lambda]) => ({
    ...input,
    routes: input.routes.map((route, index) => {
      const quality = qualities[index];
      return quality == null ? route : { ...route, quality };
    }),
    ...(lambda !== null && { pacing: { lambda } }),
  }));
