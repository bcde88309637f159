/**
 * The life of a decided task: attempt → record → on failure the next ranked route, until there is an answer or the
 * plan ends. The attempt loop exists once, here.
 */
import type { ChatMessage, Outcome, RouterEvent } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock, FailoverPlan, FailoverStep } from '../engine/index.ts';
import { createFailoverPlan, executeFailover } from '../engine/index.ts';
import type { DecisionRecord, OutcomeRecord, Store } from '../store/records.ts';
import type { AttemptEnd } from './attempt.ts';
import { runAttempt } from './attempt.ts';
import { attemptCostUsd, sumCostUsd } from './cost.ts';
import type { RouteHandle } from './facts.ts';
import { cutSentence } from './local/context-guard.ts';
import type { CutPrompt } from './local/context-guard.ts';
import { cutWarning, stepToMoreRoom } from './local/cut-prompt.ts';
import type { LocalServers, WatchedCall } from './local/local-servers.ts';
import { acquire } from './resources/acquire.ts';
import type { Acquired } from './resources/acquire.ts';
import type { TaskBudgets } from './resources/budget-book.ts';
import { expectedOf, priceTable } from './resources/call-request.ts';
import type { ResourceDesk } from './resources/desk.ts';
import { actualOf } from './resources/settlement.ts';
import type { RouteStates } from './route-states.ts';
import type { Spending } from './spending.ts';
import type { TokenMemory } from './token-memory.ts';
import { cancelledEnd, goneAway, holdLost, unstarted } from './unstarted.ts';
import { outcomeView, transitionView } from './views/history-view.ts';

/** Without a deadline of its own a task may take this long over all attempts. */
const defaultDeadlineMs = 10 * 60_000;

export interface TaskRunDeps {
  readonly clock: Clock;
  readonly store: Store;
  readonly states: RouteStates;
  readonly resources: ResourceDesk;
  readonly local: LocalServers;
  readonly tokens: TokenMemory;
  readonly spending: Spending;
  readonly config: ConfigFile;
  readonly createId: () => string;
  readonly emit: (event: RouterEvent) => void;
}

export interface TaskRun {
  readonly record: DecisionRecord;
  readonly handles: ReadonlyMap<string, RouteHandle>;
  readonly messages: readonly ChatMessage[];
  /** Characters of the messages. */
  readonly chars: number;
  readonly signal: AbortSignal;
  /** As they are at this moment: config.jsonc may change while a task waits. */
  readonly budgets: () => TaskBudgets;
  readonly onBudget: 'ask' | 'fail';
  readonly clientId: string;
}

interface EndedAttempt {
  readonly routeId: string;
  readonly end: AttemptEnd;
  readonly costUsd: number | null;
  /** False: it ended before anything was sent. */
  readonly wasCalled: boolean;
  /** In line for resources; and for the developer's word, which does not count against the deadline. */
  readonly waitedMs: number;
  readonly askedMs: number;
  /** Why it got no resources. */
  readonly refusal?: RouterError;
  /** A route that was found better while resources were looked for, with what is held for it. */
  readonly rerouted?: Held;
  /** A limit of ours on the answer. */
  readonly cap?: Held['cap'];
  /** The server answered, and did not read all of the task. */
  readonly cut?: CutPrompt | null;
}

type Held = Extract<Acquired, { status: 'held' }>;

/** Runs the plan of a decision that chose a route. Resolves with the outcome (also when cancelled); rejects with
 * `route.allFailed` after recording the failed outcome. */
export async function runTask(run: TaskRun, deps: TaskRunDeps): Promise<Outcome> {
  const startedAtMs = deps.clock.nowMs();
  const attempts: EndedAttempt[] = [];
  let plan = createPlan(run, startedAtMs);
  let routeId = run.record.selection.chosen ?? '';
  let held: Held | null = null;
  const waived = new Set<string>();
  for (;;) {
    const attempt: EndedAttempt = await attemptRoute(run, deps, { routeId, plan, held, waived });
    attempts.push(attempt);
    held = attempt.rerouted ?? null;
    plan = { ...preferring(plan, held), deadlineAtMs: plan.deadlineAtMs + attempt.askedMs };
    const step = nextStep(run, attempt, plan, deps.clock);
    if (step === null || step.type === 'exhausted') {
      held?.lease.release();
      return recordOutcome(run, deps, { attempts, last: attempt, startedAtMs });
    }
    plan = step.plan;
    routeId = step.to;
    recordTransition(run, deps, { step, failed: attempt });
  }
}

