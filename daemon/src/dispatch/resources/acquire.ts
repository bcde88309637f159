/**
 * Gets the resources of one attempt: at once where there is room; else what the engine finds best: a place in line, a
 * shorter answer, another route, or a refusal with the time to come back. At a hard budget the developer is asked, where
 * there is one to ask. Every step is told to the client.
 */
import type { Allocated, Allocation, AllocationRequest, Optimization, Shortage } from '../../engine/index.ts';
import { allocateResources, attemptResourceOptimization, claimsOf } from '../../engine/index.ts';
import type { RouteHandle } from '../decide/facts.ts';
import { Acquisition } from './acquisition.ts';
import type { AcquireRequest, Refusal } from './acquisition.ts';
import { askBudget } from './ask-budget.ts';
import { budgetAt, resetsAtMs } from './budget-book.ts';
import { callRequest } from './call-request.ts';
import type { CallRequest } from './call-request.ts';
import type { ResourceDesk } from './desk.ts';
import type { LiveLease } from './live-lease.ts';
import { isMoney, shortageBehind, shortageOfPrice, withHeldMoney } from './shortage-facts.ts';
import { shortageOptions } from './shortage-options.ts';
import { waitInLine } from './wait-in-line.ts';

export interface HeldResources {
  readonly status: 'held';
  readonly lease: LiveLease;
  /** Another one than was asked for, when the engine found that better. */
  readonly routeId: string;
  /** What was short; null: nothing. */
  readonly reason: string | null;
  /** A limit of ours on the answer, with its reason. */
  readonly cap: { readonly maxOutputTokens: number; readonly reason: string } | null;
}

/** `waitedMs`: in line. `askedMs`: for the developer's word. */
export type Acquired = (HeldResources | Refusal | { readonly status: 'cancelled' }) & {
  readonly waitedMs: number;
  readonly askedMs: number;
};

type Result = HeldResources | Refusal | { readonly status: 'cancelled' };

/** What one look at the resources comes to; a promise only where something has to be waited for. */
type Step = Result | 'again';

/** At once where there is room, which is the rule. Ends: each wait and each question has its time. */
export function acquire(request: AcquireRequest, desk: ResourceDesk): Acquired | Promise<Acquired> {
  const acquisition = new Acquisition(request, desk);
  const first = attempt(acquisition);
  return first instanceof Promise || first === 'again'
    ? goOn(acquisition, first)
    : acquired(acquisition, first);
}

async function goOn(acquisition: Acquisition, first: Step | Promise<Step>): Promise<Acquired> {
  let result = await first;
  while (result === 'again') result = await attempt(acquisition);
  return acquired(acquisition, result);
}

function acquired(acquisition: Acquisition, result: Result): Acquired {
  acquisition.endQuestion();
  const { waitedMs, askedMs } = acquisition;
  return { ...result, waitedMs, askedMs };
}

function attempt(acquisition: Acquisition): Step | Promise<Step> {
  const { at, desk } = acquisition;
  if (at.signal.aborted) return { status: 'cancelled' };
  const wanted = callRequest(at, at.handle, desk);
  const allocation = allocate(acquisition, wanted);
  if (allocation.status === 'allocated')
    return held(acquisition, { allocation, request: wanted.request, wanted });
  return outOfShortage(acquisition, allocation, wanted);
}

/** The best that can be made of a shortage. */
async function outOfShortage(
  acquisition: Acquisition,
  shortage: Shortage,
  wanted: CallRequest,
): Promise<Step> {
  const { at, desk, maxWaitMs } = acquisition;
  const { handle, others } = at;
  const reason = acquisition.reason(shortage, wanted);
  const options = shortageOptions({ call: at, handle, wanted, shortage, others, maxWaitMs }, desk);
  const { priority } = wanted.request;
  const optimization = attemptResourceOptimization(
    { shortage, priority, options },
    desk.ledger,
    acquisition.nowMs,
  );
  switch (optimization.status) {
    case 'allocated': {
      const { allocation: found, request } = optimization;
      return held(acquisition, { allocation: found, request, wanted, reason, optimization });
    }
    case 'queued': {
      acquisition.endQuestion();
      acquisition.tell({ isAllocated: false, summary: `${reason} The task waits in line.`, optimization });
      const waited = await waitInLine(acquisition, { shortage, wanted });
      if (waited === 'again' || waited.status !== 'allocated') return waited;
      return held(acquisition, { allocation: waited.allocation, request: wanted.request, wanted });
    }
    case 'rejected':
      return rejected(acquisition, { shortage, wanted, reason, optimization });
  }
}

