/**
 * One attempt of a task on one route: holds what it needs, stores the attempt as running, makes the call, stores how it
 * ended and settles what was used.
 */
import type { FailoverPlan } from '../../engine/index.ts';
import type { AnswerPart, ModelCall } from '../../providers/model-call.ts';
import { portable } from '../../providers/portable-call.ts';
import type { PortableCall } from '../../providers/portable-call.ts';
import { runAttempt } from '../attempt.ts';
import type { AttemptEnd } from '../attempt.ts';
import { attemptCostUsd, settledCostUsd } from '../cost.ts';
import type { RouteHandle } from '../facts.ts';
import type { CutPrompt } from '../local/context-guard.ts';
import type { WatchedCall } from '../local/local-servers.ts';
import { acquire } from '../resources/acquire.ts';
import type { Acquired } from '../resources/acquire.ts';
import { expectedOf, lowest, priceTable } from '../resources/call-request.ts';
import { actualOf } from '../resources/settlement.ts';
import { continuationFor } from '../stream/continuation.ts';
import { holdBackGate, seamGate } from '../stream/hold-back.ts';
import type { AnswerGate } from '../stream/hold-back.ts';
import type { EndedAttempt, Held } from './ended-attempt.ts';
import { recordAttempt } from './record-attempt.ts';
import type { ShownAnswer } from './shown-answer.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { cancelledEnd, goneAway, holdLost, unstarted } from './unstarted.ts';

export interface AttemptOrder {
  readonly routeId: string;
  readonly plan: FailoverPlan;
  /** What is held for it already; null: to be acquired. */
  readonly held: Held | null;
  readonly waived: Set<string>;
  readonly answer: ShownAnswer;
  /** Go on from what is shown, instead of answering from the start. */
  readonly continuesText: boolean;
  /** The model started over although it was to go on: the text shown is void from here on. False: it can't be. */
  readonly onStartOver: () => boolean;
}

export async function attemptRoute(
  run: TaskRun,
  deps: TaskRunDeps,
  order: AttemptOrder,
): Promise<EndedAttempt> {
  const { routeId, continuesText: continued } = order;
  const handle = run.handles.get(routeId);
  const shared = { routeId, costUsd: 0, continued, wasCalled: false, cut: null };
  if (!handle?.node.client) {
    order.held?.lease.release();
    return { ...shared, end: goneAway, waitedMs: 0, askedMs: 0 };
  }
  const acquired = order.held ?? (await acquireFor(run, deps, { order, handle }));
  const { waitedMs, askedMs } = acquired;
  const unsent = { ...shared, waitedMs, askedMs };
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
  return callRoute(run, deps, { order, handle, client: handle.node.client, held: acquired });
}

function acquireFor(
  run: TaskRun,
  deps: TaskRunDeps,
  { order: { plan, waived }, handle }: { readonly order: AttemptOrder; readonly handle: RouteHandle },
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
      maxOutputTokens: run.maxOutputTokens,
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
    readonly order: AttemptOrder;
    readonly handle: RouteHandle;
    readonly client: NonNullable<RouteHandle['node']['client']>;
    readonly held: Held;
  },
): Promise<EndedAttempt> {
  const { order, handle, client, held } = call;
  const { lease, waitedMs, askedMs, cap } = held;
  const { routeId, nodeId } = handle.facts;
  const continued = order.continuesText;
  const attemptId = lease.allocation.leaseId;
  const startedAtMs = deps.clock.nowMs();
  if (!lease.commit({ routeId, nodeId, provider: handle.node.provider })) {
    lease.release();
    return {
      ...{ routeId, end: holdLost, costUsd: 0, continued, wasCalled: false, waitedMs, askedMs },
      cut: null,
    };
  }
  const { call: request, gate } = requestFor(run, handle, order, (chars) => lease.wrote(chars));
  const expected = expectedOf(run.record, routeId);
  const watched = deps.local.watch({ ...handle, load: handle.facts.load }, request, expected);
  try {
    const { decisionId } = run.record;
    deps.store.saveAttempt({ attemptId, decisionId, routeId, startedAtMs, result: null });
    // Decision, lease and attempt are in the file before the first byte goes out.
    await deps.store.committed();
    order.answer.calling({ routeId, provider: handle.node.provider }, continued);
    const end = await runAttempt({
      provider: client,
      modelId: handle.model.modelId,
      call: request,
      gate,
      slowdown: () => order.answer.slowdown(),
      maxOutputTokens: lowest(cap?.maxOutputTokens ?? null, maxOutputTokens(handle, run.maxOutputTokens)),
      ...watched.windows,
      timeouts: lease.allocation,
      signal: run.signal,
      clock: deps.clock,
    });
    const prices = priceTable(handle.model);
    const costUsd = settledCostUsd(end.usage, prices, end.wroteText);
    const cut = await cutOf(run, watched, end);
    // The count of a part says nothing of how many tokens the whole has, nor that of a task with a piece of its answer.
    const isWhole = end.status === 'succeeded' && cut === null && !continued;
    const tokens = isWhole ? end.usage.inputTokens : null;
    deps.tokens.learn(handle.model.modelId, { chars: run.chars, tokens });
    const ended = { routeId, end, costUsd, continued, cut, wasCalled: true, waitedMs, askedMs, cap };
    const listCostUsd = attemptCostUsd(end.usage, listPrices(handle) ?? prices, end.wroteText);
    const expectedMs = expected.totalMs;
    recordAttempt(run, deps, { ended, attemptId, startedAtMs, watched, listCostUsd, expectedMs });
    learn(run, deps, { handle, ended });
    lease.settle(actualOf({ end, costUsd, prices, estimate: lease.allocation.estimate }));
    return ended;
  } finally {
    // Reached unsettled only when something of our own failed: the call went out, so what it was to use counts as used.
    lease.settle({ amounts: {}, estimated: true });
  }
}

