/** The ways out of a shortage as this task, these routes and this moment have them; the engine weighs them. */
import type {
  Alternative,
  Candidate,
  Priority,
  Shortage,
  ShortageOptions,
  Shortfall,
} from '../../engine/index.ts';
import { shareLongerThan, usdOf, withMaxTokens } from '../../engine/index.ts';
import type { RouteHandle } from '../decide/facts.ts';
import { routeIdOf } from '../nodes/node.ts';
import { claimsOnBudgets } from './budget-book.ts';
import { callRequest } from './call-request.ts';
import type { CallFacts, CallRequest } from './call-request.ts';
import type { ResourceDesk } from './desk.ts';

export interface ShortagePlace {
  readonly call: CallFacts;
  readonly handle: RouteHandle;
  readonly wanted: CallRequest;
  readonly shortage: Shortage;
  /** Ranked routes that are left, best first. */
  readonly others: readonly RouteHandle[];
  readonly maxWaitMs: number;
}

/** Shorter than this an answer is hardly one. */
const fewestTokens = 256;
/** A model that is expected to do this much worse counts as a weaker one, not as another of the same class. */
const classWidth = 0.1;

export function shortageOptions(place: ShortagePlace, desk: ResourceDesk): ShortageOptions {
  const { call, handle, maxWaitMs, others } = place;
  const same = others.filter(({ model }) => model.modelId === handle.model.modelId);
  const rest = others.filter(({ model }) => model.modelId !== handle.model.modelId);
  const loss = (other: RouteHandle): number =>
    Math.max(0, capabilityOf(call, handle) - capabilityOf(call, other));
  const inClass = rest.filter((other) => loss(other) <= classWidth && passesGate(call, other));
  const weaker = rest.filter((other) => !inClass.includes(other));
  const { objective } = call.record.selection;
  const mayDowngrade = objective === 'cost' || objective === 'speed';
  return {
    maxWaitMs,
    lowerMaxTokens: lowerMaxTokens(place, desk),
    otherAccount: firstFree(same, place, desk, loss) ?? 'No other account with room serves this model.',
    otherRoute: firstFree(inClass, place, desk, loss) ?? 'No other route of this class has room.',
    trimContext: 'The context is never cut unasked.',
    holdBack: heldBack(place, desk),
    downgrade: mayDowngrade
      ? (firstFree(weaker, place, desk, loss) ?? 'No weaker model has room either.')
      : `The objective "${objective}" does not ask for a weaker model.`,
  };
}

/** The first that has room as far as can be seen without holding it. */
function firstFree(
  handles: readonly RouteHandle[],
  place: ShortagePlace,
  desk: ResourceDesk,
  loss: (other: RouteHandle) => number,
): Alternative | null {
  const ownCost = place.wanted.request.needs.predictedNanoUsd;
  for (const handle of handles) {
    const { node } = handle;
    const { request, unknownPrice } = callRequest(place.call, handle, desk);
    const slots = desk.slotsOf(node);
    const isFull = slots !== null && desk.inFlight(node.nodeId) >= slots;
    const isClosed = desk.quotas.isClosed(node, handle.facts.routeId);
    if (isFull || isClosed || unknownPrice.length > 0) continue;
    const cost = request.needs.predictedNanoUsd;
    return {
      request,
      extraCostUsd: ownCost === null || cost === null ? 0 : usdOf(cost - ownCost),
      qualityLoss: loss(handle),
      reason: `${handle.model.label} (${node.label}) has room.`,
    };
  }
  return null;
}

/** An answer as long as what is left allows. */
function lowerMaxTokens(
  { call, wanted, shortage, handle }: ShortagePlace,
  desk: ResourceDesk,
): Alternative | string {
  const now = wanted.request.needs.outputTokens;
  const caps = shortage.shortfalls.map((short) => affordable(short, wanted));
  if (caps.includes(null)) return 'A shorter answer would not help.';
  const tokens = Math.min(...caps.map((cap) => cap ?? 0));
  if (tokens >= now) return 'The answer is not what is short.';
  if (tokens < fewestTokens) return `Fewer than ${fewestTokens} tokens are left for the answer.`;
  const input = { ...wanted.input, isHard: true };
  const needs = withMaxTokens(input, tokens);
  const nowMs = desk.clock.nowMs();
  const { claims } = claimsOnBudgets(call.budgets, needs, { nowMs, waived: call.waived });
  const share = shareLongerThan(desk.outputs.of(call.record.input.task.kind, handle.model.modelId), tokens);
  return {
    request: { ...wanted.request, needs, money: claims },
    extraCostUsd: 0,
    qualityLoss: share,
    reason: `${tokens} tokens are left for the answer; ${Math.round(share * 100)} of 100 such answers are longer.`,
  };
}

/** Output tokens that fit into what is left; null: this shortage has nothing to do with the answer's length. */
function affordable({ dimension, usable, used }: Shortfall, { request, input }: CallRequest): number | null {
  const left = usable - used;
  switch (dimension) {
    case 'outputTokens':
      return Math.floor(left);
    case 'tokens':
      return Math.floor(left - request.needs.inputTokens);
    case 'moneyNanoUsd': {
      if (input.prices === null || input.prices.prices.outputPerMTok === 0) return null;
      const prompt = withMaxTokens({ ...input, isHard: true }, 0).worstNanoUsd ?? Infinity;
      const perToken = (withMaxTokens({ ...input, isHard: true }, 1_000).worstNanoUsd ?? Infinity) - prompt;
      return Math.floor(((left - prompt) / perToken) * 1_000);
    }
    default:
      return null;
  }
}

const rank: Readonly<Record<Priority, number>> = { critical: 0, interactive: 1, background: 2, batch: 3 };

/** Less urgent calls that hold what is short: their turn is over when they end, and ours comes before theirs. */
function heldBack({ wanted, shortage }: ShortagePlace, desk: ResourceDesk): ShortageOptions['holdBack'] {
  const short = new Set(shortage.shortfalls.map(({ bucketId }) => bucketId));
  const { leases } = desk.ledger.view(desk.clock.nowMs());
  const isLower = leases.some(
    ({ priority, vector }) =>
      rank[priority] > rank[wanted.request.priority] && vector.some(({ bucketId }) => short.has(bucketId)),
  );
  if (!isLower || shortage.retryAfterMs === null) return 'Nothing less urgent holds it.';
  return {
    waitMs: shortage.retryAfterMs,
    reason: 'Until a less urgent call gives back; others like it wait behind this task.',
  };
}

function candidateOf(call: CallFacts, handle: RouteHandle): Extract<Candidate, { eligible: true }> | null {
  const routeId = routeIdOf(handle.node, handle.model);
  const found = call.record.selection.candidates.find((candidate) => candidate.routeId === routeId);
  return found?.eligible === true ? found : null;
}

function capabilityOf(call: CallFacts, handle: RouteHandle): number {
  return candidateOf(call, handle)?.parts.capability ?? 0;
}

function passesGate(call: CallFacts, handle: RouteHandle): boolean {
  return candidateOf(call, handle)?.gate?.passed ?? true;
}