/** Nobody takes what somebody ahead in line waits for. */
function allocate({ desk, nowMs }: Acquisition, { request, unknownPrice }: CallRequest): Allocation {
  const [unpriced] = unknownPrice;
  if (unpriced !== undefined) return shortageOfPrice(unpriced);
  if (desk.line.length > 0) {
    const claims = claimsOf(request.needs, request.node, request.money);
    const buckets = claims.map(({ bucketId }) => bucketId);
    const ahead = desk.line.ahead(buckets, request.priority);
    if (ahead !== null) {
      const short = claims.filter(({ bucketId }) => ahead.buckets.includes(bucketId));
      return shortageBehind(request, short, ahead, nowMs);
    }
  }
  const allocation = allocateResources(request, desk.ledger, nowMs);
  if (allocation.status === 'allocated') return allocation;
  return withHeldMoney(allocation, request, desk.ledger.view(nowMs).buckets);
}

interface Found {
  readonly allocation: Allocated;
  readonly request: AllocationRequest;
  readonly wanted: CallRequest;
  readonly reason?: string;
  readonly optimization?: Optimization;
}

function held(acquisition: Acquisition, found: Found): HeldResources {
  const { allocation, request, wanted, reason = null, optimization = null } = found;
  const { at } = acquisition;
  const { handle } = at;
  const { routeId } = request;
  const isOwn = routeId === handle.facts.routeId;
  const target = isOwn ? handle : (at.others.find(({ facts }) => facts.routeId === routeId) ?? handle);
  const isShorter = isOwn && request.needs.outputTokens < wanted.request.needs.outputTokens;
  for (const short of allocation.softExceeded) acquisition.warn(short);
  if (acquisition.isWanted(optimization)) {
    const now = isShorter ? 'The answer may only be shorter for it.' : roomWords(isOwn ? null : target);
    const summary = reason === null ? now : `${reason} ${now}`;
    acquisition.tell({ isAllocated: true, summary, optimization, allocation });
  }
  const lease = acquisition.desk.open(allocation, target);
  return { status: 'held', lease, routeId, reason, cap: capOf(allocation, isShorter ? reason : null) };
}

/** null: on the route that was asked for. */
function roomWords(other: RouteHandle | null): string {
  return other === null ? 'There is room.' : `${other.model.label} (${other.node.label}) has room.`;
}

function capOf({ constraints }: Allocated, shortReason: string | null): HeldResources['cap'] {
  const { maxTokens } = constraints;
  if (maxTokens === null) return null;
  const reason = shortReason ?? 'a hard budget pays for no longer answer than it has room for.';
  return { maxOutputTokens: maxTokens, reason };
}

interface Rejected {
  readonly shortage: Shortage;
  readonly wanted: CallRequest;
  readonly reason: string;
  readonly optimization: Optimization;
}

async function rejected(
  acquisition: Acquisition,
  { shortage, wanted, reason, optimization }: Rejected,
): Promise<Step> {
  const { at, nowMs } = acquisition;
  acquisition.tell({ isAllocated: false, summary: reason, optimization });
  const { retryAfterMs, bottleneck } = shortage;
  const money = retryAfterMs === null ? shortage.shortfalls.find(isMoney) : undefined;
  if (money === undefined) {
    return acquisition.refusal({ code: 'resources.shortage', message: reason, retryAfterMs, bottleneck });
  }
  const [unpriced] = wanted.unknownPrice;
  const budget = unpriced ?? budgetAt(at.budgets, money.bucketId, nowMs);
  if (at.onBudget === 'ask' && budget !== null) {
    const neededNanoUsd = wanted.request.needs.worstNanoUsd;
    const end = await askBudget(acquisition, { money, budget, message: reason, neededNanoUsd });
    if (end === 'again') return 'again';
    if (end === 'cancel') return { status: 'cancelled' };
  }
  const ends = budget === null || unpriced !== undefined ? null : resetsAtMs(budget, nowMs);
  return acquisition.refusal({
    code: unpriced === undefined ? 'budget.exceeded' : 'budget.priceUnknown',
    message: reason,
    retryAfterMs: ends === null ? null : ends - nowMs,
    bottleneck: money,
  });
}
