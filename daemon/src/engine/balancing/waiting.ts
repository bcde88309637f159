/**
 * How long a call would wait for a slot, from the exact ledger: the work that the route has taken on, shared among its
 * slots, and a half more. That is longer than until the first slot is free, on purpose: whoever queues here also delays
 * those that come after, and counting only its own wait measured worse at every load.
 */
import { balance } from '../config/balancing.ts';

/** One call that a route has taken on. */
export interface LeaseWork {
  readonly predictedMs: number;
  /** null: it still waits for a slot. */
  readonly startedAtMs: number | null;
}

/** Milliseconds; 0 while a slot is free or where no limit is known. */
export function expectedWaitMs(leases: readonly LeaseWork[], slots: number | null, nowMs: number): number {
  if (slots === null || leases.length < slots) return 0;
  const work = leases.reduce((sum, lease) => sum + remainingMs(lease, nowMs), 0);
  return Math.min((balance.waitWeight * work) / Math.max(1, slots), balance.maxMs);
}

/** The longer a call has run, the longer it is believed to go on: answers have long tails. */
function remainingMs({ predictedMs, startedAtMs }: LeaseWork, nowMs: number): number {
  const elapsedMs = startedAtMs === null ? 0 : Math.max(0, nowMs - startedAtMs);
  return Math.max(balance.leastRemainingMs, predictedMs - elapsedMs, balance.remainingTail * elapsedMs);
}
