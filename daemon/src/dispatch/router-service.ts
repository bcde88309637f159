/**
 * The router as its clients see it: one method per request of the protocol. Holds the long-lived parts (nodes, route
 * states, cache, running tasks) and leaves each piece of work to its own file.
 */
import { performance } from 'node:perf_hooks';
import type { Outcome, ParamsOf, ResultOf, RouterEvent, daemonRequests } from '@task-router/protocol';
import { RouterError, limits, toRouterError } from '@task-router/protocol';
import { catalogVersion } from '../catalog/index.ts';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock, PolicyLayer, RouteCache } from '../engine/index.ts';
import { createRouteCache, createSlotLedger } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { Endpoint, Provider } from '../providers/provider.ts';
import type { DecisionRecord, Store, StoredDecision } from '../store/records.ts';
import { noRouteError } from './no-route.ts';
import type { RunParams } from './decide.ts';
import { decide, replayDifference, taskFacts, taskTitle } from './decide.ts';
import { routeHandles } from './facts.ts';
import type { RouteHandle } from './facts.ts';
import { NodeFleet } from './nodes/fleet.ts';
import { buildMessages } from './prompt.ts';
import { RouteStates } from './route-states.ts';
import type { ClientContext, EventSink, RouterService } from './service.ts';
import { SlotGate } from './slot-gate.ts';
import { TaskBoard } from './task-board.ts';
import { runTask } from './task-run.ts';
import { decisionView } from './views/decision-view.ts';
import { attemptView, outcomeView, transitionView } from './views/history-view.ts';
import { nodeView } from './views/node-view.ts';

type Requests = typeof daemonRequests;
type Params<Name extends keyof Requests> = ParamsOf<Requests[Name]>;
type Result<Name extends keyof Requests> = ResultOf<Requests[Name]>;

export interface RouterDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  readonly config: ConfigFile;
  readonly demoFile: string;
  readonly createProvider: (endpoint: Endpoint) => Provider;
  readonly createId: () => string;
  /** A fresh 32-bit seed for a decision. */
  readonly createSeed: () => number;
  readonly events: EventSink;
  readonly version: string;
}

const routeCacheCapacity = 2_000;
/** A task that finds every slot taken waits this long for one (engine.md 3.4, maxQueueWait). */
const maxQueueWaitMs = 30_000;
/** Changes that come in a burst are announced once. */
const announceAfterMs = 50;

