/**
 * What load distribution remembers: the law and slowness of each route, each conversation's prefixes, usual lengths per
 * kind of task, and the calls under way. Predicts a task on every route before it is decided, follows it to its end,
 * and learns from its attempts. Its one writer; kept in the store for the next start.
 */
import type {
  Clock,
  ConversationBalance,
  FinishedCall,
  KindOutput,
  LeaseWork,
  LengthCoefficients,
  Objective,
  PredictedCall,
  RouteBalance,
  RouteFacts,
  TaskFacts,
} from '../../engine/index.ts';
import {
  distributeLoad,
  expectedOutput,
  expectedWaitMs,
  initialKindOutput,
  initialRouteBalance,
  lawStart,
  observeConversation,
  observeKindOutput,
  observeRoute,
  predictedCall,
  readConversationBalance,
  readKindOutput,
  readRouteBalance,
  secondsPerUsd,
} from '../../engine/index.ts';
import type { AttemptRecord, DecisionRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Lessons } from './lessons.ts';
import { Roster } from '../../platform/roster.ts';
import type { RouteRow, RouteTable } from '../decide/route-table.ts';
import type { RunParams } from '../decide/task-reader.ts';
import { StoredState } from './stored-state.ts';

/** Conversations remembered, those used last. */
export const keptConversations = 2_000;
/** Several at a time: the way to the oldest of a map leads past every entry that was taken out of it. */
const forgetAtOnce = 200;
const cacheTtlMs = 300_000;

export interface PredictedTask {
  readonly facts: TaskFacts;
  readonly conversationId: string;
  readonly objective: Objective;
}

interface RunningTask extends LeaseWork {
  readonly nodeId: string;
}

/** One task on its way, for what is learned of it. */
export interface FollowedTask {
  movedTo(routeId: string): void;
  attempted(attempt: AttemptRecord): void;
  ended(): void;
}

export class BalanceMemory {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #lessons: Lessons;
  readonly #routes: StoredState<RouteBalance>;
  readonly #conversations: StoredState<ConversationBalance>;
  readonly #kinds: StoredState<KindOutput>;
  /** Where tasks run, and how long that is believed to take. */
  readonly #running = new Roster<RunningTask>();

