/**
 * Lower 5 % bound of a Beta posterior over the calls that counted. The bound, not the mean, so that one success in
 * one call does not outrank 95 in 100.
 */
import { history } from '../../config/selection.ts';
import { betaQuantile } from '../../math/beta.ts';
import type { RouteFacts } from '../../model/route.ts';

export function historyPart({ performance }: Pick<RouteFacts, 'performance'>): number {
  return betaQuantile(
    history.priorSuccesses + Math.max(0, performance.successes),
    history.priorFailures + Math.max(0, performance.failures),
    history.lowerBoundZ,
  );
}
