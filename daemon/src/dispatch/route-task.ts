/**
 * One task from its arrival to its end: announce it, decide, store the decision, and run its plan. Everything that
 * happens is emitted to the client in order.
 */
import { performance } from 'node:perf_hooks';
import type { ResultOf, RouterEvent, routeRequest } from '@task-router/protocol';
import { toRouterError } from '@task-router/protocol';
import { catalogVersion } from '../catalog/index.ts';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock, Objective, PolicyLayer, TaskFacts, TaskKind } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { DecisionRecord, OutcomeRecord, Store } from '../store/records.ts';
import type { BalanceMemory } from './balance-memory.ts';
import { decide, taskTitle } from './decide.ts';
import { routeHandles } from './facts.ts';
import type { RouteHandle } from './facts.ts';
import { noRouteError } from './no-route.ts';
import type { LocalServers } from './local/local-servers.ts';
import type { Monitor } from './monitor.ts';
import type { NodeFleet } from './nodes/fleet.ts';
import { charsOf } from '../providers/call-text.ts';
import type { ModelCall } from '../providers/model-call.ts';
import { buildCall } from './prompt.ts';
import type { QualityMemory } from './quality-memory.ts';
import { budgetsOf } from './resources/budget-book.ts';
import type { TaskBudgets } from './resources/budget-book.ts';
import type { ResourceDesk } from './resources/desk.ts';
import { mayBeWaitedFor } from './resources/worth-waiting.ts';
import type { RouteMemory } from './route-memory.ts';
import type { RouteStates } from './route-states.ts';
import type { RetryGate } from './run/retry-gate.ts';
import type { ClientContext } from './service.ts';
import type { Spending } from './spending.ts';
import { taskFacts } from './task-reader.ts';
import type { ReadTask, RunParams, TaskReader } from './task-reader.ts';
import { runTask } from './task-run.ts';
import type { TokenMemory } from './token-memory.ts';
import { decisionView } from './views/decision-view.ts';
import { outcomeView } from './views/history-view.ts';

export interface RouteTaskDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  readonly config: ConfigFile;
  readonly fleet: NodeFleet;
  readonly states: RouteStates;
  readonly monitor: Monitor;
  readonly resources: ResourceDesk;
  readonly retries: RetryGate;
  readonly local: LocalServers;
  readonly memory: RouteMemory;
  readonly balance: BalanceMemory;
  readonly reader: TaskReader;
  readonly quality: QualityMemory;
  readonly tokens: TokenMemory;
  readonly spending: Spending;
  readonly routingVersion: string;
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
    const understood = understand(task, deps.reader);
    const { call, chars, facts } = understood;
    deps.emit({ type: 'taskStarted', task: startedView(task, facts.kind, deps.clock.nowMs()) });
    await deps.fleet.refresh(task.client.clientId);
    await deps.local.refresh();
    deps.states.elapse();
    const decided = decideTask(task, understood, deps);
    deps.store.saveDecision(decided.record);
    deps.spending.decided(decided.record);
    deps.emit({ type: 'decision', taskId: task.taskId, decision: decisionView(decided.record) });
    if (decided.record.selection.chosen === null) throw await unroutable(task, decided, deps);
    const { signal, client, params } = task;
    const budgets = () => taskBudgets(task, deps);
    const by = { clientId: client.clientId, onBudget: params.onBudget, resume: params.resume ?? null };
    const followed = deps.balance.follow(decided.record);
    const emit = (event: RouterEvent) => {
      followed.seen(event);
      deps.emit(event);
    };
    const run = runTask(
      { ...decided, call, chars, signal, budgets, ...by },
      { ...deps, emit, attempted: followed.attempted },
    );
    const outcome = await run.finally(followed.ended);
    return { taskId: task.taskId, decisionId: decided.record.decisionId, outcome };
  } catch (thrown) {
    const error = toRouterError(thrown);
    if (error !== thrown) deps.log.error('a task failed unexpectedly', { error: thrown });
    deps.emit({ type: 'error', taskId: task.taskId, error: error.toWire() });
    throw error;
  }
}

interface Understood {
  readonly read: ReadTask;
  readonly facts: TaskFacts;
  readonly call: ModelCall;
  /** Characters of the call. */
  readonly chars: number;
}

