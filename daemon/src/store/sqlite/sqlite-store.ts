/**
 * Records on SQLite: prepared statements, one writer, each save a statement in the transaction of its caller. What SQLite
 * throws goes through: the history thread tells the guard (`guard.ts`), which knows what to do.
 */
import type {
  AllocationRecord,
  AttemptRecord,
  DecisionRecord,
  DecisionSummary,
  EndpointKeyRecord,
  EngineStateRecord,
  Grade,
  GradedAnswerRecord,
  HealthTransitionRecord,
  OutcomeRecord,
  StoredDecision,
  TransitionRecord,
} from '../records.ts';
import type { Records } from '../store.ts';
import type { Alarm } from '../../engine/index.ts';
import type { Database } from './database.ts';
import { parseDecision, type DecisionRow } from '../decisions/decision-form.ts';
import { FactsTable } from './facts-table.ts';
import { LedgerTables } from './ledger-tables.ts';
import { SqliteHistory } from './sqlite-history.ts';
import {
  attemptColumns,
  decisionColumnCount,
  decisionColumns,
  outcomeRow,
  type AttemptColumns,
  type DecisionColumns,
  type OutcomeRow,
  type StateColumns,
} from '../journal/save-rows.ts';
import { storedDecision } from '../journal/saves.ts';
import { prepareStatements } from './statements.ts';
import type { Statements } from './statements.ts';

export class SqliteStore implements Records {
  readonly history: SqliteHistory;
  readonly ledger: LedgerTables;
  readonly facts: FactsTable;
  readonly #database: Database;
  readonly #statements: Statements;
  readonly #transaction: { immediate(work: () => unknown): unknown };

  constructor(database: Database) {
    this.#database = database;
    this.#transaction = database.transaction((work: () => unknown) => work());
    this.#statements = prepareStatements(database);
    this.facts = new FactsTable(database);
    this.history = new SqliteHistory(database, this.facts);
    this.ledger = new LedgerTables(database);
  }

  saveDecision(decision: DecisionRecord): void {
    const { record, facts } = storedDecision(decision);
    for (const { name, json } of facts) {
      this.facts.save(name, json);
      this.facts.named(name, decision.createdAtMs);
    }
    this.insertDecision(decisionColumns(decision), record);
  }

  /**
   * `record`: its text in UTF-8. As bytes, the largest thing that is stored never becomes a string on its way from the
   * journal.
   */
  insertDecision(columns: DecisionColumns, record: Buffer | string): void {
    this.#statements.insertDecision.run(...columns.slice(0, decisionColumnCount), record);
  }

  saveAttempt(attempt: AttemptRecord): void {
    const { result } = attempt;
    this.insertAttempt(attemptColumns(attempt), result && JSON.stringify(result));
  }

  insertAttempt(columns: AttemptColumns, result: Buffer | string | null): void {
    this.#statements.upsertAttempt.run(...columns, result);
  }

  saveTransition(transition: TransitionRecord): void {
    this.#statements.insertTransition.run(transition);
  }

  saveAllocation({ decisionId, allocation }: AllocationRecord): void {
    this.#statements.insertAllocation.run({ decisionId, allocation: JSON.stringify(allocation) });
  }

  saveOutcome(outcome: OutcomeRecord): void {
    this.insertOutcome(outcomeRow(outcome));
  }

  insertOutcome(row: OutcomeRow): void {
    this.#statements.upsertOutcome.run(...row);
  }

  saveGrade(decisionId: string, grade: Grade, atMs: number): boolean {
    return this.#statements.upsertGrade.run({ decisionId, grade, atMs }).changes > 0;
  }

  saveGradedAnswer(answer: GradedAnswerRecord): void {
    this.#statements.upsertGradedAnswer.run(answer);
  }

  saveHealthTransition(transition: HealthTransitionRecord): void {
    this.#statements.insertHealthTransition.run(transition);
  }

  saveAlarm(alarm: Alarm): void {
    this.history.saveAlarm(alarm);
  }

  saveEngineState(records: readonly EngineStateRecord[]): void {
    for (const { area, key, json, updatedAtMs } of records) this.insertState([area, key, updatedAtMs], json);
  }

  insertState(columns: StateColumns, json: Buffer | string): void {
    this.#statements.upsertEngineState.run(...columns, json);
  }

