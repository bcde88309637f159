/**
 * Retry budget: in an outage of everything, retries are the load that keeps it going. Over a sliding window at most a
 * fifth of the requests may be retried, and always one, or a lone developer could never retry.
 *
 * A retry on a route that nothing speaks against is not held back: that is a failover, and the very case the router is
 * there for. It still counts, so that the doubtful ones get less.
 */
import { failover } from '../config/failover.ts';

/** Requests and retries by second, oldest first. Plain data. */
export interface RetryBudget {
  readonly seconds: readonly {
    readonly second: number;
    readonly requests: number;
    readonly retries: number;
  }[];
}

export const freshRetryBudget: RetryBudget = { seconds: [] };

/** A task began. */
export function countRequest(budget: RetryBudget, nowMs: number): RetryBudget {
  return count(budget, nowMs, { requests: 1, retries: 0 });
}

/** Whether a retry may happen now, with the budget after it. `inDoubt`: something speaks against the target. */
export function takeRetry(
  budget: RetryBudget,
  nowMs: number,
  inDoubt: boolean,
): { readonly allowed: boolean; readonly budget: RetryBudget } {
  const { seconds } = within(budget, nowMs);
  const requests = seconds.reduce((sum, each) => sum + each.requests, 0);
  const retries = seconds.reduce((sum, each) => sum + each.retries, 0);
  const most = Math.max(failover.budgetMin, failover.budgetShare * requests);
  if (inDoubt && retries + 1 > most) return { allowed: false, budget: { seconds } };
  return { allowed: true, budget: count(budget, nowMs, { requests: 0, retries: 1 }) };
}

function count(
  budget: RetryBudget,
  nowMs: number,
  more: { readonly requests: number; readonly retries: number },
): RetryBudget {
  const second = Math.floor(nowMs / 1_000);
  const { seconds } = within(budget, nowMs);
  const last = seconds.at(-1);
  if (last?.second !== second) return { seconds: [...seconds, { second, ...more }] };
  const requests = last.requests + more.requests;
  const retries = last.retries + more.retries;
  return { seconds: seconds.with(-1, { second, requests, retries }) };
}

/** Also drops seconds of the future, which a clock that stepped back leaves behind. */
function within(budget: RetryBudget, nowMs: number): RetryBudget {
  const oldest = Math.floor((nowMs - failover.budgetWindowMs) / 1_000);
  const newest = Math.floor(nowMs / 1_000);
  const isWithin = ({ second }: { readonly second: number }) => second > oldest && second <= newest;
  const { seconds } = budget;
  return seconds.every(isWithin) ? budget : { seconds: seconds.filter(isWithin) };
}
