/**
 * Budgets as claims. A budget's bucket carries its scope and window, so a call that began before midnight settles into
 * the day it was held in, and nothing has to be reset. Every budget that applies is claimed by itself: a workspace's can
 * only add a limit, never lift one.
 */
import type { Claim } from './ledger.ts';

export interface Budget {
  readonly scope: 'user' | 'workspace' | 'tool';
  /** Which workspace or tool; null for the user's own. */
  readonly workspaceId: string | null;
  readonly window: 'day' | 'month' | 'task';
  readonly limitNanoUsd: number;
  readonly hard: boolean;
}

export interface BudgetMoment {
  readonly nowMs: number;
  /** Of the developer's clock: a day begins at their midnight. */
  readonly utcOffsetMinutes: number;
}

export interface BudgetRequest extends BudgetMoment {
  readonly taskId: string;
  /** null: none, so only the user's budgets apply. */
  readonly workspaceId: string | null;
  readonly predictedNanoUsd: number | null;
  readonly worstNanoUsd: number | null;
}

export interface BudgetCheck {
  readonly claims: readonly Claim[];
  /** Hard budgets that stop a call whose price nobody knows. Soft ones let it pass and don't count it. */
  readonly blockedByUnknownPrice: readonly Budget[];
}

/** Hard budgets claim the worst case, soft ones what is expected. */
export function budgetClaims(budgets: readonly Budget[], request: BudgetRequest): BudgetCheck {
  const applying = budgets.filter(
    ({ scope, workspaceId }) => scope === 'user' || workspaceId === request.workspaceId,
  );
  const amountOf = ({ hard }: Budget) => (hard ? request.worstNanoUsd : request.predictedNanoUsd);
  return {
    claims: applying.flatMap((budget) => {
      const amount = amountOf(budget);
      return amount === null ? [] : [claimOf(budget, amount, request)];
    }),
    blockedByUnknownPrice: applying.filter((budget) => budget.hard && request.worstNanoUsd === null),
  };
}

function claimOf(budget: Budget, amount: number, request: BudgetRequest): Claim {
  return {
    bucketId: budgetBucketId(budget, request),
    dimension: 'moneyNanoUsd',
    amount,
    limit: budget.limitNanoUsd,
    hard: budget.hard,
    blockedUntilMs: null,
  };
}

/** Of the buckets of tasks' own budgets; a task's budget is always the user's. */
export const taskBucketPrefix = 'money/user/task/';

/**
 * Where a budget is counted. Two budgets of one scope and window with different limits share it: the spending is the same,
 * and the lower limit decides.
 */
export function budgetBucketId(
  { scope, workspaceId, window }: Pick<Budget, 'scope' | 'workspaceId' | 'window'>,
  request: BudgetMoment & { readonly taskId: string },
): string {
  const owner = scope === 'user' ? 'user' : `${scope}/${workspaceId ?? ''}`;
  const instance = window === 'task' ? request.taskId : windowKey(window, request);
  return `money/${owner}/${window}/${instance}`;
}

/** `2026-11-22` or `2026-11`, on the developer's clock. */
function windowKey(window: 'day' | 'month', { nowMs, utcOffsetMinutes }: BudgetMoment): string {
  const local = new Date(nowMs + utcOffsetMinutes * 60_000);
  const month = `${local.getUTCFullYear()}-${twoDigits(local.getUTCMonth() + 1)}`;
  return window === 'day' ? `${month}-${twoDigits(local.getUTCDate())}` : month;
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/** When the window ends; null: a task's never does. */
export function budgetResetsAtMs(
  window: Budget['window'],
  { nowMs, utcOffsetMinutes }: BudgetMoment,
): number | null {
  if (window === 'task') return null;
  const local = new Date(nowMs + utcOffsetMinutes * 60_000);
  const next =
    window === 'day'
      ? Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + 1)
      : Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1);
  return next - utcOffsetMinutes * 60_000;
}
