/**
 * The router as its clients see it: one method per request of the protocol. The long-lived parts are made in
 * `router-parts.ts`, and each piece of work has its own file.
 */
import type { ParamsOf, ResultOf, RouterEvent, daemonRequests } from '@task-router/protocol';
import { RouterError, limits } from '@task-router/protocol';
import type { DecisionRecord, StoredDecision } from '../store/records.ts';
import { Announcements } from './announcements.ts';
import { replayDifference, taskTitle } from './decide/decide.ts';
import { drillRequest } from './drill-request.ts';
import { drill } from './drill.ts';
import { HealthActions } from './health/health-actions.ts';
import { expectedQuality } from './health/monitor.ts';
import { BoundedLook } from './outside/bounded-look.ts';
import { OutsideCalls } from './outside/outside-calls.ts';
import { OutsideNews } from './outside/outside-news.ts';
import { planBatch } from './plan-batch.ts';
import { replayHistory } from './replay.ts';
import { routeTask } from './route-task.ts';
import type { ArrivedTask } from './decide/decide-task.ts';
import { createRouterParts } from './router-parts.ts';
import type { RouterDeps, RouterParts } from './router-parts.ts';
import type { ClientContext, RouterService } from './service.ts';
import { TaskBoard } from './task-board.ts';
import type { RunParams } from './decide/task-reader.ts';
import { decisionView } from './views/decision-view.ts';
import { attemptView, outcomeView, transitionView } from './views/history-view.ts';

type Requests = typeof daemonRequests;
type Params<Name extends keyof Requests> = ParamsOf<Requests[Name]>;
type Result<Name extends keyof Requests> = ResultOf<Requests[Name]>;

/** Of one window; the endpoint has limits of its own. */
const maxRunningPerClient = 32;

