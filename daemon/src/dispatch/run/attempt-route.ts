/**
 * One attempt of a task on one route: takes what it needs, stores the attempt as running, makes the call, stores how it
 * ended and gives back what it took.
 */
import type { ChatMessage } from '@task-router/protocol';
import type { Allocation, FailureKind, RollBackReason } from '../../engine/index.ts';
import { allocateResources } from '../../engine/index.ts';
import type { AttemptEnd } from '../attempt.ts';
import { runAttempt } from '../attempt.ts';
import { attemptCostUsd } from '../cost.ts';
import type { RouteHandle } from '../facts.ts';
import { cutSentence } from '../local/context-guard.ts';
import type { CutPrompt } from '../local/context-guard.ts';
import type { WatchedCall } from '../local/local-servers.ts';
import { continuationFor } from '../stream/continuation.ts';
import { holdBackGate, seamGate } from '../stream/hold-back.ts';
import type { AnswerGate } from '../stream/hold-back.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { expectedOf } from './plan-of.ts';
import type { ShownAnswer } from './shown-answer.ts';

export interface EndedAttempt {
  readonly routeId: string;
  readonly end: AttemptEnd;
  readonly costUsd: number | null;
  /** It was to go on from what was shown. */
  readonly continued: boolean;
  /** Why it was never begun; null: it was. */
  readonly notBegun: RollBackReason | null;
  /** The server answered, and did not read all of the task. */
  readonly cut: CutPrompt | null;
}

export interface AttemptOrder {
  readonly routeId: string;
  readonly deadlineAtMs: number;
  readonly answer: ShownAnswer;
  /** Go on from what is shown, instead of answering from the start. */
  readonly continuesText: boolean;
  /** The model started over although it was to go on: the text shown is void from here on. */
  readonly onStartOver: () => void;
}

export async function attemptRoute(
  run: TaskRun,
  deps: TaskRunDeps,
  order: AttemptOrder,
): Promise<EndedAttempt> {
  const { routeId, continuesText: continued } = order;
  const handle = run.handles.get(routeId);
  if (!handle?.node.client)
    return { routeId, end: goneAway, costUsd: 0, continued, notBegun: 'gone', cut: null };
  const attemptId = deps.createId();
  const startedAtMs = deps.clock.nowMs();
  const allocation = allocationFor(run, deps, { handle, routeId, deadlineAtMs: order.deadlineAtMs });
  // Selection saw a free slot; another task took it meanwhile. The next route is free now, waiting is not.
  if (allocation.status === 'shortage')
    return { routeId, end: slotTaken, costUsd: 0, continued, notBegun: 'noSlot', cut: null };

  deps.store.saveAttempt({
    attemptId,
    decisionId: run.record.decisionId,
    routeId,
    startedAtMs,
    result: null,
  });
  deps.slots.acquire({ leaseId: attemptId, nodeId: handle.node.nodeId, routeId });
  const { messages, gate } = requestFor(run, handle, order);
  const { load } = handle.facts;
  const watched = deps.local.watch({ ...handle, load }, messages, expectedOf(run.record, routeId));
  try {
    const end = await runAttempt({
      provider: handle.node.client,
      modelId: handle.model.modelId,
      messages,
      gate,
      maxOutputTokens: maxOutputTokens(handle),
      ...watched.windows,
      timeouts: allocation,
      signal: run.signal,
      clock: deps.clock,
    });
    const costUsd = attemptCostUsd(end.usage, handle.model.prices, end.wroteText);
    const cut = await watched.end(end);
    // The count of a part says nothing of how many tokens the whole has, nor that of a task with a piece of its answer.
    const isWhole = end.status === 'succeeded' && cut === null && !continued;
    const tokens = isWhole ? end.usage.inputTokens : null;
    deps.tokens.learn(handle.model.modelId, { chars: run.chars, tokens });
    recordAttempt(run, deps, { attemptId, startedAtMs, handle, end, costUsd, cut, watched });
    return { routeId, end, costUsd, continued, notBegun: null, cut };
  } finally {
    deps.slots.release(attemptId);
  }
}

/** Whether a route could be called now; holds nothing. */
export function allocationFor(
  run: TaskRun,
  deps: TaskRunDeps,
  {
    handle,
    routeId,
    deadlineAtMs,
  }: { readonly handle: RouteHandle; readonly routeId: string; readonly deadlineAtMs: number },
): Allocation {
  const { node, model, facts } = handle;
  return allocateResources(
    {
      routeId,
      nodeId: node.nodeId,
      priority: run.record.input.task.priority,
      expected: expectedOf(run.record, routeId),
      deadlineMs: deadlineAtMs - deps.clock.nowMs(),
      // A server on this machine may have to load the model first.
      mayLoadModel: model.isLocal && !node.isDemo && facts.load.state !== 'loaded',
      coldStartMs: facts.load.coldStartMs ?? 0,
      tokensPerSecond: facts.performance.tokensPerSecond,
    },
    { inFlight: deps.slots.ledger.inFlight(node.nodeId), slots: deps.local.slots(node) },
  );
}

function requestFor(
  run: TaskRun,
  { node, model }: RouteHandle,
  { answer, continuesText, onStartOver }: AttemptOrder,
): { readonly messages: readonly ChatMessage[]; readonly gate: AnswerGate } {
  if (!continuesText) return { messages: run.messages, gate: holdBackGate(answer.show) };
  const target = { provider: node.provider, modelId: model.modelId };
  const { messages, check } = continuationFor(target, run.messages, answer.text);
  return { messages, gate: seamGate(check, answer.show, onStartOver) };
}

/** Anthropic's wire demands a limit, so the model's own is named; elsewhere the server's default stands. */
function maxOutputTokens(handle: RouteHandle): number | null {
  return handle.node.provider === 'anthropic' ? handle.model.maxOutputTokens : null;
}

function recordAttempt(
  run: TaskRun,
  deps: TaskRunDeps,
  ended: {
    readonly attemptId: string;
    readonly startedAtMs: number;
    readonly handle: RouteHandle;
    readonly end: AttemptEnd;
    readonly costUsd: number | null;
    readonly cut: CutPrompt | null;
    readonly watched: WatchedCall;
  },
): void {
  const { end, costUsd, handle, cut } = ended;
  const { routeId } = handle.facts;
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
      cachedInputTokens: end.usage.cachedInputTokens,
      reasoningTokens: end.usage.reasoningTokens,
      finishReason: end.finishReason,
      ...(cut && { warning: `In ${routeId} ${cutSentence(cut)}.` }),
    },
  });
  deps.states.recordAttempt({
    ...ended.watched.warm(result),
    routeId,
    connected: end.connected,
    // A seam that does not hold says nothing of the route: it was asked for something that not every model can do.
    excused: end.slept || end.seamBroken,
    session: run.session,
  });
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
    wroteText: false,
    emittedToolCall: false,
    retryAfterMs: null,
    connected: true,
    seamBroken: false,
    slept: false,
  };
}

const goneAway = unstarted('network', 'The node was removed while the task was running.');
const slotTaken = unstarted('overloaded', 'Another task took its last free slot.');
