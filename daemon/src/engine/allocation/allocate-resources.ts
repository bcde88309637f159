/**
 * `allocateResources`: may this call start now, and with how much? Needs become claims, one hold over all of them
 * decides, and what it gives is a lease with the timers that follow from the prediction. A refusal names its
 * bottleneck and when to come back.
 */
import { allocation as defaults, timeouts } from '../config/allocation.ts';
import { clamp } from '../math/clamp.ts';
import type { Expected } from '../model/selection.ts';
import type { Priority } from '../model/task.ts';
import { claimsOf, type NodeResources } from './claims.ts';
import type { Claim, Dimension, Lease, Ledger, LeaseRef, Shortfall } from './ledger.ts';
import type { ResourceNeeds } from './needs.ts';
import { callTimeouts, type CallTimeouts, type LocalReading } from './timeouts.ts';

export interface AllocationRequest {
  /** The attempt's id: asking twice takes nothing twice. */
  readonly requestId: string;
  readonly routeId: string;
  readonly node: NodeResources;
  readonly needs: ResourceNeeds;
  /** From `budgetClaims`. */
  readonly money: readonly Claim[];
  readonly priority: Priority;
  /** As the decision's candidate has it. */
  readonly expected: Expected;
  /** What is left of the task's time, in ms; null: no deadline. */
  readonly deadlineMs: number | null;
  /** True for a server on this machine that may have to load the model first: its first token gets the most time. */
  readonly mayLoadModel?: boolean;
  /** How long that load should take, in ms, when the server says that the model is not in memory; absent: 0. */
  readonly coldStartMs?: number;
  /** What is known of how a server on this machine reads; absent or null: it is another one. */
  readonly local?: LocalReading | null;
  /** Expected writing speed, for the stall timer; absent or null: unknown. */
  readonly tokensPerSecond?: number | null;
}

export interface Allocated extends LeaseRef, CallTimeouts {
  readonly status: 'allocated';
  /** What is held, by dimension. */
  readonly allocated: {
    readonly routeId: string;
    readonly nodeId: string;
  } & Readonly<Partial<Record<Dimension, number>>>;
  /** Within what the call has to stay. */
  readonly constraints: {
    readonly slots: number | null;
    readonly deadlineMs: number | null;
    /** To be sent with the call; null: none of ours. */
    readonly maxTokens: number | null;
  };
  readonly priority: Priority;
  /** When the lease ends unless it is committed; a commit asks for `commitForMs` from then on. */
  readonly expiresAtMs: number;
  readonly commitForMs: number;
  readonly estimate: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly predictedNanoUsd: number | null;
    readonly worstNanoUsd: number | null;
  };
  /** Soft budgets that this call goes over. */
  readonly softExceeded: readonly Shortfall[];
}

export interface Shortage {
  readonly status: 'shortage';
  /** The dimension that is shortest, as a share of its limit. */
  readonly bottleneck: Shortfall;
  readonly shortfalls: readonly Shortfall[];
  /** Exact for rates; for what others hold, when a call is expected to end; null: waiting does not help. */
  readonly retryAfterMs: number | null;
}

export type Allocation = Allocated | Shortage;

/** Throws where the request's id was settled or released before: an id is for one attempt. */
export function allocateResources(request: AllocationRequest, ledger: Ledger, nowMs: number): Allocation {
  const { requestId, needs, node, money, priority, deadlineMs } = request;
  const held = ledger.hold(
    {
      requestId,
      priority,
      predictedNanoUsd: needs.predictedNanoUsd,
      claims: claimsOf(needs, node, money),
      ttlMs: defaults.holdTtlMs,
    },
    nowMs,
  );
  if (held.status === 'ended') throw new Error(`${requestId} was settled or released before`);
  if (held.status === 'shortage') return shortage(request, held.shortfalls);

  const timers = callTimeouts({
    expected: request.expected,
    deadlineMs,
    mayLoadModel: request.mayLoadModel ?? false,
    coldStartMs: request.coldStartMs ?? 0,
    local: request.local ?? null,
    tokensPerSecond: request.tokensPerSecond ?? null,
  });
  const { lease } = held;
  const { inputTokens, outputTokens, predictedNanoUsd, worstNanoUsd } = needs;
  return {
    status: 'allocated',
    leaseId: lease.leaseId,
    fence: lease.fence,
    expiresAtMs: lease.expiresAtMs,
    commitForMs: timers.timeoutMs + defaults.leaseGraceMs,
    allocated: allocatedTo(request, lease),
    constraints: { slots: node.slots, deadlineMs, maxTokens: needs.maxTokens },
    priority,
    ...timers,
    estimate: { inputTokens, outputTokens, predictedNanoUsd, worstNanoUsd },
    softExceeded: held.softExceeded,
  };
}

function allocatedTo({ routeId, node }: AllocationRequest, { vector }: Lease): Allocated['allocated'] {
  const amounts: Partial<Record<Dimension, number>> = {};
  for (const { dimension, amount } of vector) amounts[dimension] = amount;
  return { routeId, nodeId: node.nodeId, ...amounts };
}

function shortage({ expected }: AllocationRequest, shortfalls: readonly Shortfall[]): Shortage {
  const waits = shortfalls.map((short) => waitFor(short, expected));
  return {
    status: 'shortage',
    bottleneck: dominant(shortfalls),
    shortfalls,
    retryAfterMs: waits.reduce<number | null>(
      (longest, wait) => (longest === null || wait === null ? null : Math.max(longest, wait)),
      0,
    ),
  };
}

/** The largest share of its limit that would be in use: dominant resource fairness's measure. */
function dominant(shortfalls: readonly Shortfall[]): Shortfall {
  const share = ({ used, needed, limit }: Shortfall) => (used + needed) / Math.max(1, limit);
  return shortfalls.reduce((worst, each) => (share(each) > share(worst) ? each : worst));
}

/** Rates know their time. Money comes back with its window at best, and that is for a person to wait for. */
function waitFor(
  { dimension, retryAfterMs, used, needed, limit }: Shortfall,
  expected: Expected,
): number | null {
  if (retryAfterMs !== null) return retryAfterMs;
  if (dimension === 'moneyNanoUsd' || needed > limit) return null;
  return retryAfterCallsMs(expected, dimension === 'slots' ? used : 1);
}

/** `n` calls under way, each equally likely at any point of its time: the first is done after 1/(n+1) of one. */
function retryAfterCallsMs({ totalMs }: Expected, inFlight: number): number {
  return Math.round(
    clamp(totalMs / (Math.max(0, inFlight) + 1), timeouts.retryAfterMinMs, timeouts.retryAfterMaxMs),
  );
}
