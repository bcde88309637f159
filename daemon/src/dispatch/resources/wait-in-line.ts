/** Waiting for room on one route, with the place in line told to the client. */
import type { Allocated, Allocation, Shortage } from '../../engine/index.ts';
import { allocateResources } from '../../engine/index.ts';
import type { Acquisition, Refusal } from './acquisition.ts';
import { callRequest } from './call-request.ts';
import type { CallRequest } from './call-request.ts';
import { expectedWaitMs, lookOf, withHeldMoney } from './shortage-facts.ts';
import type { Look } from './waiting-line.ts';

/** `again`: it is no longer a matter of waiting. */
export type Waited =
  | { readonly status: 'allocated'; readonly allocation: Allocated }
  | { readonly status: 'cancelled' }
  | Refusal
  | 'again';

export async function waitInLine(
  acquisition: Acquisition,
  { shortage, wanted }: { readonly shortage: Shortage; readonly wanted: CallRequest },
): Promise<Waited> {
  const { at, desk, taskId } = acquisition;
  const { signal } = at;
  const sinceMs = acquisition.nowMs;
  const untilMs = sinceMs + acquisition.maxWaitMs;
  const { request } = wanted;
  let seen: Shortage = shortage;
  let found: Allocated | 'again' = 'again';
  const look = (): Look => {
    const latest = lookOnce(acquisition);
    if (latest !== 'again' && latest.status === 'shortage') {
      seen = latest;
      return lookOf(latest, acquisition.nowMs);
    }
    found = latest;
    return { isHeld: true };
  };
  const end = await desk.line.wait(
    {
      ...{ taskId, priority: request.priority, untilMs, signal, look },
      onPlace: (place) => {
        const expected = expectedWaitMs(seen, request, place.position);
        const reason = acquisition.reason(seen, wanted);
        at.emit({
          type: 'queued',
          taskId,
          queue: { ...place, reason, expectedWaitMs: expected, sinceMs, untilMs },
        });
      },
    },
    lookOf(shortage, sinceMs),
  );
  acquisition.waitedMs += acquisition.nowMs - sinceMs;
  at.emit({ type: 'queued', taskId, queue: null });
  if (end === 'aborted') return { status: 'cancelled' };
  if (end === 'held') return heldOrAgain(found);
  return acquisition.refusal({
    code: 'resources.waitedTooLong',
    message: `The task waited ${Math.round(acquisition.waitedMs / 1000)} s in line. ${acquisition.reason(seen, wanted)}`,
    retryAfterMs: seen.retryAfterMs,
    bottleneck: seen.bottleneck,
  });
}

function heldOrAgain(found: Allocated | 'again'): Waited {
  return found === 'again' ? 'again' : { status: 'allocated', allocation: found };
}

/** `again` where waiting no longer helps, and where looking itself failed: the next attempt will say how. */
function lookOnce({ at, desk, nowMs }: Acquisition): Allocation | 'again' {
  try {
    const { request, unknownPrice } = callRequest(at, at.handle, desk);
    if (unknownPrice.length > 0) return 'again';
    const allocation = allocateResources(request, desk.ledger, nowMs);
    if (allocation.status === 'allocated') return allocation;
    const shortage = withHeldMoney(allocation, request, desk.ledger.view(nowMs).buckets);
    return shortage.retryAfterMs === null ? 'again' : shortage;
  } catch {
    return 'again';
  }
}