export class Router implements RouterService {
  /** For calls of other tools. */
  readonly outside: OutsideCalls;
  readonly #deps: RouterDeps;
  readonly #parts: RouterParts;
  readonly #announcements: Announcements;
  readonly #actions: HealthActions;
  readonly #news: OutsideNews;
  readonly #board = new TaskBoard<Result<'route'>>(maxRunningPerClient);
  readonly #clients = new Map<ClientContext, () => void>();
  readonly #startedAtMs: number;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    this.#startedAtMs = deps.clock.nowMs();
    this.#announcements = new Announcements(deps, () => this.#parts);
    this.#parts = createRouterParts(deps, () => this.#announcements.soon());
    this.#actions = new HealthActions({ ...this.#parts, clock: deps.clock });
    this.#news = new OutsideNews({
      ...{ store: deps.store, log: deps.log },
      isHeard: () => this.#hasEditors(),
      tell: (event) => this.#tellEditors(event),
    });
    this.outside = new OutsideCalls({
      ...deps,
      ...this.#parts,
      news: this.#news,
      lookAround: new BoundedLook(this.#parts.lookAround).around,
      onEnd: () => this.#announcements.soon(),
    });
  }

  get runningTasks(): number {
    return this.#board.size + this.outside.running;
  }

  async route(params: Params<'route'>, client: ClientContext, signal: AbortSignal): Promise<Result<'route'>> {
    if (params.type === 'attach') return this.#board.attach(params.taskId, client.clientId, signal);
    if (!client.trusted) throw new RouterError('task.untrusted', 'This workspace is not trusted.');
    checkTask(params);
    const taskId = this.#deps.createId();
    return this.#board.run(taskId, { clientId: client.clientId, signal }, (taskSignal) =>
      this.#start({ taskId, params, client, signal: taskSignal }),
    );
  }

  planBatch(params: Params<'planBatch'>, client: ClientContext): Promise<Result<'planBatch'>> {
    if (!client.trusted)
      return Promise.reject(new RouterError('task.untrusted', 'This workspace is not trusted.'));
    return planBatch(params, client, { ...this.#deps, ...this.#parts });
  }

  async health(params: Params<'health'>, client: ClientContext): Promise<Result<'health'>> {
    await (params.probe ? this.#parts.fleet.probeAll() : this.#parts.fleet.refresh());
    await this.#parts.local.refresh();
    const { store, cache, alarms, endpoint } = this.#announcements.daemon();
    const proxy = this.#deps.connector.proxies.view();
    return {
      nodes: this.#announcements.nodes(client.clientId),
      daemon: {
        pid: process.pid,
        version: this.#deps.version,
        startedAtMs: this.#startedAtMs,
        rssMb: Math.round(process.memoryUsage.rss() / 1024 / 102.4) / 10,
        clients: this.#clients.size,
        runningTasks: this.runningTasks,
        store,
      },
      cache,
      alarms,
      endpoint,
      ...(proxy && { proxy }),
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
      ...(stored.allocations.length > 0 && {
        allocations: stored.allocations.map(({ allocation }) => allocation),
      }),
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
    this.#parts.quality.learn(stored, params.grade);
    // A grade given again says nothing new.
    const routeId = stored.outcome?.routeId ?? null;
    if (routeId !== null && stored.grade !== params.grade) {
      const expected = expectedQuality(stored.decision, routeId);
      this.#parts.states.recordGrade(routeId, { success: params.grade === 'good', expected, atMs: nowMs });
    }
    return Promise.resolve({ recorded: true });
  }

  history(params: Params<'history'>): Promise<Result<'history'>> {
    return Promise.resolve(this.#parts.keeper.totals(params.sinceMs));
  }

  historyPage(params: Params<'historyPage'>): Promise<Result<'historyPage'>> {
    return Promise.resolve(this.#parts.keeper.page(params));
  }

  async clearHistory(_: Params<'clearHistory'>): Promise<Result<'clearHistory'>> {
    const removed = await this.#parts.keeper.clear();
    this.#parts.states.forgetPerformance();
    this.#parts.quality.forget();
    this.#parts.memory.forgetCandidates();
    this.#parts.monitor.forget();
    this.#news.forget();
    const { events } = this.#deps;
    for (const clientId of events.clientIds()) events.emit(clientId, { type: 'historyCleared' });
    this.#announcements.soon();
    return { removed };
  }

  replay(params: Params<'replay'>, signal: AbortSignal): Promise<Result<'replay'>> {
    return replayHistory(params, this.#deps.store.history, signal);
  }

  answer(params: Params<'answer'>, client: ClientContext): Promise<Result<'answer'>> {
    const { taskId, questionId, answer } = params;
    const by = { taskId, questionId, clientId: client.clientId };
    return Promise.resolve({ accepted: this.#parts.resources.questions.answer(by, answer) });
  }

  spend(): Promise<Result<'spend'>> {
    this.#deps.config.reloadIfChanged();
    return Promise.resolve(this.#parts.resources.spendView());
  }

  async setKey(params: Params<'setKey'>): Promise<Result<'setKey'>> {
    const { nodeId, key, source, confirmed, check } = params;
    const { fleet, states } = this.#parts;
    const keyOf = () => fleet.registry.get(nodeId)?.key?.value ?? null;
    const before = keyOf();
    const change = { key: key == null ? key : { value: key, source }, confirmed, check };
    const result = await fleet.setKey(nodeId, change);
    // A window that comes back brings the same key again; only another one may heal what the old one failed.
    if (before !== null && ![null, before].includes(keyOf())) states.credentialChanged(nodeId);
    return { check: result };
  }

  /** The proxy is this machine's, so any trusted client's word on it counts for all calls. */
  setProxy({ proxy }: Params<'setProxy'>, client: ClientContext): Promise<Result<'setProxy'>> {
    if (!client.trusted)
      return Promise.reject(new RouterError('task.untrusted', 'This workspace is not trusted.'));
    const { proxies } = this.#deps.connector;
    if (proxies.tell(client.client, proxy)) {
      this.#deps.log.info('proxy', { ...proxies.view() });
      this.#parts.fleet.wayOutChanged();
      this.#announcements.soon();
    }
    return Promise.resolve({ proxy: proxies.view() });
  }

  setRouteState(params: Params<'setRouteState'>, client: ClientContext): Promise<Result<'setRouteState'>> {
    const nodes = this.#parts.fleet.registry.visibleTo(client.clientId);
    return this.#actions.set(params, { nodes, drill: this.#drillRequest(client, false) });
  }

  async drill(params: Params<'drill'>, client: ClientContext): Promise<Result<'drill'>> {
    await this.#parts.fleet.refresh(client.clientId);
    return drill(this.#drillRequest(client, params.allowFoundAccounts));
  }

  clientConnected(client: ClientContext): () => void {
    this.#clients.set(client, this.#parts.fleet.follow(client));
    void this.#parts.fleet.refresh();
    return () => {
      this.#clients.get(client)?.();
      this.#clients.delete(client);
      // Keys live no longer than somebody who brought them, or a task that still needs them.
      if (this.#clients.size === 0) void this.#drained().then(() => this.#forgetKeysWhenAlone());
    };
  }

  currentState(clientId: string): ReturnType<RouterService['currentState']> {
    return this.#announcements.currentState(clientId);
  }

  /** The endpoint for other tools has come, gone or moved, or its keys have changed. */
  noteEndpoint(): void {
    this.#parts.fleet.noteEndpoint();
    this.#announcements.soon();
  }

  /** Cancels what runs and waits until it has been recorded. */
  async dispose(): Promise<void> {
    this.#announcements.dispose();
    this.#parts.prober.dispose();
    this.#parts.keeper.dispose();
    this.#board.cancelAll();
    this.outside.cancelAll();
    await this.#drained();
    this.#parts.lessons.learn();
    await this.#news.flush();
    this.#parts.resources.dispose();
  }

  async #start(task: ArrivedTask): Promise<Result<'route'>> {
    const emit = (event: RouterEvent): void => {
      this.#deps.events.emit(task.client.clientId, event);
    };
    try {
      const showDecision = (record: DecisionRecord) => this.#show(record, emit);
      const deps = { ...this.#deps, ...this.#parts, emit, isHeard: () => true, showDecision };
      return (await routeTask(task, deps)).result;
    } finally {
      this.#announcements.soon();
    }
  }

  /** Whoever saw the card can ask for it, also after the daemon was killed. */
  async #show(record: DecisionRecord, emit: (event: RouterEvent) => void): Promise<void> {
    await this.#deps.store.committed();
    emit({ type: 'decision', taskId: record.taskId, decision: decisionView(record) });
  }

  async #drained(): Promise<void> {
    await Promise.all([this.#board.drained(), this.outside.drained()]);
  }

  #hasEditors(): boolean {
    for (const { client } of this.#clients.keys()) if (client === 'editor') return true;
    return false;
  }

  #tellEditors(event: RouterEvent): void {
    for (const { client, clientId } of this.#clients.keys()) {
      if (client === 'editor') this.#deps.events.emit(clientId, event);
    }
  }

  #drillRequest(client: ClientContext, allowFound: boolean) {
    const { clock, config, createSeed } = this.#deps;
    const world = { clock, seed: createSeed(), policy: config.current().policy, allowFound };
    return drillRequest(this.#parts, client, world);
  }

  #stored(decisionId: string): StoredDecision {
    const stored = this.#deps.store.readDecision(decisionId);
    if (!stored) throw unknownDecision(decisionId);
    return stored;
  }

  #forgetKeysWhenAlone(): void {
    if (this.#clients.size > 0) return;
    this.#parts.fleet.forgetKeys();
    this.#deps.connector.proxies.forget();
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