/**
 * Whether the server read less than it was sent. What a tool was shown can't be taken back, so there it is only learned
 * from, beside the end of the answer.
 */
function cutOf({ outside }: TaskRun, watched: WatchedCall, end: AttemptEnd): Promise<CutPrompt | null> {
  const judged = watched.end(end);
  return outside === null || outside.answer.isUnseen ? judged : Promise.resolve(null);
}

function requestFor(
  run: TaskRun,
  { node, model }: RouteHandle,
  { answer, continuesText, onStartOver }: AttemptOrder,
  wrote: (chars: number) => void,
): { readonly call: ModelCall; readonly gate: AnswerGate } {
  const target = { provider: node.provider, modelId: model.modelId };
  const fit = run.outside === null ? asItIs : (call: ModelCall) => portable(call, target);
  const gone = continuesText && answer.text !== null ? continuationFor(target, run.call, answer.text) : null;
  const { call, renamedTools } = fit(gone?.call ?? run.call);
  const show = (part: AnswerPart): void => {
    wrote(charsOfPart(part));
    answer.show(part.type === 'toolStart' ? withOwnName(part, renamedTools) : part);
  };
  return { call, gate: gone === null ? holdBackGate(show) : seamGate(gone.check, show, onStartOver) };
}

/** Tasks of ours name nothing that any target minds. */
function asItIs(call: ModelCall): PortableCall {
  return { call, renamedTools: new Map() };
}

/** The tool's name as the client gave it, where it had to be another for the target. */
function withOwnName<Part extends { readonly name: string }>(
  part: Part,
  renamed: ReadonlyMap<string, string>,
): Part {
  return { ...part, name: renamed.get(part.name) ?? part.name };
}
function charsOfPart(part: AnswerPart): number {
  if (part.type === 'toolDelta') return part.json.length;
  return 'text' in part ? part.text.length : 0;
}

/** What the answer told of the account's limits and of the length of such answers. */
function learn(
  run: TaskRun,
  deps: TaskRunDeps,
  { handle, ended }: { readonly handle: RouteHandle; readonly ended: EndedAttempt },
): void {
  const { end, cap, continued } = ended;
  deps.resources.quotas.learn(handle.node, handle.facts.routeId, end);
  // The rest of an answer says nothing of how long a whole one is.
  if (continued || end.status !== 'succeeded' || end.usage.outputTokens === null) return;
  const wasShortened = cap != null && end.finishReason === 'length';
  deps.resources.outputs.add(run.record.input.task.kind, handle.model.modelId, {
    ...{ tokens: end.usage.outputTokens, wasShortened },
  });
}

/**
 * The caller's limit, within what the model may write. Anthropic's wire demands one, so without any the model's own is
 * named; elsewhere the server's default stands.
 */
function maxOutputTokens({ node, model }: RouteHandle, asked: number | null): number | null {
  if (asked !== null) return lowest(asked, model.maxOutputTokens);
  return node.provider === 'anthropic' ? model.maxOutputTokens : null;
}

/** What the catalogue says, whatever config.jsonc or the server do. */
function listPrices({ model }: RouteHandle): ReturnType<typeof priceTable> {
  return model.known === null ? null : priceTable({ ...model, prices: model.known.prices });
}
