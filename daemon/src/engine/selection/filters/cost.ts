/**
 * Cost caps of the policy's layers and of the task itself, each by itself. An unknown price is reckoned at the
 * assumed one, so that a cap neither ignores it nor shuts out every server without a price list.
 */
import type { Restriction } from '../../model/policy.ts';
import type { Expected, Rejection } from '../../model/selection.ts';
import { reckonedCostUsd } from '../expected.ts';
import { wordUsd } from '../words.ts';
import { keep, type Filter, type FilterContext } from './filter.ts';

export const costFilter: Filter = (_route, context) => {
  const caps = costCaps(context);
  if (caps.length === 0) return keep;
  const usd = reckonedCostUsd(context.task, context.expected);
  const exceeded = caps.filter(({ value }) => isOver(usd, value));
  // The cap that is hardest to meet is named first; of equal ones the widest layer's.
  return exceeded.sort((a, b) => a.value - b.value).map((cap) => costRejection(usd, cap, context.expected));
};

/** Caps in force, widest layer first, the task's own last. */
export function costCaps({
  task,
  policy,
}: Pick<FilterContext, 'task' | 'policy'>): readonly Restriction<number>[] {
  return task.maxCostUsd === null
    ? policy.costCaps
    : [...policy.costCaps, { value: task.maxCostUsd, setting: 'This task: maxCostUsd' }];
}

/** Also over a cap that is no number: a broken cap must not open the purse. */
function isOver(usd: number, capUsd: number): boolean {
  return !(usd <= capUsd);
}

function costRejection(usd: number, cap: Restriction<number>, expected: Expected): Rejection {
  const [costs, limit] = [wordUsd(usd), wordUsd(cap.value)];
  const reason =
    expected.costUsd === null
      ? `its price is unknown; at an assumed one the task costs ${costs}, the cap is ${limit}`
      : `expected to cost ${costs}, the cap is ${limit}`;
  return { code: 'policy.costCap', reason, setting: cap.setting };
}
