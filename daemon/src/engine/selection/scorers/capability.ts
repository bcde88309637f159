/** How likely the model does a task of this kind well: the prior, until graded outcomes make it a posterior. */
import { clampUnit } from '../../math/clamp.ts';
import type { RouteFacts } from '../../model.ts';

export function capabilityPart({ capabilityPrior }: Pick<RouteFacts, 'capabilityPrior'>): number {
  return clampUnit(capabilityPrior);
}
