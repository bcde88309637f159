/** The `route.none` error: what stands in the way, most frequent first, and the nearest way out. */
import { RouterError } from '@task-router/protocol';
import { relaxations } from '../engine/index.ts';
import type { DecisionRecord } from '../store/records.ts';

export function noRouteError({ selection, input }: DecisionRecord): RouterError {
  const rejections = selection.candidates.flatMap((candidate) =>
    candidate.eligible ? [] : [{ route: candidate.routeId, rejection: candidate.rejection }],
  );
  if (rejections.length === 0) {
    return new RouterError('route.none', 'No model is within reach.', { details: { rejections } });
  }
  const counts = new Map<string, number>();
  for (const { rejection } of rejections) {
    const cause = rejection.setting ?? rejection.reason;
    counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  const causes = [...counts].sort(([, a], [, b]) => b - a).map(([cause, count]) => `${count}: ${cause}`);
  const [nearest] = relaxations(selection, input);
  return new RouterError(
    'route.none',
    `None of ${rejections.length} routes is eligible (${causes.join('; ')}).`,
    {
      ...(nearest && { next: nearest.suggestion }),
      details: { rejections },
    },
  );
}
