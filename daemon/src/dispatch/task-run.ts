/**
 * The life of a decided task: attempt → record → on failure the next ranked route, until there is an answer or the
 * plan ends. The attempt loop exists once, here.
 */
import type { ChatMessage, Outcome, RouterEvent } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type { Candidate, Clock, FailoverPlan, FailoverStep, FailureKind } from '../engine/index.ts';
import { allocateResources, createFailoverPlan, executeFailover } from '../engine/index.ts';
import type { ConfigFile } from '../config/config-file.ts';
import type { DecisionRecord, OutcomeRecord, Store } from '../store/records.ts';
import type { AttemptEnd } from './attempt.ts';
import { runAttempt } from './attempt.ts';
import { attemptCostUsd, sumCostUsd } from './cost.ts';
import type { RouteHandle } from './facts.ts';
import { cutSentence } from './local/context-guard.ts';
import type { CutPrompt } from './local/context-guard.ts';
import { cutWarning, stepToMoreRoom } from './local/cut-prompt.ts';
import type { LocalServers, WatchedCall } from './local/local-servers.ts';
import type { Monitor } from './monitor.ts';
import type { RouteStates } from './route-states.ts';
import type { SlotGate } from './slot-gate.ts';
import type { Spending } from './spending.ts';
import type { TokenMemory } from './token-memory.ts';
import { outcomeView, transitionView } from './views/history-view.ts';

/** Without a deadline of its own a task may take this long over all attempts. */
const defaultDeadlineMs = 10 * 60_000;

export interface TaskRunDeps {
  readonly clock: Clock;
  readonly store: Store;
  readonly states: RouteStates;
  readonly monitor: Monitor;
  readonly slots: SlotGate;
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
  readonly queuedMs: number;
  /** Whose task it is. */
  readonly session: string;
  readonly signal: AbortSignal;
}

interface EndedAttempt {
  readonly routeId: string;
  readonly end: AttemptEnd;
  readonly costUsd: number | null;
  /** The server answered, and did not read all of the task. */
  readonly cut?: CutPrompt | null;
}

/** Runs the plan of a decision that chose a route. Resolves with the outcome (also when cancelled); rejects with
 * `route.allFailed` after recording the failed outcome. */
