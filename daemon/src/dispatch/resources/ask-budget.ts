/** Stops a task at a hard budget and asks its developer. */
import type { Shortfall } from '../../engine/index.ts';
import { usdOf } from '../../engine/index.ts';
import type { Acquisition } from './acquisition.ts';
import { resetsAtMs } from './budget-book.ts';
import type { NamedBudget } from './budget-book.ts';

/** A question stands this long. */
const maxQuestionMs = 30 * 60_000;

export interface BudgetCase {
  readonly money: Shortfall;
  readonly budget: NamedBudget;
  readonly message: string;
  /** Worst case of the call; null: unknown price. */
  readonly neededNanoUsd: number | null;
}

/** `again`: allowed, or something has changed; look at the resources once more. */
export async function askBudget(
  acquisition: Acquisition,
  { money, budget, message, neededNanoUsd }: BudgetCase,
): Promise<'again' | 'cancel' | 'timeout'> {
  const { at, desk, taskId, questionId, nowMs } = acquisition;
  const timeoutMs = maxQuestionMs - acquisition.askedMs;
  if (timeoutMs <= 0) return 'timeout';
  const bucket = desk.ledger.bucket(money.bucketId, nowMs);
  acquisition.ask({
    ...{ questionId, budget: budget.name, message },
    limitUsd: usdOf(budget.limitNanoUsd),
    spentUsd: usdOf((bucket?.used ?? 0) - (bucket?.held ?? 0)),
    heldUsd: usdOf(bucket?.held ?? 0),
    neededUsd: neededNanoUsd === null ? null : usdOf(neededNanoUsd),
    resetsAtMs: resetsAtMs(budget, nowMs),
    untilMs: nowMs + timeoutMs,
  });
  const { clientId, signal } = at;
  const end = await desk.questions.ask({ questionId, taskId, clientId, timeoutMs, signal });
  acquisition.askedMs += acquisition.nowMs - nowMs;
  if (end === 'again') return 'again';
  if (end !== 'allowOnce') return end;
  at.waive(budget.name);
  return 'again';
}
