/**
 * What a store of records can do, as interfaces: SQLite is behind them, so that a memory store can stand in when no
 * database can be opened.
 */
import type { Alarm, Ledger } from '../engine/index.ts';
import type {
  Grade,
  DecisionRecord,
  AttemptRecord,
  TransitionRecord,
  AllocationRecord,
  OutcomeRecord,
  HealthTransitionRecord,
  GradedAnswerRecord,
  EngineStateRecord,
  EndpointKeyRecord,
  DecisionSummary,
  StoredDecision,
  HistoryRow,
  RouteTotals,
  LoggedDecision,
} from './records.ts';

/** Place in a list ordered by time, then by id. */
export interface HistoryCursor {
  readonly createdAtMs: number;
  readonly decisionId: string;
}

/** How long and how large history may get. */
export interface HistoryBounds {
  readonly beforeMs: number;
  readonly maxBytes: number;
}

/** Reading, exporting and forgetting what was stored. Each call is short; long work goes in pages and chunks. */
export interface History {
  /** Oldest first, after the cursor. */
  page(page: { after: HistoryCursor | null; sinceMs: number; limit: number }): readonly HistoryRow[];
  /** Newest first, before the cursor; decisions that have an outcome. */
  logged(page: { before: HistoryCursor | null; sinceMs: number; limit: number }): readonly LoggedDecision[];
  /** From the beginning of the day (UTC) on which `sinceMs` falls. */
  totals(sinceMs: number): readonly RouteTotals[];
  /** Newest first. */
  recentOutcomes(limit: number): readonly OutcomeRecord[];
  /** Ended attempts, newest first. */
  recentAttempts(page: { sinceMs: number; limit: number }): readonly AttemptRecord[];
  alarms(limit: number): readonly Alarm[];
  /** Forgets a chunk of the oldest decisions beyond the bounds; answers how many, 0 when all are within. */
  prune(bounds: HistoryBounds): number;
  /** Forgets all that goes with decisions and learned averages; decisions themselves go through `prune`. */
  forgetRest(): void;
  /** Gives space back and keeps the file in order; for quiet moments. */
  tidy(): void;
  bytes(): number;
}

/** Saves of what happens while a task runs. They return at once: see `Store.committed`. */
export interface Saves {
  saveDecision(decision: DecisionRecord): void;
  saveAttempt(attempt: AttemptRecord): void;
  saveTransition(transition: TransitionRecord): void;
  saveAllocation(allocation: AllocationRecord): void;
  /** The last one stands: that of a tool's turn grows with each of its calls. */
  saveOutcome(outcome: OutcomeRecord): void;
  saveAlarm(alarm: Alarm): void;
  saveHealthTransition(transition: HealthTransitionRecord): void;
  saveEngineState(records: readonly EngineStateRecord[]): void;
  /** What was counted of a key that is there; nothing else of it is changed, so one that was revoked stays so. */
  saveEndpointKeyUse(key: EndpointKeyRecord): void;
}

/** Saves of what a person has said or a start needs: rare, and committed when the call returns. */
export interface RareSaves {
  saveGrade(decisionId: string, grade: Grade, atMs: number): boolean;
  /** Replaces an earlier grade of the same decision, except for its time. */
  saveGradedAnswer(answer: GradedAnswerRecord): void;
  /** Forgets all but the newest `keep` states of an area. */
  pruneEngineState(area: EngineStateRecord['area'], keep: number): void;
  /** Whether the developer agreed to use an account that was merely found. */
  saveConsent(nodeId: string, confirmed: boolean, atMs: number): void;
  /** Makes or replaces one. */
  saveEndpointKey(key: EndpointKeyRecord): void;
  /** Ends attempts and decisions that a killed daemon left running; answers how many decisions. */
  markInterrupted(atMs: number): number;
}

/** Reads see every save before them, committed or not. */
export interface Reads {
  listDecisions(page: { limit: number; beforeMs?: number | undefined }): readonly DecisionSummary[];
  readDecision(decisionId: string): StoredDecision | null;
  /** The newest decision of a task. */
  readDecisionOfTask(taskId: string): DecisionRecord | null;
  /** Graded answers, oldest first: all of one model, or the newest of all. */
  gradedAnswers(of: { readonly model: string } | { readonly newest: number }): readonly GradedAnswerRecord[];
  readEngineState(area: EngineStateRecord['area']): readonly EngineStateRecord[];
  readConsents(): ReadonlySet<string>;
  /** Revoked ones too, oldest first. */
  readEndpointKeys(): readonly EndpointKeyRecord[];
  countDecisions(sinceMs?: number): number;
  /** US dollars settled per route since the given instant. */
  spentByRoute(sinceMs: number): ReadonlyMap<string, number>;
}

/** What a place to keep records does: a file, or memory. */
export interface Records extends Saves, RareSaves, Reads {
  readonly history: History;
  close(): void;
}

/** The one store of the daemon. */
export interface Store extends Records {
  readonly mode: 'sqlite' | 'memory';
  /** Why history is not durable, when it is not. */
  readonly reason: string | null;
  /** What happened to the file at the start, when a developer should know. */
  readonly notice: string | null;
  /** Of the history file's pages in use, when it was last written. Asks nobody, so it may be read at any time. */
  readonly fileBytes: number;
  /** Who holds what, and what was spent; its changes are saves like the others, so that a restart finds them. */
  readonly ledger: Ledger;
  /**
   * null: every save before the call is in the file (in memory, when there is none that can be written), as it is for
   * somebody alone. Otherwise resolves when it is, at most one turn of the event loop later. Awaited before the first byte
   * goes to a model, and before anyone hears of a decision or an outcome.
   */
  committed(): Promise<void> | null;
}
