/**
 * One attempt of a task on one route: holds what it needs, stores the attempt as running, makes the call, stores how it
 * ended and settles what was used.
 */
import { RouterError } from '@task-router/protocol';
import type { FailoverPlan } from '../../engine/index.ts';
import type { AttemptEnd } from '../attempt-end.ts';
import { attemptCostUsd, settledCostUsd } from '../cost.ts';
import type { RouteHandle } from '../facts.ts';
import type { CutPrompt } from '../local/context-guard.ts';
import type { WatchedCall } from '../local/local-servers.ts';
import { acquire } from '../resources/acquire.ts';
import type { Acquired } from '../resources/acquire.ts';
import { expectedOf, priceTable } from '../resources/call-request.ts';
import { actualOf } from '../resources/settlement.ts';
import type { EndedAttempt, Held } from './ended-attempt.ts';
import { prepareCall } from './prepare-call.ts';
import type { AnswerOrder } from './prepare-call.ts';
import { recordAttempt } from './record-attempt.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { cancelledEnd, goneAway, holdLost, unstarted } from './unstarted.ts';

export interface AttemptOrder extends AnswerOrder {
  readonly routeId: string;
  readonly plan: FailoverPlan;
  /** What is held for it already; null: to be acquired. */
  readonly held: Held | null;
  readonly waived: Set<string>;
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
  const unsent = unsentEnd(run, acquired, routeId);
  if (unsent !== null || acquired.status !== 'held') {
    return { ...shared, waitedMs, askedMs, ...(unsent ?? { end: cancelledEnd }) };
  }
  return callRoute(run, deps, { order, handle, client: handle.node.client, held: acquired });
}

type Unsent = Pick<EndedAttempt, 'end' | 'refusal' | 'rerouted'>;

/** How it ends without a call; null: it may be made. */
function unsentEnd(run: TaskRun, acquired: Acquired, routeId: string): Unsent | null {
  if (acquired.status === 'cancelled') return { end: cancelledEnd };
  if (acquired.status === 'refused') {
    const { error, isMoney, isRate } = acquired;
    const kind = isMoney ? 'billing' : isRate ? 'rateLimit' : 'overloaded';
    return { end: unstarted(kind, error.message), refusal: error };
  }
  if (acquired.routeId !== routeId) {
    const end = unstarted('overloaded', acquired.reason ?? 'Another route has room.');
    return { end, rerouted: { ...acquired, waitedMs: 0, askedMs: 0 } };
  }
  const [untold] = acquired.cap === null ? [] : (run.outside?.call.untranslatable ?? []);
  if (untold === undefined) return null;
  acquired.lease.release();
  return cannotBeShortened(untold);
}

/** A limit of ours would have to be written into a call that only passes as it came. */
function cannotBeShortened(field: string): Unsent {
  const message = `A hard budget pays for a shorter answer only, and that can't be told along with ${field}.`;
  return { end: unstarted('billing', message), refusal: new RouterError('budget.exceeded', message) };
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
  const wrote = (chars: number): void => lease.wrote(chars);
  const prepared = prepareCall(run, { handle, client, order, cap: cap?.maxOutputTokens ?? null, wrote });
  const expected = expectedOf(run.record, routeId);
  const inputTokens = run.record.input.task.inputTokens * (handle.facts.inputTokenFactor ?? 1);
  const watched = deps.local.watch(
    { ...handle, load: handle.facts.load, inputTokens },
    prepared.call,
    expected,
  );
  try {
    const { decisionId } = run.record;
    deps.store.saveAttempt({ attemptId, decisionId, routeId, startedAtMs, result: null });
    // Decision, lease and attempt are in the file before the first byte goes out.
    await deps.store.committed();
    order.answer.calling({ routeId, provider: handle.node.provider }, continued);
    const end = await prepared.make({
      ...{ timeouts: lease.allocation, signal: run.signal, clock: deps.clock },
      windows: watched.windows,
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

/** What the catalogue says, whatever config.jsonc or the server do. */
function listPrices({ model }: RouteHandle): ReturnType<typeof priceTable> {
  return model.known === null ? null : priceTable({ ...model, prices: model.known.prices });
}