/** The plan with the route in front for which resources are held already. */
function preferring(plan: FailoverPlan, held: Held | null): FailoverPlan {
  const first = plan.ranked.filter(({ routeId }) => routeId === held?.routeId);
  return { ...plan, ranked: [...first, ...plan.ranked.filter((route) => !first.includes(route))] };
}

/** null: the task has ended with this attempt. */
function nextStep(
  run: TaskRun,
  { routeId, end, costUsd, cut }: EndedAttempt,
  plan: FailoverPlan,
  clock: Clock,
): FailoverStep | null {
  if (cut) {
    const isDemo = (id: string) => run.handles.get(id)?.node.isDemo ?? false;
    return stepToMoreRoom(plan, { routeId, cut, atMs: clock.nowMs(), costUsd }, isDemo);
  }
  if (end.failure === null) return null;
  return executeFailover(plan, {
    routeId,
    kind: end.failure,
    message: end.message ?? '',
    atMs: clock.nowMs(),
    emittedText: end.emittedText,
    costUsd,
  });
}

function createPlan(run: TaskRun, startedAtMs: number): FailoverPlan {
  const { task } = run.record.input;
  return createFailoverPlan({
    routes: run.record.selection.ranked.flatMap((routeId) => {
      const handle = run.handles.get(routeId);
      return handle
        ? [{ routeId, nodeId: handle.node.nodeId, contextWindow: handle.facts.contextWindow }]
        : [];
    }),
    deadlineAtMs: startedAtMs + (task.deadlineMs ?? defaultDeadlineMs),
    maxCostUsd: task.maxCostUsd,
  });
}

interface AttemptPlace {
  readonly routeId: string;
  readonly plan: FailoverPlan;
  readonly held: Held | null;
  readonly waived: Set<string>;
}

async function attemptRoute(run: TaskRun, deps: TaskRunDeps, at: AttemptPlace): Promise<EndedAttempt> {
  const { routeId } = at;
  const handle = run.handles.get(routeId);
  if (!handle?.node.client) {
    at.held?.lease.release();
    return { routeId, end: goneAway, costUsd: 0, wasCalled: false, waitedMs: 0, askedMs: 0 };
  }
  const acquired = at.held ?? (await acquireFor(run, deps, { ...at, handle }));
  const { waitedMs, askedMs } = acquired;
  const unsent = { routeId, costUsd: 0, wasCalled: false, waitedMs, askedMs };
  if (acquired.status === 'cancelled') return { ...unsent, end: cancelledEnd };
  if (acquired.status === 'refused') {
    const { error, isMoney, isRate } = acquired;
    const kind = isMoney ? 'billing' : isRate ? 'rateLimit' : 'overloaded';
    return { ...unsent, end: unstarted(kind, error.message), refusal: error };
  }
  if (acquired.routeId !== routeId) {
    const end = unstarted('overloaded', acquired.reason ?? 'Another route has room.');
    return { ...unsent, end, rerouted: { ...acquired, waitedMs: 0, askedMs: 0 } };
  }
  return callRoute(run, deps, { handle, client: handle.node.client, held: acquired });
}

function acquireFor(
  run: TaskRun,
  deps: TaskRunDeps,
  { handle, plan, waived }: AttemptPlace & { readonly handle: RouteHandle },
): Promise<Acquired> {
  const isLeft = (routeId: string): boolean =>
    routeId !== handle.facts.routeId && !plan.tried.includes(routeId);
  return acquire(
    {
      attemptId: deps.createId(),
      record: run.record,
      get budgets() {
        return run.budgets();
      },
      ...{ handle, waived, deadlineAtMs: plan.deadlineAtMs },
      others: plan.ranked.flatMap(({ routeId, nodeId }) => {
        const other = run.handles.get(routeId);
        return other && isLeft(routeId) && !plan.skippedNodes.includes(nodeId) ? [other] : [];
      }),
      ...{ clientId: run.clientId, onBudget: run.onBudget, signal: run.signal },
      ...{ createId: deps.createId, emit: deps.emit },
      waive: (name) => waived.add(name),
    },
    deps.resources,
  );
}

