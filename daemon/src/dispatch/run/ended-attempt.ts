/** How an attempt ended, and what it took. */
import type { RouterError } from '@task-router/protocol';
import type { AttemptEnd } from './attempt-end.ts';
import type { CutPrompt } from '../local/context-guard.ts';
import type { Acquired } from '../resources/acquire.ts';

export type Held = Extract<Acquired, { status: 'held' }>;

export interface EndedAttempt {
  readonly routeId: string;
  readonly end: AttemptEnd;
  readonly costUsd: number | null;
  /** It was to go on from what was shown. */
  readonly continued: boolean;
  /** False: it ended before anything was sent. */
  readonly wasCalled: boolean;
  /** In line for resources; and for the developer's word, which does not count against the deadline. */
  readonly waitedMs: number;
  readonly askedMs: number;
  /** Why it got no resources. */
  readonly refusal?: RouterError;
  /** A route that was found better while resources were looked for, with what is held for it. */
  readonly rerouted?: Held;
  /** A limit of ours on the answer. */
  readonly cap?: Held['cap'];
  /** The server answered, and did not read all of the task. */
  readonly cut: CutPrompt | null;
}