  pruneEngineState(area: EngineStateRecord['area'], keep: number): void {
    this.#statements.pruneEngineState.run({ area, keep });
  }

  saveConsent(nodeId: string, confirmed: boolean, atMs: number): void {
    this.#statements.upsertConsent.run({ nodeId, confirmed: confirmed ? 1 : 0, atMs });
  }

  saveEndpointKey(key: EndpointKeyRecord): void {
    this.#statements.upsertEndpointKey.run({ ...key, policy: key.policy && JSON.stringify(key.policy) });
  }

  saveEndpointKeyUse({ id, lastUsedAtMs, dayMs, dayRequests, dayUsd }: EndpointKeyRecord): void {
    this.#statements.updateEndpointKeyUse.run({ id, lastUsedAtMs, dayMs, dayRequests, dayUsd });
  }

  listDecisions(page: { limit: number; beforeMs?: number | undefined }): DecisionSummary[] {
    const { limit, beforeMs } = page;
    return this.#statements.listDecisions.all({ limit, beforeMs: beforeMs ?? Number.MAX_SAFE_INTEGER });
  }

  readDecision(decisionId: string): StoredDecision | null {
    const row = this.#statements.readDecision.get({ decisionId });
    if (!row) return null;
    return {
      decision: this.#parsed(row),
      attempts: this.#statements.readAttempts.all({ decisionId }).map(({ result, ...attempt }) => ({
        ...attempt,
        result: result === null ? null : (JSON.parse(result) as AttemptRecord['result']),
      })),
      transitions: this.#statements.readTransitions.all({ decisionId }),
      allocations: this.#statements.readAllocations.all({ decisionId }).map(({ allocation }) => ({
        decisionId,
        allocation: JSON.parse(allocation) as AllocationRecord['allocation'],
      })),
      outcome: this.#statements.readOutcome.get({ decisionId }) ?? null,
      grade: row.grade,
    };
  }

  readDecisionOfTask(taskId: string): DecisionRecord | null {
    const row = this.#statements.readDecisionOfTask.get({ taskId });
    return row ? this.#parsed(row) : null;
  }

  #parsed(row: DecisionRow): DecisionRecord {
    return parseDecision(row, (name) => this.facts.read(name));
  }

  gradedAnswers(of: { model: string } | { newest: number }): GradedAnswerRecord[] {
    return 'model' in of
      ? this.#statements.gradedAnswersOfModel.all(of)
      : this.#statements.newestGradedAnswers.all(of);
  }

  readEngineState(area: EngineStateRecord['area']): EngineStateRecord[] {
    return this.#statements.readEngineState.all({ area });
  }

  readConsents(): ReadonlySet<string> {
    return new Set(this.#statements.readConsents.all({}).map((row) => row.nodeId));
  }

  readEndpointKeys(): EndpointKeyRecord[] {
    return this.#statements.readEndpointKeys.all({}).map(({ policy, ...key }) => ({
      ...key,
      policy: policy === null ? null : (JSON.parse(policy) as EndpointKeyRecord['policy']),
    }));
  }

  countDecisions(sinceMs = 0): number {
    return this.#statements.countDecisions.get({ sinceMs })?.count ?? 0;
  }

  spentByRoute(sinceMs: number): ReadonlyMap<string, number> {
    return new Map(this.#statements.spentByRoute.all({ sinceMs }).map((row) => [row.routeId, row.costUsd]));
  }

  /** Number of the last text of the journal that the file has. */
  journalMark(): number {
    return this.#statements.readJournalMark.get({})?.number ?? 0;
  }

  setJournalMark(number: number): void {
    this.#statements.setJournalMark.run(number);
  }

  markInterrupted(atMs: number): number {
    return this.atomically(() => {
      this.#statements.interruptAttempts.run({ atMs });
      return this.#statements.interruptDecisions.run({ atMs }).changes;
    });
  }

  close(): void {
    if (!this.#database.open) return;
    this.#database.pragma('optimize');
    this.#database.close();
  }

  /**
   * Runs saves as one transaction; within another one as a part of it. IMMEDIATE takes the write lock at once: a deferred
   * one that upgrades later fails despite the busy timeout.
   */
  atomically<Result>(work: () => Result): Result {
    return this.#database.inTransaction ? work() : (this.#transaction.immediate(work) as Result);
  }
}
