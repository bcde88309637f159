/**
 * One attempt of a task on one route: holds what it needs, stores the attempt as running, makes the call, stores how it
 * ended and settles what was used.
 */
import { RouterError } from '@task-router/protocol';
import { attemptCostUsd, settledCostUsd } from '../cost.ts';
import type { RouteHandle } from '../facts.ts';
import { acquire } from '../resources/acquire.ts';
import type { Acquired } from '../resources/acquire.ts';
import { expectedOf, priceTable } from '../resources/call-request.ts';
import { actualOf } from '../resources/settlement.ts';
import { AttemptNeeds } from './attempt-needs.ts';
import type { AttemptPlace } from './attempt-needs.ts';
import type { EndedAttempt, Held } from './ended-attempt.ts';
import { prepareCall } from './prepare-call.ts';
import type { AnswerOrder } from './prepare-call.ts';
import { recordAttempt } from './record-attempt.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { cancelledEnd, goneAway, holdLost, unstarted } from './unstarted.ts';

export interface AttemptOrder extends AnswerOrder, AttemptPlace {
  /** What is held for it already; null: to be acquired. */
  readonly held: Held | null;
}

/** A promise unless it ends before anything is sent. */
export function attemptRoute(
  run: TaskRun,
  deps: TaskRunDeps,
  order: AttemptOrder,
): EndedAttempt | Promise<EndedAttempt> {
  const handle = run.handles.get(order.routeId);
  if (!handle?.node.client) {
    order.held?.lease.release();
    return unsentAttempt(order, { end: goneAway }, { waitedMs: 0, askedMs: 0 });
  }
  const { client } = handle.node;
  const go = (acquired: Acquired): EndedAttempt | Promise<EndedAttempt> => {
    const unsent = unsentEnd(run, acquired, order.routeId);
    if (unsent !== null || acquired.status !== 'held')
      return unsentAttempt(order, unsent ?? { end: cancelledEnd }, acquired);
    return callRoute(run, deps, { order, handle, client, held: acquired });
  };
  const acquired = order.held ?? acquire(new AttemptNeeds(run, deps, { order, handle }), deps.resources);
  return acquired instanceof Promise ? acquired.then(go) : go(acquired);
}

function unsentAttempt(
  { routeId, continuesText: continued }: AttemptOrder,
  unsent: Unsent,
  { waitedMs, askedMs }: Pick<Acquired, 'waitedMs' | 'askedMs'>,
): EndedAttempt {
  return { routeId, costUsd: 0, continued, wasCalled: false, cut: null, waitedMs, askedMs, ...unsent };
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
  // Money is booked by who asks for it; a demo server that speaks a vendor's format is not that vendor.
  const provider = handle.node.isDemo ? 'demo' : handle.node.provider;
  if (!lease.commit({ routeId, nodeId, provider })) {
    lease.release();
    return unsentAttempt(order, { end: holdLost }, held);
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
    const { signal } = run;
    const timeouts = lease.allocation;
    const end = await prepared.make({ timeouts, signal, clock: deps.clock, windows: watched.windows });
    const prices = priceTable(handle.model);
    const costUsd = settledCostUsd(end.usage, prices, end.wroteText);
    const judged = watched.end(end);
    // What a tool was shown can't be taken back, so there it is only learned from, beside the end of the answer.
    const cut = run.outside === null || run.outside.answer.isUnseen ? await judged : null;
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
    tokens: end.usage.outputTokens,
    wasShortened,
  });
}

/** What the catalogue says, whatever config.jsonc or the server do. */
function listPrices({ model }: RouteHandle): ReturnType<typeof priceTable> {
  return model.known === null ? null : priceTable({ ...model, prices: model.known.prices });
}
