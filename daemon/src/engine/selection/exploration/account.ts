/**
 * The accounts that cap exploration, as a value that the caller keeps as JSON: how many trials are saved up, and what
 * trying has cost of the day's money. `explorationFacts` turns them into what a decision reads, `settleExploration`
 * books a decision.
 */
import { exploration } from '../../config/selection.ts';
import { clamp } from '../../math/clamp.ts';
import type { ExplorationFacts, Selection } from '../../model/selection.ts';

export interface ExplorationAccount {
  /** Trials saved up: each decision with near ties earns `exploration.share`, each trial costs one. */
  readonly saved: number;
  /** Days since the epoch. */
  readonly day: number;
  /** US dollars spent on the day, and the part of it that trying has added. */
  readonly costUsd: number;
  readonly extraUsd: number;
  /** US dollars of the last day with any: the yardstick while the new day is young. */
  readonly lastDayCostUsd: number;
}

const dayMs = 86_400_000;

export function createExplorationAccount(nowMs: number): ExplorationAccount {
  return { saved: 1, day: dayOf(nowMs), costUsd: 0, extraUsd: 0, lastDayCostUsd: 0 };
}

/** What a decision may do now: draw while a trial is saved up, and spend what is left of the day's share. */
export function explorationFacts(account: ExplorationAccount, nowMs: number): ExplorationFacts {
  const { saved, costUsd, extraUsd, lastDayCostUsd } = onDay(account, nowMs);
  return {
    share: saved >= 1 ? 1 : 0,
    extraCostLeftUsd: Math.max(0, exploration.extraCostShare * Math.max(costUsd, lastDayCostUsd) - extraUsd),
  };
}

/**
 * Books a decision and what it cost (US dollars; of a decision without near ties only the cost counts). A trial is
 * booked at its expected extra cost, because what the best route would have cost is never measured.
 */
export function settleExploration(
  account: ExplorationAccount,
  selection: Pick<Selection, 'exploration'>,
  spent: { readonly costUsd: number; readonly atMs: number },
): ExplorationAccount {
  const today = onDay(account, spent.atMs);
  const { exploration: result } = selection;
  const trial = result?.explored === true;
  const earned = result === undefined ? 0 : exploration.share;
  return {
    ...today,
    saved: clamp(today.saved + earned - (trial ? 1 : 0), 0, exploration.maxSaved),
    costUsd: today.costUsd + Math.max(0, spent.costUsd),
    extraUsd: today.extraUsd + (trial ? result.extraCostUsd : 0),
  };
}

function onDay(account: ExplorationAccount, nowMs: number): ExplorationAccount {
  const day = dayOf(nowMs);
  // A clock that stepped back stays on the day it had: the caps must not be granted twice.
  if (day <= account.day) return account;
  const lastDayCostUsd = account.costUsd > 0 ? account.costUsd : account.lastDayCostUsd;
  return { ...account, day, costUsd: 0, extraUsd: 0, lastDayCostUsd };
}

function dayOf(nowMs: number): number {
  return Math.floor(nowMs / dayMs);
}
