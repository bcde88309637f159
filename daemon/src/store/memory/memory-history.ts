/** Reading and forgetting what the memory store holds: the same answers as SQLite's, over a few hundred decisions. */
import type { Alarm } from '../../engine/index.ts';
import type {
  AllocationRecord,
  AttemptRecord,
  DecisionRecord,
  DecisionSummary,
  Grade,
  HistoryRow,
  LoggedDecision,
  OutcomeRecord,
  RouteTotals,
  TransitionRecord,
} from '../records.ts';
import type { History, HistoryBounds, HistoryCursor } from '../store.ts';

const keptAlarms = 200;
const dayMs = 86_400_000;

export interface Entry {
  readonly decision: DecisionRecord;
  readonly attempts: Map<string, AttemptRecord>;
  readonly transitions: TransitionRecord[];
  readonly allocations: AllocationRecord[];
  outcome: OutcomeRecord | null;
  grade: Grade | null;
  /** Attempts whose cost a durable store has counted already. */
  readonly counted: ReadonlySet<string>;
}

export class MemoryHistory implements History {
  readonly #entries: Map<string, Entry>;
  readonly #alarms: Alarm[] = [];

  constructor(entries: Map<string, Entry>) {
    this.#entries = entries;
  }

  page(page: { after: HistoryCursor | null; sinceMs: number; limit: number }): HistoryRow[] {
    return this.#since(page.sinceMs)
      .filter(({ decision }) => page.after === null || compare(decision, page.after) > 0)
      .slice(0, page.limit)
      .map(row);
  }

  logged(page: { before: HistoryCursor | null; sinceMs: number; limit: number }): LoggedDecision[] {
    return this.#since(page.sinceMs)
      .reverse()
      .filter(({ decision }) => page.before === null || compare(decision, page.before) < 0)
      .flatMap(({ decision, outcome, grade }) => (outcome ? [{ decision, outcome, grade }] : []))
      .slice(0, page.limit);
  }

  totals(sinceMs: number): RouteTotals[] {
    const fromMs = Math.floor(sinceMs / dayMs) * dayMs;
    const totals = new Map<string, RouteTotals>();
    for (const { outcome } of this.#entries.values()) {
      if (outcome === null || outcome.endedAtMs < fromMs) continue;
      totals.set(outcome.routeId ?? '', added(totals.get(outcome.routeId ?? ''), outcome));
    }
    return [...totals.values()].sort((a, b) => b.tasks - a.tasks);
  }

  recentOutcomes(limit: number): OutcomeRecord[] {
    return [...this.#entries.values()]
      .flatMap(({ outcome }) => outcome ?? [])
      .sort((a, b) => b.endedAtMs - a.endedAtMs)
      .slice(0, limit);
  }

  recentAttempts(page: { sinceMs: number; limit: number }): AttemptRecord[] {
    return [...this.#entries.values()]
      .flatMap(({ attempts }) => [...attempts.values()])
      .filter(({ result }) => result !== null && result.endedAtMs >= page.sinceMs)
      .sort((a, b) => (b.result?.endedAtMs ?? 0) - (a.result?.endedAtMs ?? 0))
      .slice(0, page.limit);
  }

  alarms(limit: number): Alarm[] {
    return this.#alarms.slice(0, limit);
  }

  saveAlarm(alarm: Alarm): void {
    this.#alarms.unshift(alarm);
    this.#alarms.length = Math.min(this.#alarms.length, keptAlarms);
  }

  prune({ beforeMs }: HistoryBounds): number {
    const old = [...this.#entries.values()].filter(
      ({ decision, outcome }) => outcome !== null && decision.createdAtMs < beforeMs,
    );
    for (const { decision } of old) this.#entries.delete(decision.decisionId);
    return old.length;
  }

  forgetRest(): void {
    this.#alarms.length = 0;
  }

  tidy(): void {
    // Nothing to tidy: what is dropped here is gone.
  }

  bytes(): number {
    return 0;
  }

  #since(sinceMs: number): Entry[] {
    return [...this.#entries.values()]
      .filter(({ decision }) => decision.createdAtMs >= sinceMs)
      .sort((a, b) => compare(a.decision, b.decision));
  }
}

function compare(a: HistoryCursor | DecisionRecord, b: HistoryCursor | DecisionRecord): number {
  return (
    a.createdAtMs - b.createdAtMs || (a.decisionId < b.decisionId ? -1 : Number(a.decisionId > b.decisionId))
  );
}

function row(entry: Entry): HistoryRow {
  const { outcome } = entry;
  const shown = summary(entry);
  if (outcome === null) return { ...shown, ...notEnded };
  const { finishReason, queuedMs, firstTokenMs, inputTokens, outputTokens } = outcome;
  const { cachedInputTokens, reasoningTokens, errorCode } = outcome;
  const ended = { finishReason, queuedMs, firstTokenMs, inputTokens, outputTokens };
  return { ...shown, ...ended, cachedInputTokens, reasoningTokens, errorCode };
}

const notEnded = {
  ...{ finishReason: null, queuedMs: null, firstTokenMs: null, inputTokens: null, outputTokens: null },
  ...{ cachedInputTokens: null, reasoningTokens: null, errorCode: null },
};

const noTotals: Omit<RouteTotals, 'routeId'> = {
  ...{ tasks: 0, succeeded: 0, failed: 0, costUsd: 0, unpriced: 0 },
  ...{ totalMs: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
};

function added(before: Omit<RouteTotals, 'routeId'> = noTotals, outcome: OutcomeRecord): RouteTotals {
  const known = (count: number | null): number => count ?? 0;
  return {
    routeId: outcome.routeId ?? '',
    tasks: before.tasks + 1,
    succeeded: before.succeeded + Number(outcome.status === 'succeeded'),
    failed: before.failed + Number(outcome.status === 'failed'),
    costUsd: before.costUsd + known(outcome.costUsd),
    unpriced: before.unpriced + Number(outcome.costUsd === null),
    totalMs: before.totalMs + outcome.totalMs,
    inputTokens: before.inputTokens + known(outcome.inputTokens),
    outputTokens: before.outputTokens + known(outcome.outputTokens),
    cachedTokens: before.cachedTokens + known(outcome.cachedInputTokens),
  };
}

export function summary({ decision, attempts, outcome, grade }: Entry): DecisionSummary {
  return {
    decisionId: decision.decisionId,
    taskId: decision.taskId,
    createdAtMs: decision.createdAtMs,
    kind: decision.kind,
    prompt: decision.prompt,
    route: outcome?.routeId ?? decision.selection.chosen,
    status: outcome?.status ?? 'running',
    attempts: attempts.size,
    totalMs: outcome?.totalMs ?? null,
    costUsd: outcome?.costUsd ?? null,
    grade,
  };
}
