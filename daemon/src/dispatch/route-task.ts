/**
 * One task from its arrival to its end: announce it, decide (waiting for a slot where only slots are missing), store
 * the decision, and run its plan. Everything that happens is emitted to the client in order.
 */
import { performance } from 'node:perf_hooks';
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
import type { Monitor } from './monitor.ts';
import type { NodeFleet } from './nodes/fleet.ts';
import { buildMessages } from './prompt.ts';
import type { RouteMemory } from './route-memory.ts';
import type { RouteStates } from './route-states.ts';
import type { ClientContext } from './service.ts';
import type { SlotGate } from './slot-gate.ts';
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
  readonly monitor: Monitor;
  readonly slots: SlotGate;
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
    const { facts, messages } = understand(task, deps.memory);
    deps.emit({ type: 'taskStarted', task: startedView(task, facts.kind, deps.clock.nowMs()) });
    await deps.fleet.refresh(task.client.clientId);
    deps.states.elapse();
    const decided = await decideWhenPossible(task, facts, deps);
    deps.store.saveDecision(decided.record);
    deps.emit({ type: 'decision', taskId: task.taskId, decision: decisionView(decided.record) });
    if (decided.record.selection.chosen === null) throw unroutable(task, decided, deps);
    const outcome = await runTask(
      { ...decided, messages, session: task.client.clientId, signal: task.signal },
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
function understand(
  { taskId, params }: ArrivedTask,
  memory: RouteMemory,
): { facts: TaskFacts; messages: ChatMessage[] } {
  const kind = params.task.kind ?? memory.kindOf(params.task.prompt);
  const messages = buildMessages(params.task, kind);
  return { facts: taskFacts(taskId, { ...params, task: { ...params.task, kind } }, messages), messages };
}

async function decideWhenPossible(
  task: ArrivedTask,
  facts: TaskFacts,
  deps: RouteTaskDeps,
): Promise<Decided> {
  const decisionId = deps.createId();
  let queuedMs = 0;
  for (;;) {
    const decided = decideNow(task, { decisionId, facts }, deps);
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
  decision: { readonly decisionId: string; readonly facts: TaskFacts },
  deps: RouteTaskDeps,
): Pick<Decided, 'record' | 'handles'> {
  const { params, client, taskId } = task;
  const { registry } = deps.fleet;
  const config = deps.config.current();
  const nowMs = deps.clock.nowMs();
  const nodes = registry.visibleTo(client.clientId);
  const sources = { nodes, states: deps.states, slots: deps.slots.ledger, nowMs };
  const handles = routeHandles(sources, decision.facts.kind, params.allowFoundAccounts);
  const record = decide({
    ...decision,
    taskId,
    params,
    client: client.client,
    handles,
    // The user level stands in config.jsonc; everything below it came with the task.
    policy: [{ level: 'user', name: 'config.jsonc', policy: config.policy }, ...params.policy],
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
