/**
 * One task from its arrival to its end: announce it, decide, store the decision, and run its plan. Everything that
 * happens is emitted to the client in order. A call of another tool goes the same way; a later call of a turn goes on
 * with the decision of that turn.
 */
import type { ResultOf, RouterEvent, routeRequest } from '@task-router/protocol';
import { toRouterError } from '@task-router/protocol';
import type { TaskKind } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { DecisionRecord, OutcomeRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { FollowedTask } from './memory/balance-memory.ts';
import { decideTask, goOnWith, understand } from './decide/decide-task.ts';
import type { ArrivedCall, ArrivedTask, DecideTaskDeps, Decided, Understood } from './decide/decide-task.ts';
import { taskTitle } from './decide/decide.ts';
import type { Lessons } from './memory/lessons.ts';
import { noRouteError } from './decide/no-route.ts';
import type { Monitor } from './health/monitor.ts';
import { budgetsOf } from './resources/budget-book.ts';
import type { TaskBudgets } from './resources/budget-book.ts';
import type { RetryGate } from './run/retry-gate.ts';
import type { OutsideRun, TaskRun } from './run/task-run-deps.ts';
import { runTask } from './run/task-run.ts';
import { outcomeView } from './views/history-view.ts';

export interface RouteTaskDeps extends DecideTaskDeps {
  readonly log: Logger;
  readonly store: Store;
  readonly monitor: Monitor;
  readonly retries: RetryGate;
  readonly lessons: Lessons;
  readonly emit: (event: RouterEvent) => void;
  /** Brings up to date what a decision relies on; null: it is. Never rejects. */
  readonly lookAround: (clientId: string) => Promise<void> | null;
  /** False: nobody would hear of an event, so none needs to be made. */
  readonly isHeard: () => boolean;
  /** Shows the card; the task waits for a promise. */
  readonly showDecision: (record: DecisionRecord) => Promise<void> | null;
}

export interface RoutedTask {
  readonly result: ResultOf<typeof routeRequest>;
  readonly decided: Decided;
  readonly understood: Understood;
}

/** Rejects with `RouterError` after the client was told the same. */
export async function routeTask(task: ArrivedTask, deps: RouteTaskDeps): Promise<RoutedTask> {
  try {
    const understood = understand(task, deps.reader);
    const { turn = null } = task.outside ?? {};
    if (turn === null && deps.isHeard()) {
      const view = startedView(task, understood.facts.kind, deps.clock.nowMs());
      deps.emit({ type: 'taskStarted', task: view });
    }
    const look = deps.lookAround(task.client.clientId);
    if (look !== null) await look;
    deps.lessons.learn();
    deps.states.elapse();
    const goneOn = turn === null ? null : goOnWith(turn, task, understood, deps);
    const deciding = goneOn ?? decideAndShow(task, understood, deps);
    const decided = deciding instanceof Promise ? await deciding : deciding;
    if (decided.record.selection.chosen === null) throw await unroutable(task, decided, deps);
    const followed = deps.balance.follow(decided.record);
    let outcome;
    try {
      outcome = await runTask(taskRun(task, { understood, decided, followed }, deps), deps);
    } finally {
      followed.ended();
    }
    const { taskId, decisionId } = decided.record;
    return { result: { taskId, decisionId, outcome }, decided, understood };
  } catch (thrown) {
    const error = toRouterError(thrown);
    if (error !== thrown) deps.log.error('a task failed unexpectedly', { error: thrown });
    deps.emit({ type: 'error', taskId: task.taskId, error: error.toWire() });
    throw error;
  }
}

/** A promise only where the card is waited for. */
function decideAndShow(
  task: ArrivedTask,
  understood: Understood,
  deps: RouteTaskDeps,
): Decided | Promise<Decided> {
  const decided = decideTask(task, understood, deps);
  deps.store.saveDecision(decided.record);
  deps.spending.decided(decided.record);
  const shown = deps.showDecision(decided.record);
  return shown === null ? decided : shown.then(() => decided);
}

function taskRun(
  task: ArrivedTask,
  at: { readonly understood: Understood; readonly decided: Decided; readonly followed: FollowedTask },
  deps: RouteTaskDeps,
): TaskRun {
  const { signal, client, params, outside } = task;
  const { call, chars } = at.understood;
  const { record, handles } = at.decided;
  const { taskId, decisionId } = record;
  outside?.answer.decided({ taskId, decisionId });
  return {
    record,
    handles,
    followed: at.followed,
    call,
    chars,
    signal,
    maxOutputTokens: outside?.call.maxOutputTokens ?? null,
    outside: outside === undefined ? null : outsideRun(outside, decisionId),
    budgets: () => taskBudgets(task, deps),
    clientId: client.clientId,
    onBudget: params.onBudget,
    resume: params.resume ?? null,
  };
}

function outsideRun({ call, answer, turn }: ArrivedCall, decisionId: string): OutsideRun {
  const isSameTurn = turn?.record.decisionId === decisionId;
  return { call, answer, before: isSameTurn ? turn.outcome : null };
}

function taskBudgets({ taskId, params, outside }: ArrivedTask, deps: RouteTaskDeps): TaskBudgets {
  const { constraints } = params.task;
  const budgets = budgetsOf(taskId, deps.config.current(), {
    policy: params.policy,
    maxCostUsd: constraints.maxCostUsd ?? null,
    tool: outside?.call.tool,
  });
  deps.resources.remember(budgets.budgets);
  return budgets;
}

/** Records that nothing could be tried, and says what would have to give way. */
async function unroutable(task: ArrivedTask, { record }: Decided, deps: RouteTaskDeps): Promise<Error> {
  const outcome: OutcomeRecord = {
    decisionId: record.decisionId,
    endedAtMs: deps.clock.nowMs(),
    status: task.signal.aborted ? 'cancelled' : 'failed',
    routeId: null,
    attempts: 0,
    finishReason: null,
    queuedMs: 0,
    firstTokenMs: null,
    totalMs: 0,
    inputTokens: null,
    outputTokens: null,
    cachedInputTokens: null,
    reasoningTokens: null,
    costUsd: 0,
    errorCode: 'route.none',
  };
  deps.store.saveOutcome(outcome);
  await deps.store.committed();
  deps.emit({ type: 'outcome', taskId: task.taskId, outcome: outcomeView(outcome, null) });
  return noRouteError(record);
}

function startedView({ taskId, params, outside }: ArrivedTask, kind: TaskKind, startedAtMs: number) {
  return {
    taskId,
    title: taskTitle(params.task),
    kind,
    startedAtMs,
    ...(outside !== undefined && { tool: outside.call.tool.name }),
    retryOf: params.retryOf ?? null,
    decision: null,
    transitions: [],
    text: params.resume?.text ?? '',
    textTruncated: false,
    outcome: null,
    error: null,
  };
}
