/**
 * What a decision may risk and should save: the exploration account, and the pacer of the budgets. Both become part of
 * the engine's input, so that a stored decision replays with what was true then.
 */
import type { Budget } from '@task-router/protocol';
import type {
  Clock,
  ExplorationAccount,
  ExplorationFacts,
  PacerState,
  PacingFacts,
  PolicyLayer,
  SelectionInput,
} from '../../engine/index.ts';
import {
  createExplorationAccount,
  explorationFacts,
  initialPacer,
  pace,
  paceTargetUsd,
  settleExploration,
} from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { RunParams } from './task-reader.ts';
import { StoredState } from '../memory/stored-state.ts';

const stateKey = 'account';
/** Requests expected in a day of which nothing is known yet. */
const usualPerDay = 20;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

export class Spending {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #kept: StoredState<ExplorationAccount>;
  #account: ExplorationAccount;
  /** By window: what is left of a day says nothing of the month. Kept in memory. */
  readonly #pacers = new Map<Budget['window'], PacerState>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#kept = new StoredState({ area: 'exploration', store, clock }, readAccount);
    this.#account = this.#kept.get(stateKey) ?? createExplorationAccount(clock.nowMs());
  }

  /** What goes into the engine's input. Absent parts: no exploration, no budget. */
  facts(
    params: RunParams,
    policies: readonly PolicyLayer['policy'][],
    budgets: readonly Budget[],
  ): Pick<SelectionInput, 'exploration' | 'pacing'> {
    const mayExplore = isFirstTurn(params) && policies.every(({ explore }) => explore !== false);
    const facts: { exploration?: ExplorationFacts; pacing?: PacingFacts } = {};
    if (mayExplore) facts.exploration = explorationFacts(this.#account, this.#clock.nowMs());
    if (budgets.length > 0) facts.pacing = { lambda: this.#lambdaOf(budgets) };
    return facts;
  }

  /** Of the window that is furthest over its plan. */
  #lambdaOf(budgets: readonly Budget[]): number {
    let most = 0;
    for (const { window } of budgets) most = Math.max(most, this.#pacers.get(window)?.lambda ?? 0);
    return most;
  }

  /** Books a trial when it is decided, so that two tasks at once do not spend the same one. */
  decided({ selection }: DecisionRecord): void {
    if (selection.exploration !== undefined) this.#book(selection, 0);
  }

  /** Books what a task has cost; unknown costs are none that could be paced. */
  settled(costUsd: number | null, budgets: readonly Budget[]): void {
    const spentUsd = costUsd ?? 0;
    if (spentUsd > 0) this.#book({}, spentUsd);
    for (const { window, limitUsd } of tightest(budgets)) {
      const targetUsd = paceTargetUsd(this.#standing(window, limitUsd));
      this.#pacers.set(window, pace(this.#pacers.get(window) ?? initialPacer, { spentUsd, targetUsd }));
    }
  }

  #book(selection: Pick<DecisionRecord['selection'], 'exploration'>, costUsd: number): void {
    const atMs = this.#clock.nowMs();
    this.#account = settleExploration(this.#account, selection, { costUsd, atMs });
    this.#kept.set(stateKey, this.#account);
  }

  /** The budget before the request that is being settled, and how many more its window will see, by its own past. */
  #standing(window: Budget['window'], limitUsd: number) {
    const nowMs = this.#clock.nowMs();
    const { startMs, endMs } = windowOf(window, nowMs);
    const spent = [...this.#store.spentByRoute(startMs).values()].reduce((sum, usd) => sum + usd, 0);
    const lengthMs = endMs - startMs;
    // By the hour: the store then counts a stretch once, and not anew for every task.
    const lately = this.#store.countDecisions(Math.floor((nowMs - lengthMs) / hourMs) * hourMs);
    const expected = Math.max(lately, (usualPerDay * lengthMs) / dayMs);
    return { limitUsd, spentUsd: spent, requestsLeft: (expected * (endMs - nowMs)) / lengthMs };
  }
}

/** One decision a turn: a retry or a later turn of a conversation, a pinned or critical task is no place to try things. */
function isFirstTurn({ task, pin, retryOf, previousTaskId }: RunParams): boolean {
  return (
    task.priority !== 'critical' && pin === undefined && retryOf === undefined && previousTaskId === undefined
  );
}

/** Of several budgets over one window the lowest decides. */
function tightest(budgets: readonly Budget[]): readonly Budget[] {
  const least = new Map<Budget['window'], Budget>();
  for (const budget of budgets) {
    const known = least.get(budget.window);
    if (known === undefined || budget.limitUsd < known.limitUsd) least.set(budget.window, budget);
  }
  return [...least.values()];
}

/** Days and months of the developer's own calendar. */
function windowOf(window: Budget['window'], nowMs: number): { startMs: number; endMs: number } {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  return window === 'day'
    ? { startMs: +new Date(year, month, day), endMs: +new Date(year, month, day + 1) }
    : { startMs: +new Date(year, month, 1), endMs: +new Date(year, month + 1, 1) };
}

function readAccount(stored: unknown): ExplorationAccount | null {
  const account = (stored ?? {}) as ExplorationAccount;
  const { saved, day, costUsd, extraUsd, lastDayCostUsd } = account;
  const amounts = [saved, day, costUsd, extraUsd, lastDayCostUsd];
  return amounts.every((amount) => Number.isFinite(amount) && amount >= 0) ? account : null;
}
