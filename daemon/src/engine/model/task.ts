/**
 * What the engine knows of a task. Like all of model/ these are no wire types: mappers in server/ translate, so that the
 * engine depends on nothing and the wire can change without it (and the other way round). And like all of it this is
 * plain data: it can be stored as JSON and given back for an exact replay.
 */

export type TaskKind =
  'explain' | 'fix' | 'refactor' | 'test' | 'document' | 'generate' | 'review' | 'commit' | 'chat';

export type Priority = 'critical' | 'interactive' | 'background' | 'batch';

/** What the engine knows of a task. No text: prompts stay outside. */
export interface TaskFacts {
  readonly taskId: string;
  readonly kind: TaskKind;
  readonly language: string | null;
  /** Estimated tokens of prompt and context together, for a usual tokenizer. */
  readonly inputTokens: number;
  /** Estimated tokens of the answer. */
  readonly outputTokens: number;
  readonly needs: Needs;
  readonly priority: Priority;
  /** Whole-task deadline over all attempts; null: the policy's default. */
  readonly deadlineMs: number | null;
  readonly maxCostUsd: number | null;
  /** Only this route, when the developer chose one. */
  readonly pin: string | null;
  /** Never these routes (retry on another). */
  readonly exclude: readonly string[];
}

export interface Needs {
  readonly tools: boolean;
  readonly vision: boolean;
  readonly structuredOutput: boolean;
  readonly reasoning: boolean;
}