export class Router implements RouterService {
  readonly #deps: RouterDeps;
  readonly #fleet: NodeFleet;
  readonly #states: RouteStates;
  readonly #slots = new SlotGate(createSlotLedger());
  readonly #cache: RouteCache = createRouteCache({ capacity: routeCacheCapacity });
  readonly #board = new TaskBoard();
  readonly #clients = new Map<ClientContext, () => void>();
  readonly #startedAtMs: number;
  #announceTimer: NodeJS.Timeout | null = null;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    this.#startedAtMs = deps.clock.nowMs();
    const onChange = () => {
      this.#announceSoon();
    };
    this.#states = new RouteStates(deps.store, deps.clock, onChange);
    this.#fleet = new NodeFleet({ ...deps, onChange });
  }

  get runningTasks(): number {
    return this.#board.size;
  }

  async route(params: Params<'route'>, client: ClientContext, signal: AbortSignal): Promise<Result<'route'>> {
    if (params.type === 'attach') return this.#board.attach(params.taskId, client.clientId, signal);
    if (!client.trusted) throw new RouterError('task.untrusted', 'This workspace is not trusted.');
    checkTask(params);
    const taskId = this.#deps.createId();
    const { result, cancel } = this.#board.run(taskId, client.clientId, (taskSignal) =>
      this.#run({ taskId, params, client, signal: taskSignal }),
    );
    const onAbort = () => {
      cancel.abort();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    return result.finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  }

  async health(params: Params<'health'>, client: ClientContext): Promise<Result<'health'>> {
    await (params.probe ? this.#fleet.probeAll() : this.#fleet.refresh());
    const { store } = this.#deps;
    const { capacity, entries, hits, misses, evictions } = this.#cache;
    return {
      nodes: this.#nodeViews(client.clientId),
      daemon: {
        pid: process.pid,
        version: this.#deps.version,
        startedAtMs: this.#startedAtMs,
        rssMb: Math.round(process.memoryUsage.rss() / 1024 / 102.4) / 10,
        clients: this.#clients.size,
        runningTasks: this.#board.size,
        store: { mode: store.mode, reason: store.reason, decisions: store.countDecisions() },
      },
      cache: { capacity, entries: entries.size, hits, misses, evictions },
    };
  }

  decisions(params: Params<'decisions'>): Promise<Result<'decisions'>> {
    const page = this.#deps.store.listDecisions({ limit: params.limit, beforeMs: params.before });
    return Promise.resolve({
      decisions: page.map(({ prompt, ...summary }) => ({
        ...summary,
        title: prompt === null ? null : taskTitle({ prompt }),
      })),
    });
  }

  explain(params: Params<'explain'>): Promise<Result<'explain'>> {
    const stored = this.#stored(params.decisionId);
    const difference = params.verify ? replayDifference(stored.decision) : null;
    return Promise.resolve({
      decision: decisionView(stored.decision),
      attempts: stored.attempts.map(attemptView),
      transitions: stored.transitions.map(transitionView),
      outcome: stored.outcome && outcomeView(stored.outcome),
      grade: stored.grade,
      replay: params.verify ? { identical: difference === null, difference } : null,
    });
  }

  feedback(params: Params<'feedback'>): Promise<Result<'feedback'>> {
    const { store, clock } = this.#deps;
    if (!store.saveGrade(params.decisionId, params.grade, clock.nowMs()))
      throw unknownDecision(params.decisionId);
    return Promise.resolve({ recorded: true });
  }

  async setKey(params: Params<'setKey'>): Promise<Result<'setKey'>> {
    const { nodeId, key, source, confirmed, check } = params;
    const newKey = key == null ? key : { value: key, source };
    return { check: await this.#fleet.setKey(nodeId, { key: newKey, confirmed, check }) };
  }

  clientConnected(client: ClientContext): () => void {
    this.#clients.set(client, this.#fleet.follow(client));
    void this.#fleet.refresh();
    return () => {
      this.#clients.get(client)?.();
      this.#clients.delete(client);
      // Keys live no longer than somebody who brought them, or a task that still needs them.
      if (this.#clients.size === 0) void this.#board.drained().then(() => this.#forgetKeysWhenAlone());
    };
  }

  currentState(clientId: string): ReturnType<RouterService['currentState']> {
    return {
      nodes: this.#nodeViews(clientId),
      configProblems: this.#fleet.configProblems(),
      wantedKeys: this.#fleet.wantedKeys(),
    };
  }

  /** Cancels what runs and waits until it has been recorded. */
  async dispose(): Promise<void> {
    if (this.#announceTimer) clearTimeout(this.#announceTimer);
    this.#board.cancelAll();
    await this.#board.drained();
  }

  async #run(task: RunningTask): Promise<Result<'route'>> {
    const emit = (event: RouterEvent) => {
      this.#deps.events.emit(task.client.clientId, event);
    };
    try {
      const { record, handles, queuedMs, messages } = await this.#decide(task, emit);
      const outcome = await runTask(
        { record, handles, messages, queuedMs, signal: task.signal },
        { ...this.#deps, states: this.#states, slots: this.#slots, emit },
      );
      return { taskId: task.taskId, decisionId: record.decisionId, outcome };
    } catch (thrown) {
      const error = toRouterError(thrown);
      if (error !== thrown) this.#deps.log.error('a task failed unexpectedly', { error: String(thrown) });
      emit({ type: 'error', taskId: task.taskId, error: error.toWire() });
      throw error;
    } finally {
      this.#announceSoon();
    }
  }

  async #decide(task: RunningTask, emit: (event: RouterEvent) => void): Promise<Decided> {
    const { params, taskId } = task;
    const { clock, store } = this.#deps;
    const startedAtMs = clock.nowMs();
    const draft = taskFacts(taskId, params, buildMessages(params.task, 'chat'));
    const messages = buildMessages(params.task, draft.kind);
    const facts = taskFacts(taskId, params, messages);
    emit({ type: 'taskStarted', task: startedView(task, facts.kind, startedAtMs) });
    await this.#fleet.refresh();
    this.#states.elapse();

    const decisionId = this.#deps.createId();
    let waitedMs = 0;
    for (;;) {
      const handles = this.#handles(task, facts.kind);
      const record = decide({
        decisionId,
        taskId,
        params,
        client: task.client.client,
        facts,
        handles,
        policy: this.#policy(params),
        seed: this.#deps.createSeed(),
        nowMs: clock.nowMs(),
        cache: this.#cache,
        epoch: `${this.#states.epoch}.${this.#fleet.registry.revision}.${params.allowFoundAccounts ? 1 : 0}.${task.client.clientId}`,
        catalogVersion,
        storePrompt: this.#deps.config.current().history.storePrompts,
      });
      if (record.selection.chosen === null && onlySlotsMissing(record) && waitedMs < maxQueueWaitMs) {
        const waitStartedAt = performance.now();
        const how = await this.#slots.whenFreed(maxQueueWaitMs - waitedMs, task.signal);
        waitedMs += performance.now() - waitStartedAt;
        if (how === 'freed') continue;
      }
      store.saveDecision(record);
      emit({ type: 'decision', taskId, decision: decisionView(record) });
      if (record.selection.chosen === null) throw this.#unroutable(record, task, emit);
      const byId = new Map(handles.map((handle) => [handle.facts.routeId, handle]));
      return { record, handles: byId, messages, queuedMs: Math.round(waitedMs) };
    }
  }

  /** Records that nothing could be tried, and says what would have to give way. */
  #unroutable(record: DecisionRecord, task: RunningTask, emit: (event: RouterEvent) => void): RouterError {
    const status = task.signal.aborted ? 'cancelled' : 'failed';
    const outcome: Outcome = {
      status,
      route: null,
      attempts: 0,
      finishReason: null,
      timings: { queuedMs: 0, firstTokenMs: null, totalMs: 0 },
      tokens: { input: null, output: null, cachedInput: null, reasoning: null },
      costUsd: 0,
    };
    this.#deps.store.saveOutcome({
      decisionId: record.decisionId,
      endedAtMs: this.#deps.clock.nowMs(),
      status,
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
    });
    emit({ type: 'outcome', taskId: record.taskId, outcome });
    return noRouteError(record);
  }

  #handles(task: RunningTask, kind: DecisionRecord['kind']): RouteHandle[] {
    const nodes = this.#fleet.registry.visibleTo(task.client.clientId);
    return routeHandles(
      { nodes, states: this.#states, slots: this.#slots.ledger },
      kind,
      task.params.allowFoundAccounts,
    );
  }

  /** The user level stands in config.jsonc; everything below it came with the task. */
  #policy(params: RunParams): PolicyLayer[] {
    const { policy } = this.#deps.config.current();
    return [{ level: 'user', name: 'config.jsonc', policy }, ...params.policy];
  }

  #stored(decisionId: string): StoredDecision {
    const stored = this.#deps.store.readDecision(decisionId);
    if (!stored) throw unknownDecision(decisionId);
    return stored;
  }

  #nodeViews(clientId: string) {
    const sources = {
      states: this.#states,
      slots: this.#slots.ledger,
      spentUsd: this.#deps.store.spentByRoute(startOfDayMs(this.#deps.clock.nowMs())),
    };
    return this.#fleet.registry.visibleTo(clientId).map((node) => nodeView(node, sources));
  }

  #announceSoon(): void {
    this.#announceTimer ??= setTimeout(() => {
      this.#announceTimer = null;
      this.#announce();
    }, announceAfterMs);
  }

  #announce(): void {
    const { events } = this.#deps;
    for (const clientId of events.clientIds()) {
      const { nodes, configProblems, wantedKeys } = this.currentState(clientId);
      events.emit(clientId, { type: 'health', nodes: [...nodes] });
      events.emit(clientId, { type: 'config', problems: [...configProblems], wantedKeys: [...wantedKeys] });
    }
  }

  #forgetKeysWhenAlone(): void {
    if (this.#clients.size === 0) this.#fleet.registry.forgetKeys();
  }
}

