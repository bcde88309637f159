/**
 * What is remembered, as plain records. Written by dispatch, read by handlers and by the engine at start; SQLite is
 * behind the `Store` interface so that a memory store can stand in when no database can be opened.
 */
import type { AllocationView, Policy } from '@task-router/protocol';
import type {
  Alarm,
  AttemptResult,
  GradeSource,
  HealthState,
  Ledger,
  Selection,
  SelectionInput,
  TaskKind,
  Understanding,
} from '../engine/index.ts';
import type { KnownParts } from './standing-facts.ts';

export type Grade = 'good' | 'bad';

/** A decision with everything needed to make it again. */
export interface DecisionRecord {
  readonly decisionId: string;
  readonly taskId: string;
  readonly retryOf: string | null;
  readonly createdAtMs: number;
  readonly client: 'editor' | 'cli' | 'tool';
  /** Of a call through the endpoint: by whose key. */
  readonly tool?: { readonly keyId: string; readonly name: string };
  readonly kind: TaskKind;
  /** Tasks of one share the beginning of their prompts; absent: decided by an older daemon. */
  readonly conversationId?: string;
  /** SHA-256 of the prompt and of each context text; the text itself only when the developer asked to keep it. */
  readonly promptSha256: string;
  readonly promptChars: number;
  readonly prompt: string | null;
  readonly context: readonly {
    readonly file: string;
    readonly range: { readonly startLine: number; readonly endLine: number } | null;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly skippedContext: readonly { readonly file: string; readonly reason: string }[];
  /** What the task was understood as; no text. Absent in decisions of older daemons. */
  readonly understanding?: Understanding;
  /** The prompt folded to a few bytes (base64), to find similar tasks again: too little to read it back. */
  readonly sketch?: string;
  /** The engine's whole input and output: the replay compares `selection` with a new run on `input`. */
  readonly input: SelectionInput;
  readonly selection: Selection;
  /** Labels of the routes as they were shown: id → label and provider. */
  readonly labels: Readonly<Record<string, { readonly label: string; readonly provider: string }>>;
  readonly cached: boolean;
  readonly decidedInUs: number;
  readonly versions: {
    readonly engine: string;
    readonly policy: string;
    readonly catalog: string;
    /** Of the trained weights; absent in decisions of older daemons. */
    readonly routing?: string;
  };
  /** What the record is written with, sooner than as JSON, which leaves this out; absent: it was read back. */
  readonly known?: () => KnownParts;
}

export interface AttemptRecord {
  readonly attemptId: string;
  readonly decisionId: string;
  readonly routeId: string;
  readonly startedAtMs: number;
  /** null while it runs; a start that finds one marks it `interrupted`. */
  readonly result:
    | (Omit<AttemptResult, 'status' | 'routeId' | 'session' | 'cachedInputTokens'> & {
        readonly status: AttemptResult['status'] | 'interrupted';
        readonly message: string | null;
        /** A limit of ours on the answer, and why there was one. */
        readonly cap?: { readonly maxOutputTokens: number; readonly reason: string } | null;
        readonly cachedInputTokens: number | null;
        readonly reasoningTokens: number | null;
        readonly finishReason: string | null;
        /** What a developer should know of an answer that came all the same; absent: nothing. */
        readonly warning?: string;
      })
    | null;
}

export interface TransitionRecord {
  readonly decisionId: string;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly message: string;
  readonly mode: 'continue' | 'restart';
  readonly atMs: number;
  /** Characters of the answer shown before. */
  readonly textOffset: number;
}

/** How the resources of an attempt were found where something was short, as it was shown. */
export interface AllocationRecord {
  readonly decisionId: string;
  readonly allocation: AllocationView;
}

export interface OutcomeRecord {
  readonly decisionId: string;
  readonly endedAtMs: number;
  readonly status: 'succeeded' | 'failed' | 'cancelled' | 'interrupted';
  readonly routeId: string | null;
  readonly attempts: number;
  readonly finishReason: string | null;
  readonly queuedMs: number;
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly costUsd: number | null;
  readonly errorCode: string | null;
}

export interface HealthTransitionRecord {
  readonly routeId: string;
  readonly from: HealthState;
  readonly to: HealthState;
  readonly reason: string;
  readonly atMs: number;
}

/** A graded answer as a model learns from it. */
export interface GradedAnswerRecord {
  readonly decisionId: string;
  /** Identity of the model over all nodes that serve it. */
  readonly model: string;
  readonly taskClass: string;
  /** 0 useless .. 1 as wished. */
  readonly value: number;
  readonly source: GradeSource;
  /** Chance with which the decision led to this model. */
  readonly propensity: number;
  /** Chance of success that was expected at the decision. */
  readonly expected: number;
  /** Of the prompt; null where none was stored. */
  readonly sketch: string | null;
  /** When it was graded first: a changed grade keeps its place in the order. */
  readonly atMs: number;
}

/** Saved state of the engine's areas, by area and key, as JSON. */
export interface EngineStateRecord {
  readonly area:
    | 'performance'
    | 'health'
    | 'routeCache'
    | 'routeCacheEpoch'
    | 'capability'
    | 'tokenRatios'
    | 'limits'
    | 'outputSizes'
    | 'warnings'
    | 'exploration'
    | 'coldStart'
    | 'nodeHealth'
    | 'context'
    | 'balance'
    | 'conversation'
    | 'kindOutput';
  readonly key: string;
  /** May be made only when it is asked for. */
  readonly json: string;
  readonly updatedAtMs: number;
}

/** A key of the endpoint for other tools, without the key. */
export interface EndpointKeyRecord {
  readonly id: string;
  /** The tool's. */
  readonly name: string;
  /** SHA-256 of the key, in hex. */
  readonly digest: string;
  readonly policy: Policy | null;
  readonly dailyBudgetUsd: number | null;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  /** null: in force. */
  readonly revokedAtMs: number | null;
  /** Midnight of the day that the next two are about. */
  readonly dayMs: number;
  readonly dayRequests: number;
  readonly dayUsd: number;
}

export interface DecisionSummary {
  readonly decisionId: string;
  readonly taskId: string;
  readonly createdAtMs: number;
  readonly kind: TaskKind;
  readonly prompt: string | null;
  readonly route: string | null;
  readonly status: OutcomeRecord['status'] | 'running';
  readonly attempts: number;
  readonly totalMs: number | null;
  readonly costUsd: number | null;
  readonly grade: Grade | null;
}

export interface StoredDecision {
  readonly decision: DecisionRecord;
  readonly attempts: readonly AttemptRecord[];
  readonly transitions: readonly TransitionRecord[];
  /** Of a decision the newest twenty, in order. */
  readonly allocations: readonly AllocationRecord[];
  readonly outcome: OutcomeRecord | null;
  readonly grade: Grade | null;
}

/** One row of the exported history: a decision with how it ended. */
export interface HistoryRow extends DecisionSummary {
  readonly finishReason: string | null;
  readonly queuedMs: number | null;
  readonly firstTokenMs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly errorCode: string | null;
}

/** What was spent and reached on one route, over whole days. */
export interface RouteTotals {
  readonly routeId: string;
  readonly tasks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly costUsd: number;
  /** Tasks whose cost is not known; `costUsd` is then a lower bound. */
  readonly unpriced: number;
  readonly totalMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
}

/** A decision with what became of it: what a replay under another policy learns from. */
export interface LoggedDecision {
  readonly decision: DecisionRecord;
  readonly outcome: OutcomeRecord;
  readonly grade: Grade | null;
}

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
   * Resolves when every save before the call is in the file (in memory, when there is none that can be written): at
   * most one turn of the event loop later, and at once for somebody alone. Awaited before the first byte goes to a model, and before anyone hears of
   * a decision or an outcome.
   */
  committed(): Promise<void>;
}