/** The call itself, between commit and settlement of its lease. */
async function callRoute(
  run: TaskRun,
  deps: TaskRunDeps,
  call: {
    readonly handle: RouteHandle;
    readonly client: NonNullable<RouteHandle['node']['client']>;
    readonly held: Held;
  },
): Promise<EndedAttempt> {
  const { handle, client, held } = call;
  const { lease, waitedMs, askedMs, cap } = held;
  const { routeId, nodeId } = handle.facts;
  const attemptId = lease.allocation.leaseId;
  const startedAtMs = deps.clock.nowMs();
  if (!lease.commit({ routeId, nodeId, provider: handle.node.provider })) {
    lease.release();
    return { routeId, end: holdLost, costUsd: 0, wasCalled: false, waitedMs, askedMs };
  }
  const expected = expectedOf(run.record, routeId);
  const watched = deps.local.watch({ ...handle, load: handle.facts.load }, run.messages, expected);
  try {
    const { decisionId } = run.record;
    deps.store.saveAttempt({ attemptId, decisionId, routeId, startedAtMs, result: null });
    const end = await runAttempt({
      provider: client,
      modelId: handle.model.modelId,
      messages: run.messages,
      maxOutputTokens: lowest(cap?.maxOutputTokens ?? null, maxOutputTokens(handle)),
      ...watched.windows,
      timeouts: lease.allocation,
      signal: run.signal,
      clock: deps.clock,
      onText: (text) => {
        lease.wrote(text.length);
        deps.emit({ type: 'delta', taskId: run.record.taskId, text });
      },
    });
    const prices = priceTable(handle.model);
    const costUsd = attemptCostUsd(end.usage, prices, end.emittedText);
    const cut = await watched.end(end);
    // The count of a part says nothing of how many tokens the whole has.
    const tokens = end.status === 'succeeded' && cut === null ? end.usage.inputTokens : null;
    deps.tokens.learn(handle.model.modelId, { chars: run.chars, tokens });
    const ended = { routeId, end, costUsd, cut, wasCalled: true, waitedMs, askedMs, cap };
    recordAttempt(run, deps, { ...ended, attemptId, startedAtMs, watched });
    learn(run, deps, { handle, ended });
    lease.settle(actualOf({ end, costUsd, prices, estimate: lease.allocation.estimate }));
    return ended;
  } finally {
    // Reached unsettled only when something of our own failed: the call went out, so what it was to use counts as used.
    lease.settle({ amounts: {}, estimated: true });
  }
}

/** What the answer told of the account's limits and of the length of such answers. */
function learn(
  run: TaskRun,
  deps: TaskRunDeps,
  { handle, ended }: { readonly handle: RouteHandle; readonly ended: EndedAttempt },
): void {
  const { end, cap } = ended;
  deps.resources.quotas.learn(handle.node, handle.facts.routeId, end);
  if (end.status !== 'succeeded' || end.usage.outputTokens === null) return;
  const wasShortened = cap != null && end.finishReason === 'length';
  deps.resources.outputs.add(run.record.input.task.kind, handle.model.modelId, {
    ...{ tokens: end.usage.outputTokens, wasShortened },
  });
}

function lowest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** Anthropic's wire demands a limit, so the model's own is named; elsewhere the server's default stands. */
function maxOutputTokens(handle: RouteHandle): number | null {
  return handle.node.provider === 'anthropic' ? handle.model.maxOutputTokens : null;
}

