/** Reading, exporting and forgetting, on SQLite. */
import { existsSync, statSync } from 'node:fs';
import type { Alarm } from '../../engine/index.ts';
import type { Database } from './database.ts';
import { parseDecision } from '../decisions/decision-form.ts';
import type { FactsTable } from './facts-table.ts';
import { prepareHistory, type HistoryStatements } from './history-statements.ts';
import type { AttemptRecord, HistoryRow, LoggedDecision, OutcomeRecord, RouteTotals } from '../records.ts';
import type { History, HistoryBounds, HistoryCursor } from '../store.ts';

const dayMs = 86_400_000;
/** Decisions forgotten in one transaction: some tens of milliseconds. */
const pruneChunk = 250;
const optimizeEveryMs = dayMs;
/** Above this the log is cut back at the next quiet moment. */
const longWalBytes = 4 * 1024 * 1024;

export class SqliteHistory implements History {
  readonly #database: Database;
  readonly #statements: HistoryStatements;
  readonly #facts: FactsTable;
  #optimizedAt = 0;

  constructor(database: Database, facts: FactsTable) {
    this.#database = database;
    this.#facts = facts;
    this.#statements = prepareHistory(database);
  }

  page(page: { after: HistoryCursor | null; sinceMs: number; limit: number }): HistoryRow[] {
    const { after, sinceMs, limit } = page;
    return this.#statements.page.all({
      sinceMs,
      limit,
      atMs: after?.createdAtMs ?? -1,
      id: after?.decisionId ?? '',
    });
  }

  logged(page: { before: HistoryCursor | null; sinceMs: number; limit: number }): LoggedDecision[] {
    const { before, sinceMs, limit } = page;
    const atMs = before?.createdAtMs ?? Number.MAX_SAFE_INTEGER;
    return this.#statements.logged
      .all({ sinceMs, limit, atMs, id: before?.decisionId ?? '' })
      .map(({ record, taskId, createdAtMs, kind, prompt, chosen, grade, ...outcome }) => ({
        decision: parseDecision(
          { record, decisionId: outcome.decisionId, taskId, createdAtMs, kind, prompt, chosen },
          (name) => this.#facts.read(name),
        ),
        grade,
        outcome,
      }));
  }

  totals(sinceMs: number): RouteTotals[] {
    return this.#statements.totals.all({ day: dayOf(sinceMs) });
  }

  recentOutcomes(limit: number): OutcomeRecord[] {
    return this.#statements.recentOutcomes.all({ limit });
  }

  recentAttempts(page: { sinceMs: number; limit: number }): AttemptRecord[] {
    return this.#statements.recentAttempts.all(page).map(({ result, ...attempt }) => ({
      ...attempt,
      result: JSON.parse(result) as AttemptRecord['result'],
    }));
  }

  alarms(limit: number): Alarm[] {
    return this.#statements.alarms.all({ limit }).map(({ record }) => JSON.parse(record) as Alarm);
  }

  saveAlarm(alarm: Alarm): void {
    this.#statements.insertAlarm.run({
      routeId: alarm.routeId,
      atMs: alarm.atMs,
      record: JSON.stringify(alarm),
    });
  }

  prune({ beforeMs, maxBytes }: HistoryBounds): number {
    return this.#database
      .transaction(() => {
        const until = this.bytes() > maxBytes ? Number.MAX_SAFE_INTEGER : beforeMs;
        this.#statements.pruneDays.run({ day: dayOf(beforeMs) });
        this.#statements.pruneAlarms.run({ beforeMs });
        this.#statements.pruneHealth.run({ beforeMs });
        const { changes } = this.#statements.pruneDecisions.run({ beforeMs: until, limit: pruneChunk });
        this.#facts.forgetUnnamed();
        return changes;
      })
      .immediate();
  }

  forgetRest(): void {
    this.#database
      .transaction(() => {
        this.#database.exec(`
          DELETE FROM outcome_days; DELETE FROM alarms; DELETE FROM health_transitions;
          DELETE FROM engine_state
            WHERE area IN ('performance', 'routeCache', 'capability', 'tokenRatios', 'exploration');`);
        this.#facts.forgetUnnamed();
      })
      .immediate();
    // What is left is little; rewriting it leaves no trace of the rest in the file or in its log.
    this.#database.exec('VACUUM');
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
  }

  tidy(): void {
    this.#database.pragma('incremental_vacuum(2000)');
    if (Date.now() - this.#optimizedAt > optimizeEveryMs) {
      this.#optimizedAt = Date.now();
      this.#database.pragma('optimize');
    }
    if (this.walBytes() > longWalBytes) this.#foldWal();
  }

  /** Folds in as much of the log as can be without waiting for others. */
  checkpoint(): void {
    this.#database.pragma('wal_checkpoint(PASSIVE)');
  }

  /** Without waiting: while a reader holds on to the log, nobody can say for how long. */
  #foldWal(): void {
    const patience = Number(this.#database.pragma('busy_timeout', { simple: true }));
    this.#database.pragma('busy_timeout = 0');
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#database.pragma(`busy_timeout = ${patience}`);
  }

  /** Of the pages in use. */
  bytes(): number {
    const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
      Number(this.#database.pragma(name, { simple: true })),
    );
    return ((pages ?? 0) - (free ?? 0)) * (size ?? 0);
  }

  walBytes(): number {
    const wal = `${this.#database.name}-wal`;
    return existsSync(wal) ? statSync(wal).size : 0;
  }
}

/** Days are whole since the epoch, UTC. A bound beyond every date stays one. */
function dayOf(ms: number): number {
  return Math.floor(Math.min(Math.max(ms, 0), Number.MAX_SAFE_INTEGER) / dayMs);
}
