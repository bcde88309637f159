/**
 * One task from its arrival to its end: announce it, decide, store the decision, and run its plan. Everything that happens is emitted to the client in order.
 */
import type { ChatMessage, ResultOf, RouterEvent, routeRequest } from '@task-router/protocol';
import { toRouterError } from '@task-router/protocol';
import { catalogVersion } from '../catalog/index.ts';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock, TaskFacts } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { DecisionRecord, OutcomeRecord, Store } from '../store/records.ts';
import { decide, taskFacts, taskTitle } from './decide.ts';
import type { RunParams } from './decide.ts';
import { routeHandles } from './facts.ts';
import type { RouteHandle } from './facts.ts';
import { noRouteError } from './no-route.ts';
import type { NodeFleet } from './nodes/fleet.ts';
import { buildMessages } from './prompt.ts';
import { budgetsOf } from './resources/budget-book.ts';
import type { TaskBudgets } from './resources/budget-book.ts';
import type { ResourceDesk } from './resources/desk.ts';
import { mayBeWaitedFor } from './resources/worth-waiting.ts';
import type { RouteMemory } from './route-memory.ts';
import type { RouteStates } from './route-states.ts';
import type { ClientContext } from './service.ts';
import { runTask } from './task-run.ts';
import { decisionView } from './views/decision-view.ts';
import { outcomeView } from './views/history-view.ts';

export interface RouteTaskDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  readonly config: ConfigFile;
  readonly fleet: NodeFleet;
  readonly states: RouteStates;
  readonly resources: ResourceDesk;
  readonly memory: RouteMemory;
  readonly createId: () => string;
  readonly createSeed: () => number;
  readonly emit: (event: RouterEvent) => void;
}

export interface ArrivedTask {
  readonly taskId: string;
  readonly params: RunParams;
  readonly client: ClientContext;
  readonly signal: AbortSignal;
}

interface Decided {
  readonly record: DecisionRecord;
  readonly handles: ReadonlyMap<string, RouteHandle>;
}

/** Rejects with `RouterError` after the client was told the same. */
export async function routeTask(
  task: ArrivedTask,
  deps: RouteTaskDeps,
): Promise<ResultOf<typeof routeRequest>> {
  try {
    const { facts, messages } = understand(task);
    deps.emit({ type: 'taskStarted', task: startedView(task, facts.kind, deps.clock.nowMs()) });
    await deps.fleet.refresh(task.client.clientId);
    deps.states.elapse();
    const decided = decideTask(task, facts, deps);
    deps.store.saveDecision(decided.record);
    deps.emit({ type: 'decision', taskId: task.taskId, decision: decisionView(decided.record) });
    if (decided.record.selection.chosen === null) throw unroutable(task, decided, deps);
    const { signal, client, params } = task;
    const budgets = () => taskBudgets(task, deps);
    const outcome = await runTask(
      { ...decided, messages, signal, budgets, clientId: client.clientId, onBudget: params.onBudget },
      deps,
    );
    return { taskId: task.taskId, decisionId: decided.record.decisionId, outcome };
  } catch (thrown) {
    const error = toRouterError(thrown);
    if (error !== thrown) deps.log.error('a task failed unexpectedly', { error: thrown });
    deps.emit({ type: 'error', taskId: task.taskId, error: error.toWire() });
    throw error;
  }
}

/** The kind shapes the instructions, and their length is part of the size: so the kind comes first. */
function understand({ taskId, params }: ArrivedTask): { facts: TaskFacts; messages: ChatMessage[] } {
  const { kind } = taskFacts(taskId, params, []);
  const messages = buildMessages(params.task, kind);
  return { facts: taskFacts(taskId, params, messages), messages };
}

/** Where nothing is free at this moment, among the routes that will be: the task then waits for the chosen one. */
function decideTask(task: ArrivedTask, facts: TaskFacts, deps: RouteTaskDeps): Decided {
  const decision = { decisionId: deps.createId(), facts };
  const handles = currentHandles(task, facts, deps);
  const decided = decideAmong(task, { ...decision, handles }, deps);
  if (decided.record.selection.chosen !== null) return decided;
  const waited = mayBeWaitedFor(handles, {
    states: deps.states,
    quotas: deps.resources.quotas,
    nowMs: deps.clock.nowMs(),
  });
  const later = waited === null ? null : decideAmong(task, { ...decision, handles: waited }, deps);
  return later?.record.selection.chosen == null ? decided : later;
}

function currentHandles(
  { client, params }: ArrivedTask,
  facts: TaskFacts,
  deps: RouteTaskDeps,
): RouteHandle[] {
  const nodes = deps.fleet.registry.visibleTo(client.clientId);
  const nowMs = deps.clock.nowMs();
  const sources = { nodes, states: deps.states, load: deps.resources, nowMs };
  return routeHandles(sources, facts.kind, params.allowFoundAccounts);
}

function decideAmong(
  { params, client, taskId }: ArrivedTask,
  decision: {
    readonly decisionId: string;
    readonly facts: TaskFacts;
    readonly handles: readonly RouteHandle[];
  },
  deps: RouteTaskDeps,
): Decided {
  const config = deps.config.current();
  const { handles } = decision;
  const record = decide({
    ...decision,
    taskId,
    params,
    client: client.client,
    // The user level stands in config.jsonc; everything below it came with the task.
    policy: [{ level: 'user', name: 'config.jsonc', policy: config.policy }, ...params.policy],
    seed: deps.createSeed(),
    nowMs: deps.clock.nowMs(),
    memory: deps.memory,
    catalogVersion,
    storePrompt: config.history.storePrompts,
  });
  return { record, handles: new Map(handles.map((handle) => [handle.facts.routeId, handle])) };
}

function taskBudgets({ taskId, params }: ArrivedTask, deps: RouteTaskDeps): TaskBudgets {
  const { constraints } = params.task;
  const budgets = budgetsOf(taskId, deps.config.current(), {
    policy: params.policy,
    maxCostUsd: constraints.maxCostUsd ?? null,
  });
  deps.resources.remember(budgets.budgets);
  return budgets;
}

/** Records that nothing could be tried, and says what would have to give way. */
function unroutable(task: ArrivedTask, { record }: Decided, deps: RouteTaskDeps): Error {
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
  deps.emit({ type: 'outcome', taskId: task.taskId, outcome: outcomeView(outcome, null) });
  return noRouteError(record);
}

function startedView({ taskId, params }: ArrivedTask, kind: TaskFacts['kind'], startedAtMs: number) {
  return {
    taskId,
    title: taskTitle(params.task),
    kind,
    startedAtMs,
    retryOf: params.retryOf ?? null,
    decision: null,
    transitions: [],
    text: '',
    textTruncated: false,
    outcome: null,
    error: null,
  };
}