function recordAttempt(
  run: TaskRun,
  deps: TaskRunDeps,
  ended: EndedAttempt & {
    readonly attemptId: string;
    readonly startedAtMs: number;
    readonly watched: WatchedCall;
  },
): void {
  const { end, routeId, costUsd } = ended;
  const result = {
    status: end.status,
    failure: end.failure,
    firstTokenMs: end.firstTokenMs,
    totalMs: end.totalMs,
    inputTokens: end.usage.inputTokens,
    outputTokens: end.usage.outputTokens,
    costUsd,
    retryAfterMs: end.retryAfterMs,
    endedAtMs: deps.clock.nowMs(),
  };
  deps.store.saveAttempt({
    attemptId: ended.attemptId,
    decisionId: run.record.decisionId,
    routeId,
    startedAtMs: ended.startedAtMs,
    result: {
      ...result,
      message: end.message,
      cap: ended.cap ?? null,
      cachedInputTokens: end.usage.cachedInputTokens,
      reasoningTokens: end.usage.reasoningTokens,
      finishReason: end.finishReason,
      ...(ended.cut && { warning: `In ${routeId} ${cutSentence(ended.cut)}.` }),
    },
  });
  deps.states.recordAttempt({ ...ended.watched.warm(result), routeId });
}

function recordTransition(
  run: TaskRun,
  deps: TaskRunDeps,
  {
    step,
    failed,
  }: { readonly step: Extract<FailoverStep, { type: 'transition' }>; readonly failed: EndedAttempt },
): void {
  const transition = {
    decisionId: run.record.decisionId,
    from: step.from,
    to: step.to,
    cause: failed.cut ? 'contextLength' : (failed.end.failure ?? 'server'),
    message: failed.cut ? cutSentence(failed.cut) : (failed.end.message ?? ''),
    mode: step.mode,
    atMs: deps.clock.nowMs(),
  };
  deps.store.saveTransition(transition);
  deps.emit({ type: 'transition', taskId: run.record.taskId, transition: transitionView(transition) });
}

/** The outcome is committed before anyone hears of it. */
function recordOutcome(
  run: TaskRun,
  deps: TaskRunDeps,
  ended: {
    readonly attempts: readonly EndedAttempt[];
    readonly last: EndedAttempt;
    readonly startedAtMs: number;
  },
): Outcome {
  const { attempts, last } = ended;
  const { end } = last;
  const { taskId, decisionId } = run.record;
  const endedAtMs = deps.clock.nowMs();
  const failed = end.status === 'failed';
  // Where nothing was sent, what was short says more than that every route failed.
  const refusal = attempts.some(({ wasCalled }) => wasCalled)
    ? undefined
    : attempts.find((attempt) => attempt.refusal !== undefined)?.refusal;
  const record: OutcomeRecord = {
    decisionId,
    endedAtMs,
    status: end.status,
    routeId: last.routeId,
    attempts: attempts.filter(({ wasCalled }) => wasCalled).length,
    finishReason: end.finishReason,
    queuedMs: attempts.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
    firstTokenMs: end.firstTokenMs === null ? null : timeBefore(attempts) + end.firstTokenMs,
    totalMs: endedAtMs - ended.startedAtMs,
    ...end.usage,
    costUsd: sumCostUsd(attempts.map((attempt) => attempt.costUsd)),
    errorCode: failed ? (refusal?.code ?? 'route.allFailed') : null,
  };
  deps.store.saveOutcome(record);
  deps.spending.settled(record.costUsd, deps.config.current().budgets);
  const outcome = { ...outcomeView(record, last.cap ?? null), ...cutWarning(last.cut ?? null) };
  deps.emit({ type: 'outcome', taskId, outcome });
  if (!failed) return outcome;
  if (refusal !== undefined) throw refusal;
  const causes = attempts.map(({ routeId, end: each }) => `${routeId}: ${each.message ?? 'failed'}`);
  throw new RouterError('route.allFailed', `No route gave an answer. ${causes.join(' ')}`, {
    details: { taskId, decisionId, outcome },
  });
}

/** Time spent on routes that failed, before the last one was called. */
function timeBefore(attempts: readonly EndedAttempt[]): number {
  return attempts.slice(0, -1).reduce((sum, attempt) => sum + attempt.end.totalMs, 0);
}