  constructor(store: Store, clock: Clock, lessons: Lessons) {
    this.#store = store;
    this.#clock = clock;
    this.#lessons = lessons;
    const parts = { store, clock };
    this.#routes = new StoredState({ ...parts, area: 'balance' }, readRouteBalance);
    this.#conversations = new StoredState(
      { ...parts, area: 'conversation', keep: keptConversations },
      readConversationBalance,
    );
    this.#kinds = new StoredState({ ...parts, area: 'kindOutput' }, readKindOutput);
  }

  /** The conversation a task names, that of the task it follows or repeats, or one that begins with it. */
  conversationIdOf(taskId: string, { task, previousTaskId, retryOf }: RunParams): string {
    if (task.conversationId !== undefined) return task.conversationId;
    const earlier = previousTaskId ?? retryOf;
    const before = earlier === undefined ? null : this.#store.readDecisionOfTask(earlier);
    return before?.conversationId ?? taskId;
  }

  /** What this memory predicts for the task on each of the routes, which are those of the table. */
  predict(routes: readonly RouteFacts[], table: RouteTable, task: PredictedTask): PredictedCall[] {
    this.#lessons.learn();
    const nowMs = this.#clock.nowMs();
    const { facts, conversationId, objective } = task;
    const conversation = this.#conversations.get(conversationId) ?? null;
    const kind = this.#kinds.get(facts.kind) ?? { ...initialKindOutput, outputTokens: facts.outputTokens };
    const leases = this.#leasesFor(routes);
    const { parts } = distributeLoad({
      inputTokens: facts.inputTokens,
      outputTokens: expectedOutput(conversation, kind),
      conversation,
      routes: routes.map((route, at) => {
        const row = table.rows[at];
        const state = this.#routes.get(route.routeId) ?? null;
        const running = leases?.get(route.nodeId);
        return {
          routeId: route.routeId,
          state,
          // A law that was fitted has its own.
          start: state === null ? startOf(route, row) : undefined,
          prices: row?.balancePrices ?? null,
          cacheTtlMs,
          inputTokenFactor: route.inputTokenFactor ?? 1,
          waitMs: running === undefined ? 0 : expectedWaitMs(running, route.load.slots, nowMs),
        };
      }),
      secondsPerUsd: secondsPerUsd[objective],
      nowMs,
    });
    const predicted: PredictedCall[] = [];
    for (const [at, part] of parts.entries()) {
      const route = routes[at];
      if (route !== undefined) predicted.push(predictedCall(facts, route, part));
    }
    return predicted;
  }

  /** What runs on each node; null: too little to fill any of them. */
  #leasesFor(routes: readonly RouteFacts[]): ReadonlyMap<string, LeaseWork[]> | null {
    const { size } = this.#running;
    const canFill = ({ load: { slots } }: RouteFacts) => slots !== null && size >= slots;
    return routes.some(canFill) ? Map.groupBy(this.#running.all(), ({ nodeId }) => nodeId) : null;
  }

  /** Follows one decided task; `ended` must be called once it is over, however that came. */
  follow(record: DecisionRecord): FollowedTask {
    let running = this.#runsOn(record, record.selection.chosen);
    const stop = (): void => {
      if (running !== null) this.#running.delete(running);
    };
    return {
      movedTo: (routeId) => {
        const next = this.#runsOn(record, routeId);
        if (next === null) return;
        stop();
        running = next;
      },
      attempted: (attempt) => this.#lessons.add(() => this.#learn(record, attempt)),
      ended: stop,
    };
  }

  /** null: nothing is believed of it there. */
  #runsOn({ selection, input }: DecisionRecord, routeId: string | null): RunningTask | null {
    const candidate = selection.candidates.find((each) => each.routeId === routeId);
    const route = input.routes.find((each) => each.routeId === routeId);
    if (candidate?.eligible !== true || route === undefined) return null;
    const predictedMs = candidate.expected.totalMs - (route.predicted?.waitMs ?? 0);
    const running = { nodeId: route.nodeId, predictedMs, startedAtMs: this.#clock.nowMs() };
    this.#running.add(running);
    return running;
  }

  #learn(record: DecisionRecord, attempt: AttemptRecord): void {
    const route = record.input.routes.find((each) => each.routeId === attempt.routeId);
    const call = route === undefined ? null : finishedCall(record, route, attempt);
    if (route === undefined || call === null) return;
    const { routeId } = route;
    const known = this.#routes.get(routeId) ?? initialRouteBalance(lawStart(route));
    this.#routes.set(routeId, observeRoute(known, call));
    const kind = this.#kinds.get(record.kind) ?? initialKindOutput;
    this.#kinds.set(record.kind, observeKindOutput(kind, call.outputTokens));
    if (record.conversationId !== undefined) this.#learnConversation(record.conversationId, call);
  }

  #learnConversation(conversationId: string, call: FinishedCall): void {
    const conversation = observeConversation(this.#conversations.get(conversationId) ?? null, call);
    // Newest last, so that the first one is the one to forget.
    this.#conversations.delete(conversationId);
    this.#conversations.set(conversationId, conversation);
    if (this.#conversations.size < keptConversations + forgetAtOnce) return;
    for (const [oldest] of this.#conversations.entries()) {
      if (this.#conversations.size <= keptConversations) break;
      this.#conversations.delete(oldest);
    }
  }
}

function startOf(route: RouteFacts, row: RouteRow | undefined): LengthCoefficients {
  return route.performance === row?.untried.performance ? row.untried.lawStart : lawStart(route);
}

/** null: it says nothing of the route's speed. */
function finishedCall(
  record: DecisionRecord,
  route: RouteFacts,
  { result }: AttemptRecord,
): FinishedCall | null {
  // A server that had to load its model first says nothing of the speed of the next call.
  if (result?.status !== 'succeeded' || route.load.state === 'cold') return null;
  const { inputTokens, outputTokens, cachedInputTokens, totalMs, endedAtMs } = result;
  if (inputTokens === null || outputTokens === null) return null;
  return {
    routeId: route.routeId,
    inputTokens,
    outputTokens,
    endedAtMs,
    expectedCachedTokens: route.predicted?.cachedTokens ?? 0,
    reportedCachedTokens: reportedBy(record.labels[route.routeId]?.provider, cachedInputTokens),
    serviceMs: totalMs,
  };
}

/** The client library of these servers writes 0 where the server said nothing of its cache. */
function reportedBy(provider: string | undefined, cachedTokens: number | null): number | null {
  return provider === 'openai-compatible' && cachedTokens === 0 ? null : cachedTokens;
}
