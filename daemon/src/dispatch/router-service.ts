/**
 * The router as its clients see it: one method per request of the protocol. Holds the long-lived parts (nodes, route
 * states, cache, running tasks) and leaves each piece of work to its own file.
 */
import type { DaemonView, ParamsOf, ResultOf, RouterEvent, daemonRequests } from '@task-router/protocol';
import { RouterError, limits } from '@task-router/protocol';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { Endpoint, Provider } from '../providers/provider.ts';
import type { RoutingModel } from '../routing-model/index.ts';
import type { Store, StoredDecision } from '../store/records.ts';
import { BalanceMemory } from './balance-memory.ts';
import { replayDifference, taskTitle } from './decide.ts';
import { drill, drillParams, drillTask } from './drill.ts';
import { routeHandles } from './facts.ts';
import { HealthProber } from './health-prober.ts';
import { HistoryKeeper } from './history-keeper.ts';
import { LocalServers } from './local/local-servers.ts';
import { Monitor, expectedQuality } from './monitor.ts';
import { NodeFleet } from './nodes/fleet.ts';
import type { Node } from './nodes/node.ts';
import { ResourceDesk } from './resources/desk.ts';
import { planBatch } from './plan-batch.ts';
import { QualityMemory } from './quality-memory.ts';
import { replayHistory } from './replay.ts';
import { RouteMemory } from './route-memory.ts';
import { RouteStates } from './route-states.ts';
import { RetryGate } from './run/retry-gate.ts';
import { routeTask } from './route-task.ts';
import type { ArrivedTask } from './route-task.ts';
import type { ClientContext, EventSink, RouterService } from './service.ts';
import { Spending } from './spending.ts';
import { TaskBoard } from './task-board.ts';
import { TaskReader } from './task-reader.ts';
import type { RunParams } from './task-reader.ts';
import { TokenMemory } from './token-memory.ts';
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
  /** Memory of this machine. */
  readonly machineBytes: number;
  readonly routingModel: RoutingModel;
  readonly createProvider: (endpoint: Endpoint) => Provider;
  readonly createId: () => string;
  /** A fresh 32-bit seed for a decision. */
  readonly createSeed: () => number;
  readonly events: EventSink;
  readonly version: string;
}

/** Changes that come in a burst are announced once. */
const announceAfterMs = 50;

