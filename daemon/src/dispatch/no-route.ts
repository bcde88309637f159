/** The `route.none` error: what stands in the way, most frequent first, and what to do about the nearest of it. */
import { RouterError } from '@task-router/protocol';
import type { Rejection, RejectionCode } from '../engine/index.ts';
import type { DecisionRecord } from '../store/records.ts';

export function noRouteError(record: DecisionRecord): RouterError {
  const rejections = record.selection.candidates.flatMap((candidate) =>
    candidate.eligible ? [] : [{ route: candidate.routeId, rejection: candidate.rejection }],
  );
  if (rejections.length === 0) {
    return new RouterError('route.none', 'No model is within reach.', { details: { rejections } });
  }
  const byCode = new Map<RejectionCode, { readonly count: number; readonly rejection: Rejection }>();
  for (const { rejection } of rejections) {
    const count = (byCode.get(rejection.code)?.count ?? 0) + 1;
    byCode.set(rejection.code, { count, rejection });
  }
  const ranked = [...byCode.values()].sort((a, b) => b.count - a.count);
  const causes = ranked.map(({ count, rejection }) => `${count}: ${rejection.setting ?? rejection.reason}`);
  const nearest = ranked[0];
  return new RouterError(
    'route.none',
    `None of ${rejections.length} routes is eligible (${causes.join('; ')}).`,
    {
      ...(nearest && { next: nextStep(nearest.rejection) }),
      details: { rejections },
    },
  );
}

function nextStep(rejection: Rejection): string {
  const area = rejection.code.split('.')[0];
  switch (rejection.code) {
    case 'access.keyMissing':
    case 'access.keyRejected':
      return 'Add a valid key with "Task Router: Add Provider Key" or in the environment.';
    case 'access.consentNeeded':
      return 'Confirm the account that was found: "Task Router: Confirm Found Account", or --allow-cloud on the command line.';
    case 'health.unreachable':
      return 'Start the server, or correct its address in config.jsonc.';
    case 'policy.localOnly':
      return `Start a local server, or turn off ${rejection.setting ?? 'the local-only policy'}.`;
    default:
      return area === 'policy'
        ? `Change ${rejection.setting ?? 'the policy'}, or add a route that it allows.`
        : 'See the decision card for what each route lacks.';
  }
}