export async function runTask(run: TaskRun, deps: TaskRunDeps): Promise<Outcome> {
  const startedAtMs = deps.clock.nowMs();
  const attempts: EndedAttempt[] = [];
  let plan = createPlan(run, startedAtMs);
  let routeId = run.record.selection.chosen ?? '';
  for (;;) {
    const attempt = await attemptRoute(run, deps, { routeId, plan });
    attempts.push(attempt);
    const step = nextStep(run, attempt, plan, deps.clock);
    if (step === null || step.type === 'exhausted') {
      return recordOutcome(run, deps, { attempts, last: attempt, startedAtMs });
    }
    plan = step.plan;
    routeId = step.to;
    recordTransition(run, deps, { step, failed: attempt });
  }
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

async function attemptRoute(
  run: TaskRun,
  deps: TaskRunDeps,
  at: { readonly routeId: string; readonly plan: FailoverPlan },
): Promise<EndedAttempt> {
  const handle = run.handles.get(at.routeId);
  if (!handle?.node.client) {
    return { routeId: at.routeId, end: goneAway, costUsd: 0 };
  }
  const attemptId = deps.createId();
  const startedAtMs = deps.clock.nowMs();
  const { task } = run.record.input;
  const { load } = handle.facts;
  const expected = expectedOf(run.record, at.routeId);
  const allocation = allocateResources(
    {
      routeId: at.routeId,
      nodeId: handle.node.nodeId,
      priority: task.priority,
      expected,
      deadlineMs: at.plan.deadlineAtMs - startedAtMs,
      // A server on this machine may have to load the model first.
      mayLoadModel: handle.model.isLocal && !handle.node.isDemo && load.state !== 'loaded',
      coldStartMs: load.coldStartMs ?? 0,
      tokensPerSecond: handle.facts.performance.tokensPerSecond,
    },
    { inFlight: deps.slots.ledger.inFlight(handle.node.nodeId), slots: deps.local.slots(handle.node) },
  );
  // Selection saw a free slot; another task took it meanwhile. The next route is free now, waiting is not.
  if (allocation.status === 'shortage') return { routeId: at.routeId, end: slotTaken, costUsd: 0 };

  deps.store.saveAttempt({
    attemptId,
    decisionId: run.record.decisionId,
    routeId: at.routeId,
    startedAtMs,
    result: null,
  });
  deps.slots.acquire({ leaseId: attemptId, nodeId: handle.node.nodeId, routeId: at.routeId });
  const watched = deps.local.watch({ ...handle, load }, run.messages, expected);
  try {
    const end = await runAttempt({
      provider: handle.node.client,
      modelId: handle.model.modelId,
      messages: run.messages,
      maxOutputTokens: maxOutputTokens(handle),
      ...watched.windows,
      timeouts: allocation,
      signal: run.signal,
      clock: deps.clock,
      onText: (text) => {
        deps.emit({ type: 'delta', taskId: run.record.taskId, text });
      },
    });
    const costUsd = attemptCostUsd(end.usage, handle.model.prices, end.emittedText);
    const cut = await watched.end(end);
    // The count of a part says nothing of how many tokens the whole has.
    const tokens = end.status === 'succeeded' && cut === null ? end.usage.inputTokens : null;
    deps.tokens.learn(handle.model.modelId, { chars: run.chars, tokens });
    const listCostUsd = attemptCostUsd(end.usage, handle.model.known?.prices ?? null, end.emittedText);
    const ended = { attemptId, startedAtMs, routeId: at.routeId, end, costUsd, listCostUsd, cut, watched };
    recordAttempt(run, deps, ended);
    return { routeId: at.routeId, end, costUsd, cut };
  } finally {
    deps.slots.release(attemptId);
  }
}

/** Anthropic's wire demands a limit, so the model's own is named; elsewhere the server's default stands. */
function maxOutputTokens(handle: RouteHandle): number | null {
  return handle.node.provider === 'anthropic' ? handle.model.maxOutputTokens : null;
}

function expectedOf(
  record: DecisionRecord,
  routeId: string,
): Extract<Candidate, { eligible: true }>['expected'] {
  const candidate = record.selection.candidates.find((each) => each.routeId === routeId);
  return candidate?.eligible ? candidate.expected : { firstTokenMs: 0, totalMs: 0, costUsd: null };
}

function recordAttempt(
  run: TaskRun,
  deps: TaskRunDeps,
  ended: EndedAttempt & {
    readonly attemptId: string;
    readonly startedAtMs: number;
    readonly listCostUsd: number | null;
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
    expectedMs: expectedOf(run.record, routeId).totalMs,
    listCostUsd: ended.listCostUsd,
  };
  deps.store.saveAttempt({
    attemptId: ended.attemptId,
    decisionId: run.record.decisionId,
    routeId,
    startedAtMs: ended.startedAtMs,
    result: {
      ...result,
      message: end.message,
      cachedInputTokens: end.usage.cachedInputTokens,
      reasoningTokens: end.usage.reasoningTokens,
      finishReason: end.finishReason,
      ...(ended.cut && { warning: `In ${routeId} ${cutSentence(ended.cut)}.` }),
    },
  });
  deps.states.recordAttempt({
    ...ended.watched.warm(result),
    routeId,
    session: run.session,
    cachedInputTokens: end.usage.cachedInputTokens,
  });
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
  const record: OutcomeRecord = {
    decisionId,
    endedAtMs,
    status: end.status,
    routeId: last.routeId,
    attempts: attempts.length,
    finishReason: end.finishReason,
    queuedMs: run.queuedMs,
    firstTokenMs: end.firstTokenMs === null ? null : timeBefore(attempts) + end.firstTokenMs,
    totalMs: endedAtMs - ended.startedAtMs,
    ...end.usage,
    costUsd: sumCostUsd(attempts.map((attempt) => attempt.costUsd)),
    errorCode: failed ? 'route.allFailed' : null,
  };
  deps.store.saveOutcome(record);
  deps.monitor.taskEnded(record);
  deps.spending.settled(record.costUsd, deps.config.current().budgets);
  const outcome = { ...outcomeView(record), ...cutWarning(last.cut ?? null) };
  deps.emit({ type: 'outcome', taskId, outcome });
  if (!failed) return outcome;
  const causes = attempts.map(({ routeId, end: each }) => `${routeId}: ${each.message ?? 'failed'}`);
  throw new RouterError('route.allFailed', `No route gave an answer. ${causes.join(' ')}`, {
    details: { taskId, decisionId, outcome },
  });
}

/** Time spent on routes that failed, before the last one was called. */
function timeBefore(attempts: readonly EndedAttempt[]): number {
  return attempts.slice(0, -1).reduce((sum, attempt) => sum + attempt.end.totalMs, 0);
}

const noUsage = { inputTokens: null, outputTokens: null, cachedInputTokens: null, reasoningTokens: null };

function unstarted(failure: FailureKind, message: string): AttemptEnd {
  return {
    status: 'failed',
    failure,
    message,
    finishReason: null,
    firstTokenMs: null,
    totalMs: 0,
    usage: noUsage,
    emittedText: false,
    emittedChars: 0,
    retryAfterMs: null,
  };
}

const goneAway = unstarted('network', 'The node was removed while the task was running.');
const slotTaken = unstarted('overloaded', 'Another task took its last free slot.');
