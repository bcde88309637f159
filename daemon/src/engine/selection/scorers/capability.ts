/** How likely the model does a task of this kind well: the mean of the posterior, or the prior where there is none. */
import { clampUnit } from '../../math/clamp.ts';
import type { RouteFacts } from '../../model/route.ts';

export function capabilityPart({
  capabilityPrior,
  quality,
}: Pick<RouteFacts, 'capabilityPrior' | 'quality'>): number {
  return clampUnit(quality === undefined ? capabilityPrior : quality.alpha / (quality.alpha + quality.beta));
}
