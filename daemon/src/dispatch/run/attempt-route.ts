/**
 * One attempt of a task on one route: holds what it needs, stores the attempt as running, makes the call, stores how it
 * ended and settles what was used.
 */
import { RouterError } from '@task-router/protocol';
import type { Actual, Expected, PriceTable } from '../../engine/index.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { attemptCostUsd, settledCostUsd } from './cost.ts';
import type { RouteHandle } from '../decide/facts.ts';
import type { WatchedCall } from '../local/local-servers.ts';
import type { NodeModel } from '../nodes/node.ts';
import { acquire } from '../resources/acquire.ts';
import type { Acquired } from '../resources/acquire.ts';
import { expectedOf, priceTable } from '../resources/call-request.ts';
import { actualOf } from '../resources/settlement.ts';
import { AttemptNeeds } from './attempt-needs.ts';
import type { AttemptPlace } from './attempt-needs.ts';
import type { EndedAttempt, Held } from './ended-attempt.ts';
import { prepareCall } from './prepare-call.ts';
import type { AnswerOrder, PreparedCall } from './prepare-call.ts';
import { recordAttempt } from './record-attempt.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { cancelledEnd, goneAway, holdLost, unstarted } from './unstarted.ts';

/** A course; its methods are called on it. */
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

interface RouteCall {
  readonly order: AttemptOrder;
  readonly handle: RouteHandle;
  readonly client: NonNullable<RouteHandle['node']['client']>;
  readonly held: Held;
}

/** A promise unless the lease is gone. */
function callRoute(run: TaskRun, deps: TaskRunDeps, call: RouteCall): EndedAttempt | Promise<EndedAttempt> {
  const { order, handle, held } = call;
  const { routeId, nodeId } = handle.facts;
  // Money is booked by who asks for it; a demo server that speaks a vendor's format is not that vendor.
  const provider = handle.node.isDemo ? 'demo' : handle.node.provider;
  const isHeld = held.lease.commit({ routeId, nodeId, provider });
  if (isHeld) return committedCall(run, deps, call);
  held.lease.release();
  return unsentAttempt(order, { end: holdLost }, held);
}

/**
 * The call itself, between commit and settlement of its lease. What is to be done at once stands outside: a frame that
 * waits is kept.
 */
async function committedCall(run: TaskRun, deps: TaskRunDeps, call: RouteCall): Promise<EndedAttempt> {
  const { lease } = call.held;
  try {
    const sent = prepared(run, deps, call);
    // Decision, lease and attempt are in the file before the first byte goes out.
    const committing = deps.store.committed();
    if (committing !== null) await committing;
    const end = await send(run, deps, sent);
    const judged = sent.watched.end(end);
    // What a tool was shown can't be taken back, so there it is only learned from, beside the end of the answer.
    const cut = run.outside === null || run.outside.answer.isUnseen ? await judged : null;
    return ended(run, deps, sent, { end, cut });
  } finally {
    // Reached unsettled only when something of our own failed: the call went out, so what it was to use counts as used.
    lease.settle(asHeld);
  }
}

const asHeld: Actual = { amounts: {}, estimated: true };

interface SentCall extends RouteCall {
  readonly startedAtMs: number;
  readonly call: PreparedCall;
  readonly expected: Expected;
  readonly watched: WatchedCall;
}

function prepared(run: TaskRun, deps: TaskRunDeps, { order, handle, client, held }: RouteCall): SentCall {
  const { lease, cap } = held;
  const { node, model, facts } = handle;
  const wrote = (chars: number): void => lease.wrote(chars);
  const call = prepareCall(run, { handle, client, order, cap: cap?.maxOutputTokens ?? null, wrote });
  const { record } = run;
  const expected = expectedOf(record, facts.routeId);
  const inputTokens = record.input.task.inputTokens * (facts.inputTokenFactor ?? 1);
  const watched = deps.local.watch({ node, model, load: facts.load, inputTokens }, call.call, expected);
  const startedAtMs = deps.clock.nowMs();
  deps.store.saveAttempt({
    attemptId: lease.allocation.leaseId,
    decisionId: record.decisionId,
    routeId: facts.routeId,
    startedAtMs,
    result: null,
  });
  return { order, handle, client, held, startedAtMs, call, expected, watched };
}

function send(
  { signal }: TaskRun,
  { clock }: TaskRunDeps,
  { order, handle, held, call, watched }: SentCall,
): Promise<AttemptEnd> {
  order.answer.calling(
    { routeId: handle.facts.routeId, provider: handle.node.provider },
    order.continuesText,
  );
  return call.make({ timeouts: held.lease.allocation, signal, clock, windows: watched.windows });
}

/** What came of it, recorded, learned from and settled. */
function ended(
  run: TaskRun,
  deps: TaskRunDeps,
  { order, handle, held, startedAtMs, expected, watched }: SentCall,
  { end, cut }: Pick<EndedAttempt, 'end' | 'cut'>,
): EndedAttempt {
  const { lease, waitedMs, askedMs, cap } = held;
  const { model } = handle;
  const { routeId } = handle.facts;
  const continued = order.continuesText;
  const prices = priceTable(model);
  const costUsd = settledCostUsd(end.usage, prices, end.wroteText);
  // The count of a part says nothing of how many tokens the whole has, nor that of a task with a piece of its answer.
  const isWhole = end.status === 'succeeded' && cut === null && !continued;
  if (isWhole) deps.tokens.learn(model.modelId, { chars: run.chars, tokens: end.usage.inputTokens });
  const attempt = { routeId, end, costUsd, continued, cut, wasCalled: true, waitedMs, askedMs, cap };
  recordAttempt(run, deps, {
    ended: attempt,
    attemptId: lease.allocation.leaseId,
    startedAtMs,
    watched,
    listCostUsd: attemptCostUsd(end.usage, listPrices(model) ?? prices, end.wroteText),
    expectedMs: expected.totalMs,
  });
  learn(run, deps, { handle, ended: attempt });
  lease.settle(actualOf({ end, costUsd, prices, estimate: lease.allocation.estimate }));
  return attempt;
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
function listPrices({ known }: NodeModel): PriceTable | null {
  return known?.prices == null ? null : { prices: known.prices, longPrompt: known.longPrompt };
}
