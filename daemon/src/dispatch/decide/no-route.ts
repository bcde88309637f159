/** The `route.none` error: what stands in the way, most frequent first, and the nearest way out. */
import { RouterError } from '@task-router/protocol';
import { relaxations } from '../../engine/index.ts';
import type { Rejection, RejectionCode } from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';

export class NoRouteError extends RouterError {
  /** What spoke against each route. */
  readonly codes: readonly RejectionCode[];

  constructor(
    message: string,
    rejections: readonly { readonly route: string; readonly rejection: Rejection }[],
    next?: string,
  ) {
    super('route.none', message, { ...(next !== undefined && { next }), details: { rejections } });
    this.codes = rejections.map(({ rejection }) => rejection.code);
  }
}

export function noRouteError({ selection, input }: DecisionRecord): NoRouteError {
  const rejections = selection.candidates.flatMap((candidate) =>
    candidate.eligible ? [] : [{ route: candidate.routeId, rejection: candidate.rejection }],
  );
  if (rejections.length === 0) return new NoRouteError('No model is within reach.', rejections);
  const counts = new Map<string, number>();
  for (const { rejection } of rejections) {
    const cause = rejection.setting ?? rejection.reason;
    counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  const causes = [...counts].sort(([, a], [, b]) => b - a).map(([cause, count]) => `${count}: ${cause}`);
  const [nearest] = relaxations(selection, input);
  const message = `None of ${rejections.length} routes is eligible (${causes.join('; ')}).`;
  return new NoRouteError(message, rejections, nearest?.suggestion);
}
