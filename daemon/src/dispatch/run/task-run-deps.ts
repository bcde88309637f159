/** What running a decided task takes: the task as it was decided, and the daemon's long-lived parts. */
import type { RouterEvent } from '@task-router/protocol';
import type { ConfigFile } from '../../config/config-file.ts';
import type { Clock } from '../../engine/index.ts';
import type { ModelCall } from '../../providers/model-call.ts';
import type { DecisionRecord, OutcomeRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { FollowedTask } from '../memory/balance-memory.ts';
import type { RouteHandles } from '../decide/facts.ts';
import type { Lessons } from '../memory/lessons.ts';
import type { LocalServers } from '../local/local-servers.ts';
import type { Monitor } from '../health/monitor.ts';
import type { OutsideAnswer } from '../outside/outside-answer.ts';
import type { OutsideCall } from '../outside/outside-call.ts';
import type { RouteStates } from '../health/route-states.ts';
import type { TaskBudgets } from '../resources/budget-book.ts';
import type { ResourceDesk } from '../resources/desk.ts';
import type { Spending } from '../decide/spending.ts';
import type { TokenMemory } from '../memory/token-memory.ts';
import type { RetryGate } from './retry-gate.ts';

export interface TaskRunDeps {
  readonly clock: Clock;
  readonly store: Store;
  readonly states: RouteStates;
  readonly monitor: Monitor;
  readonly resources: ResourceDesk;
  readonly retries: RetryGate;
  readonly lessons: Lessons;
  readonly local: LocalServers;
  readonly tokens: TokenMemory;
  readonly spending: Spending;
  readonly config: ConfigFile;
  readonly createId: () => string;
  readonly emit: (event: RouterEvent) => void;
  /** False: nobody would hear of an event, so none needs to be made. */
  readonly isHeard: () => boolean;
}

/** What a call through the endpoint has besides. */
export interface OutsideRun {
  readonly call: OutsideCall;
  readonly answer: OutsideAnswer;
  /** What the turns of its task before this one came to; null: it is the first. */
  readonly before: OutcomeRecord | null;
}

export interface TaskRun {
  readonly record: DecisionRecord;
  readonly handles: Pick<RouteHandles, 'get'>;
  /** Told where the task runs, and of each attempt that was called. */
  readonly followed: FollowedTask;
  readonly call: ModelCall;
  /** Characters of the call. */
  readonly chars: number;
  /** The caller's own limit on the answer, in tokens; null: none. */
  readonly maxOutputTokens: number | null;
  /** A call of another tool; null: a task of ours. */
  readonly outside: OutsideRun | null;
  readonly signal: AbortSignal;
  /** As they are at this moment: config.jsonc may change while a task waits. */
  readonly budgets: () => TaskBudgets;
  readonly onBudget: 'ask' | 'fail';
  /** Whose task it is; latency is judged over several. */
  readonly clientId: string;
  /** An answer that broke off and is taken up again, with the route that wrote it. */
  readonly resume: { readonly text: string; readonly route: string } | null;
}
