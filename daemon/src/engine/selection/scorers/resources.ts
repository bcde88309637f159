/**
 * `1 - ln(1 + cost/bend) / ln(1 + max/bend)`: 1 for a free task, 0 from `cost.maxUsd` on. Logarithmic, because the
 * prices of usable models span four orders of magnitude. An unknown price is neither free nor hopeless: it counts as
 * the assumed price would, and at most `cost.unknownPriceCeiling`.
 */
import { cost } from '../../config/selection.ts';
import { clampUnit } from '../../math/clamp.ts';
import type { Expected } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';
import { reckonedCostUsd } from '../expected.ts';

const fullScale = Math.log1p(cost.maxUsd / cost.bendUsd);

export function resourcesPart(task: TaskFacts, expected: Expected): number {
  const part = 1 - clampUnit(Math.log1p(reckonedCostUsd(task, expected) / cost.bendUsd) / fullScale);
  return expected.costUsd === null ? Math.min(part, cost.unknownPriceCeiling) : part;
}
