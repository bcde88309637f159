/** What is remembered, as plain records. Written by dispatch, read by handlers and by the engine at start. */
import type { AllocationView, Policy } from '@task-router/protocol';
import type {
  AttemptResult,
  GradeSource,
  HealthState,
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
  /**
   * SHA-256 of the prompt, as far as it was read (`understoodChars`; by older daemons of all of it), and of each context text;
   * the text itself only when the developer asked to keep it.
   */
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