/** The kind shapes the instructions, and their length is part of the size: so the kind comes first. */
function understand({ taskId, params }: ArrivedTask, reader: TaskReader): Understood {
  const read = reader.read(params);
  const { understanding } = read;
  const call = buildCall(params.task, understanding.kind);
  const chars = charsOf(call);
  return { read, call, chars, facts: taskFacts(taskId, params, { understanding, chars }) };
}

/** Where nothing is free at this moment, among the routes that will be: the task then waits for the chosen one. */
function decideTask(task: ArrivedTask, { read, facts }: Understood, deps: RouteTaskDeps): Decided {
  const startedAt = performance.now();
  const decision = { decisionId: deps.createId(), facts, read, startedAt };
  const handles = currentHandles(task, { read, facts }, deps);
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

/** The routes a task may see, with everything known of them. */
export function currentHandles(
  { taskId, client, params }: Pick<ArrivedTask, 'taskId' | 'client' | 'params'>,
  { read, facts }: Pick<Understood, 'read' | 'facts'>,
  deps: RouteTaskDeps,
): RouteHandle[] {
  const nodes = deps.fleet.registry.visibleTo(client.clientId);
  const nowMs = deps.clock.nowMs();
  const { states, tokens, local } = deps;
  const qualityOf = deps.quality.forTask(read);
  // Of its own: what it draws is part of the facts, and stored with them.
  const seed = deps.createSeed();
  const sources = { nodes, states, tokens, local, task: facts, qualityOf, nowMs, seed };
  return deps.balance.predict(routeHandles(sources, params.allowFoundAccounts), {
    facts,
    conversationId: deps.balance.conversationIdOf(taskId, params),
    objective: objectiveOf(policyOf(params, deps)),
  });
}

function decideAmong(
  { params, client, taskId }: ArrivedTask,
  decision: {
    readonly decisionId: string;
    readonly facts: TaskFacts;
    readonly read: ReadTask;
    readonly handles: readonly RouteHandle[];
    /** When the facts began to be gathered, by `performance.now`. */
    readonly startedAt: number;
  },
  deps: RouteTaskDeps,
): Decided {
  const config = deps.config.current();
  const { handles, startedAt } = decision;
  const policy = policyOf(params, deps);
  const policies = policy.map((layer) => layer.policy);
  const { exploration, ...spending } = deps.spending.facts(params, policies, config.budgets);
  // A warm conversation is no place to try things: what is learned is worth less than the cold prefix.
  const isWarm = handles.some(({ facts }) => (facts.predicted?.cachedTokens ?? 0) > 0);
  const record = decide({
    ...decision,
    taskId,
    params,
    client: client.client,
    policy,
    conversationId: deps.balance.conversationIdOf(taskId, params),
    spending: exploration === undefined || isWarm ? spending : { ...spending, exploration },
    gatheredInUs: Math.round((performance.now() - startedAt) * 1000),
    routingVersion: deps.routingVersion,
    seed: deps.createSeed(),
    nowMs: deps.clock.nowMs(),
    memory: deps.memory,
    catalogVersion,
    storePrompt: config.history.storePrompts,
  });
  return { record, handles: new Map(handles.map((handle) => [handle.facts.routeId, handle])) };
}

/** The user level stands in config.jsonc; everything below it came with the task. */
export function policyOf({ policy }: Pick<RunParams, 'policy'>, deps: Pick<RouteTaskDeps, 'config'>) {
  const own = deps.config.current().policy;
  return [{ level: 'user', name: 'config.jsonc', policy: own } as const, ...policy];
}

/** The nearest layer that has one. */
function objectiveOf(policy: readonly PolicyLayer[]): Objective {
  return (
    policy.findLast(({ policy: { objective } }) => objective !== undefined)?.policy.objective ?? 'balanced'
  );
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

function startedView({ taskId, params }: ArrivedTask, kind: TaskKind, startedAtMs: number) {
  return {
    taskId,
    title: taskTitle(params.task),
    kind,
    startedAtMs,
    retryOf: params.retryOf ?? null,
    decision: null,
    transitions: [],
    text: params.resume?.text ?? '',
    textTruncated: false,
    outcome: null,
    error: null,
  };
}