export class Router implements RouterService {
  readonly #deps: RouterDeps;
  readonly #fleet: NodeFleet;
  readonly #states: RouteStates;
  readonly #resources: ResourceDesk;
  readonly #retries: RetryGate;
  readonly #local: LocalServers;
  readonly #memory: RouteMemory;
  readonly #monitor: Monitor;
  readonly #keeper: HistoryKeeper;
  readonly #balance: BalanceMemory;
  readonly #reader: TaskReader;
  readonly #quality: QualityMemory;
  readonly #tokens: TokenMemory;
  readonly #spending: Spending;
  readonly #prober: HealthProber;
  readonly #board = new TaskBoard();
  readonly #clients = new Map<ClientContext, () => void>();
  readonly #startedAtMs: number;
  #announceTimer: NodeJS.Timeout | null = null;
  #isDisposed = false;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    this.#startedAtMs = deps.clock.nowMs();
    this.#memory = new RouteMemory(deps.store, deps.clock, deps.log);
    this.#states = new RouteStates({
      ...deps,
      nodes: () => this.#fleet.registry.all(),
      onChange: () => {
        this.#memory.forgetCandidates();
        this.#announceSoon();
      },
      onAlarm: (alarm) => this.#monitor.raise(alarm),
    });
    this.#keeper = new HistoryKeeper(deps);
    this.#monitor = new Monitor({
      ...deps,
      actions: {
        reprobe: (routeId) => this.#prober.probeNow(routeId),
        degrade: (routeId, evidence) => this.#states.recordHealth(routeId, { type: 'slow', evidence }),
        resetPosterior: (routeId) => this.#states.resetHistory(routeId),
        refreshPrices: (routeId) => this.#prober.probeNow(routeId),
      },
      onChange: () => this.#announceSoon(),
    });
    let fleet: NodeFleet | null = null;
    const onChange = () => {
      if (fleet) this.#memory.noteWorld(fleet.registry.all(), deps.config.current().policy);
      this.#announceSoon();
    };
    this.#retries = new RetryGate(deps.clock);
    const slotsOf = (node: Node): number | null => this.#local.slots(node);
    this.#resources = new ResourceDesk({ ...deps, slotsOf, onChange });
    this.#balance = new BalanceMemory(deps.store, deps.clock);
    this.#reader = new TaskReader(deps.store, deps.clock, deps.routingModel);
    this.#quality = new QualityMemory(deps, deps.routingModel);
    this.#tokens = new TokenMemory(deps.store, deps.clock);
    this.#spending = new Spending(deps.store, deps.clock);
    this.#fleet = fleet = new NodeFleet({ ...deps, onChange });
    this.#local = new LocalServers({
      ...deps,
      nodes: () => this.#fleet.registry.all(),
      inFlight: (nodeId) => this.#resources.inFlight(nodeId),
      onChange,
    });
    onChange();
    this.#prober = new HealthProber(this.#fleet, this.#states, deps.clock);
    this.#prober.reschedule();
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
      this.#start({ taskId, params, client, signal: taskSignal }),
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

  planBatch(params: Params<'planBatch'>, client: ClientContext): Promise<Result<'planBatch'>> {
    if (!client.trusted)
      return Promise.reject(new RouterError('task.untrusted', 'This workspace is not trusted.'));
    return planBatch(params, client, { ...this.#deps, ...this.#parts(), emit: () => undefined });
  }

  async health(params: Params<'health'>, client: ClientContext): Promise<Result<'health'>> {
    await (params.probe ? this.#fleet.probeAll() : this.#fleet.refresh());
    await this.#local.refresh();
    const { store, cache, alarms } = this.#daemonView();
    return {
      nodes: this.#nodeViews(client.clientId),
      daemon: {
        pid: process.pid,
        version: this.#deps.version,
        startedAtMs: this.#startedAtMs,
        rssMb: Math.round(process.memoryUsage.rss() / 1024 / 102.4) / 10,
        clients: this.#clients.size,
        runningTasks: this.#board.size,
        store,
      },
      cache,
      alarms,
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
      outcome: stored.outcome && outcomeView(stored.outcome, stored.attempts.at(-1)?.result?.cap ?? null),
      grade: stored.grade,
      replay: params.verify ? { identical: difference === null, difference } : null,
    });
  }

  feedback(params: Params<'feedback'>): Promise<Result<'feedback'>> {
    const { store, clock } = this.#deps;
    const stored = this.#stored(params.decisionId);
    const nowMs = clock.nowMs();
    store.saveGrade(params.decisionId, params.grade, nowMs);
    this.#quality.learn(stored, params.grade);
    // A grade given again says nothing new.
    const routeId = stored.outcome?.routeId ?? null;
    if (routeId !== null && stored.grade !== params.grade) {
      const expected = expectedQuality(stored.decision, routeId);
      this.#states.recordGrade(routeId, { success: params.grade === 'good', expected, atMs: nowMs });
    }
    return Promise.resolve({ recorded: true });
  }

  history(params: Params<'history'>): Promise<Result<'history'>> {
    return Promise.resolve(this.#keeper.totals(params.sinceMs));
  }

  historyPage(params: Params<'historyPage'>): Promise<Result<'historyPage'>> {
    return Promise.resolve(this.#keeper.page(params));
  }

  async clearHistory(_: Params<'clearHistory'>): Promise<Result<'clearHistory'>> {
    const removed = await this.#keeper.clear();
    this.#states.forgetPerformance();
    this.#quality.forget();
    this.#memory.forgetCandidates();
    this.#monitor.forget();
    this.#announceSoon();
    return { removed };
  }

  replay(params: Params<'replay'>, signal: AbortSignal): Promise<Result<'replay'>> {
    return replayHistory(params, this.#deps.store.history, signal);
  }

  answer(params: Params<'answer'>, client: ClientContext): Promise<Result<'answer'>> {
    const { taskId, questionId, answer } = params;
    const by = { taskId, questionId, clientId: client.clientId };
    return Promise.resolve({ accepted: this.#resources.questions.answer(by, answer) });
  }

  spend(): Promise<Result<'spend'>> {
    this.#deps.config.reloadIfChanged();
    return Promise.resolve(this.#resources.spendView());
  }

  async setKey(params: Params<'setKey'>): Promise<Result<'setKey'>> {
    const { nodeId, key, source, confirmed, check } = params;
    const newKey = key == null ? key : { value: key, source };
    return { check: await this.#fleet.setKey(nodeId, { key: newKey, confirmed, check }) };
  }

  async drill(params: Params<'drill'>, client: ClientContext): Promise<Result<'drill'>> {
    await this.#fleet.refresh(client.clientId);
    this.#states.elapse();
    const shared = {
      nodes: this.#fleet.registry.visibleTo(client.clientId),
      states: this.#states,
      local: this.#local,
      tokens: this.#tokens,
      nowMs: this.#deps.clock.nowMs(),
      seed: this.#deps.createSeed(),
    };
    return drill({
      factsFor: (kind) => {
        const task = drillTask(kind);
        const qualityOf = this.#quality.forTask(this.#reader.read(drillParams(kind)));
        const handles = routeHandles({ ...shared, task, qualityOf }, params.allowFoundAccounts);
        return handles.map(({ facts }) => facts);
      },
      policy: [{ level: 'user', name: 'config.jsonc', policy: this.#deps.config.current().policy }],
    });
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
      daemon: this.#daemonView(),
      configProblems: this.#fleet.configProblems(),
      wantedKeys: this.#fleet.wantedKeys(),
      spend: this.#resources.spendView(),
    };
  }

  /** Cancels what runs and waits until it has been recorded. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    if (this.#announceTimer) clearTimeout(this.#announceTimer);
    this.#prober.dispose();
    this.#keeper.dispose();
    this.#board.cancelAll();
    await this.#board.drained();
    this.#resources.dispose();
  }

  #start(task: ArrivedTask): Promise<Result<'route'>> {
    const emit = (event: RouterEvent): void => {
      this.#deps.events.emit(task.client.clientId, event);
    };
    return routeTask(task, { ...this.#deps, ...this.#parts(), emit }).finally(() => {
      this.#announceSoon();
    });
  }

  /** What the pieces of work share. */
  #parts() {
    return {
      fleet: this.#fleet,
      states: this.#states,
      monitor: this.#monitor,
      resources: this.#resources,
      retries: this.#retries,
      local: this.#local,
      memory: this.#memory,
      balance: this.#balance,
      reader: this.#reader,
      quality: this.#quality,
      tokens: this.#tokens,
      spending: this.#spending,
      routingVersion: this.#deps.routingModel.version,
    };
  }

  #daemonView(): DaemonView {
    const { store } = this.#deps;
    const { mode, reason, notice, history } = store;
    const cache = { ...this.#memory.stats, features: this.#reader.stats };
    return {
      store: { mode, reason, notice, decisions: store.countDecisions(), bytes: history.bytes() },
      cache,
      alarms: [...this.#monitor.alarms],
    };
  }

  #stored(decisionId: string): StoredDecision {
    const stored = this.#deps.store.readDecision(decisionId);
    if (!stored) throw unknownDecision(decisionId);
    return stored;
  }

  #nodeViews(clientId: string) {
    const sources = {
      states: this.#states,
      resources: this.#resources,
      local: this.#local,
      spentUsd: this.#deps.store.spentByRoute(startOfDayMs(this.#deps.clock.nowMs())),
    };
    return this.#fleet.registry.visibleTo(clientId).map((node) => nodeView(node, sources));
  }

  #announceSoon(): void {
    // What still ends now is recorded; to announce it the store would be asked, which is about to be closed.
    if (this.#isDisposed) return;
    this.#announceTimer ??= setTimeout(() => {
      this.#announceTimer = null;
      this.#prober.reschedule();
      this.#announce();
    }, announceAfterMs);
  }

  #announce(): void {
    const { events } = this.#deps;
    for (const clientId of events.clientIds()) {
      const { nodes, daemon, configProblems, wantedKeys, spend } = this.currentState(clientId);
      events.emit(clientId, { type: 'health', nodes: [...nodes], ...(daemon && { daemon }) });
      if (spend !== undefined) events.emit(clientId, { type: 'spend', spend });
      events.emit(clientId, { type: 'config', problems: [...configProblems], wantedKeys: [...wantedKeys] });
    }
  }

  #forgetKeysWhenAlone(): void {
    if (this.#clients.size === 0) this.#fleet.registry.forgetKeys();
  }
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

function unknownDecision(decisionId: string): RouterError {
  return new RouterError('decision.notFound', `No stored decision has the id ${decisionId}.`);
}

function startOfDayMs(nowMs: number): number {
  return new Date(nowMs).setHours(0, 0, 0, 0);
}
