/**
 * One task from its arrival to its end: announce it, decide (waiting for a slot where only slots are missing), store
 * the decision, and run its plan. Everything that happens is emitted to the client in order.
 */
import { performance } from 'node:perf_hooks';
import type { ChatMessage, ResultOf, RouterEvent, routeRequest } from '@task-router/protocol';
import { toRouterError } from '@task-router/protocol';
import { catalogVersion } from '../catalog/index.ts';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock, TaskFacts, TaskKind } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { DecisionRecord, OutcomeRecord, Store } from '../store/records.ts';
import { decide, taskTitle } from './decide.ts';
import { routeHandles } from './facts.ts';
import type { RouteHandle } from './facts.ts';
import { noRouteError } from './no-route.ts';
import type { LocalServers } from './local/local-servers.ts';
import type { Monitor } from './monitor.ts';
import type { NodeFleet } from './nodes/fleet.ts';
import { buildMessages, promptChars } from './prompt.ts';
import type { QualityMemory } from './quality-memory.ts';
import type { RouteMemory } from './route-memory.ts';
import type { RouteStates } from './route-states.ts';
import type { ClientContext } from './service.ts';
import type { SlotGate } from './slot-gate.ts';
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
  readonly slots: SlotGate;
  readonly local: LocalServers;
  readonly memory: RouteMemory;
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
  readonly queuedMs: number;
}

/** A task that finds every slot taken waits this long for one (engine.md 3.4, maxQueueWait). */
const maxQueueWaitMs = 30_000;

/** Rejects with `RouterError` after the client was told the same. */
export async function routeTask(
  task: ArrivedTask,
  deps: RouteTaskDeps,
): Promise<ResultOf<typeof routeRequest>> {
  try {
    const understood = understand(task, deps.reader);
    const { messages, facts } = understood;
    deps.emit({ type: 'taskStarted', task: startedView(task, facts.kind, deps.clock.nowMs()) });
    await deps.fleet.refresh(task.client.clientId);
    await deps.local.refresh();
    deps.states.elapse();
    const decided = await decideWhenPossible(task, understood, deps);
    deps.store.saveDecision(decided.record);
    deps.spending.decided(decided.record);
    deps.emit({ type: 'decision', taskId: task.taskId, decision: decisionView(decided.record) });
    if (decided.record.selection.chosen === null) throw unroutable(task, decided, deps);
    const chars = promptChars(messages);
    const session = task.client.clientId;
    const outcome = await runTask({ ...decided, messages, chars, session, signal: task.signal }, deps);
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
  readonly messages: readonly ChatMessage[];
}

/** The kind shapes the instructions, and their length is part of the size: so the kind comes first. */
function understand({ taskId, params }: ArrivedTask, reader: TaskReader): Understood {
  const read = reader.read(params);
  const { understanding } = read;
  const messages = buildMessages(params.task, understanding.kind);
  return { read, messages, facts: taskFacts(taskId, params, { understanding, messages }) };
}

async function decideWhenPossible(
  task: ArrivedTask,
  { read, facts }: Understood,
  deps: RouteTaskDeps,
): Promise<Decided> {
  const decisionId = deps.createId();
  let queuedMs = 0;
  for (;;) {
    const decided = decideNow(task, { decisionId, facts, read }, deps);
    const { selection } = decided.record;
    const leftMs = maxQueueWaitMs - queuedMs;
    if (selection.chosen !== null || leftMs <= 0 || !onlySlotsMissing(decided.record))
      return { ...decided, queuedMs };
    const startedAt = performance.now();
    const how = await deps.slots.whenFreed(leftMs, task.signal);
    queuedMs += Math.ceil(performance.now() - startedAt);
    if (how !== 'freed') return { ...decided, queuedMs };
  }
}

function decideNow(
  task: ArrivedTask,
  decision: { readonly decisionId: string; readonly facts: TaskFacts; readonly read: ReadTask },
  deps: RouteTaskDeps,
): Pick<Decided, 'record' | 'handles'> {
  const { params, client, taskId } = task;
  const { registry } = deps.fleet;
  const config = deps.config.current();
  const nowMs = deps.clock.nowMs();
  const nodes = registry.visibleTo(client.clientId);
  // The user level stands in config.jsonc; everything below it came with the task.
  const policy = [{ level: 'user', name: 'config.jsonc', policy: config.policy } as const, ...params.policy];
  const { states, tokens } = deps;
  const startedAt = performance.now();
  const qualityOf = deps.quality.forTask(decision.read);
  const sources = { nodes, states, tokens, local: deps.local, task: decision.facts, qualityOf, nowMs };
  const handles = routeHandles(sources, params.allowFoundAccounts);
  const policies = policy.map((layer) => layer.policy);
  const spending = deps.spending.facts(params, policies, config.budgets);
  const record = decide({
    ...decision,
    taskId,
    params,
    client: client.client,
    handles,
    policy,
    spending,
    gatheredInUs: Math.round((performance.now() - startedAt) * 1000),
    routingVersion: deps.routingVersion,
    seed: deps.createSeed(),
    nowMs,
    memory: deps.memory,
    catalogVersion,
    storePrompt: config.history.storePrompts,
  });
  return { record, handles: new Map(handles.map((handle) => [handle.facts.routeId, handle])) };
}

function onlySlotsMissing({ selection }: DecisionRecord): boolean {
  return selection.candidates.some(
    (candidate) => !candidate.eligible && candidate.rejection.code === 'resources.noSlot',
  );
}

/** Records that nothing could be tried, and says what would have to give way. */
function unroutable(task: ArrivedTask, { record, queuedMs }: Decided, deps: RouteTaskDeps): Error {
  const outcome: OutcomeRecord = {
    decisionId: record.decisionId,
    endedAtMs: deps.clock.nowMs(),
    status: task.signal.aborted ? 'cancelled' : 'failed',
    routeId: null,
    attempts: 0,
    finishReason: null,
    queuedMs,
    firstTokenMs: null,
    totalMs: queuedMs,
    inputTokens: null,
    outputTokens: null,
    cachedInputTokens: null,
    reasoningTokens: null,
    costUsd: 0,
    errorCode: 'route.none',
  };
  deps.store.saveOutcome(outcome);
  deps.emit({ type: 'outcome', taskId: task.taskId, outcome: outcomeView(outcome) });
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
    text: '',
    textTruncated: false,
    outcome: null,
    error: null,
  };
}