interface RunningTask {
  readonly taskId: string;
  readonly params: RunParams;
  readonly client: ClientContext;
  readonly signal: AbortSignal;
}

interface Decided {
  readonly record: DecisionRecord;
  readonly handles: ReadonlyMap<string, RouteHandle>;
  readonly messages: ReturnType<typeof buildMessages>;
  readonly queuedMs: number;
}

function checkTask({ task }: RunParams): void {
  if (task.prompt.trim() === '') throw new RouterError('task.empty', 'The task is empty.');
  const bytes = task.context.reduce((sum, span) => sum + Buffer.byteLength(span.text), 0);
  if (bytes > limits.contextBytes) {
    throw new RouterError(
      'task.contextTooLarge',
      `The context has ${Math.round(bytes / 1024)} kB; at most ${limits.contextBytes / 1024} kB can be sent.`,
    );
  }
}

function onlySlotsMissing(record: DecisionRecord): boolean {
  return record.selection.candidates.some(
    (candidate) => !candidate.eligible && candidate.rejection.code === 'resources.noSlot',
  );
}

function startedView(task: RunningTask, kind: DecisionRecord['kind'], startedAtMs: number) {
  return {
    taskId: task.taskId,
    title: taskTitle(task.params.task),
    kind,
    startedAtMs,
    retryOf: task.params.retryOf ?? null,
    decision: null,
    transitions: [],
    text: '',
    textTruncated: false,
    outcome: null,
    error: null,
  };
}

function unknownDecision(decisionId: string): RouterError {
  return new RouterError('decision.notFound', `No stored decision has the id ${decisionId}.`);
}

function startOfDayMs(nowMs: number): number {
  return new Date(nowMs).setHours(0, 0, 0, 0);
}
