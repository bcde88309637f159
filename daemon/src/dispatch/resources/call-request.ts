/** From a task and a route to what the engine is asked for: needs, node, budgets, timers. */
import type { DecisionRecord } from '../../store/records.ts';
import type { AllocationRequest, NeedsInput, PriceTable, ResourceNeeds } from '../../engine/index.ts';
import { needsOf } from '../../engine/index.ts';
import type { RouteHandle } from '../decide/facts.ts';
import type { NodeModel } from '../nodes/node.ts';
import { claimsOnBudgets } from './budget-book.ts';
import type { NamedBudget, TaskBudgets } from './budget-book.ts';
import type { ResourceDesk } from './desk.ts';

export interface CallFacts {
  /** Of the attempt; the lease has it, too. */
  readonly attemptId: string;
  readonly record: DecisionRecord;
  readonly budgets: TaskBudgets;
  /** Names of budgets that the developer has waived for this task. */
  readonly waived: ReadonlySet<string>;
  readonly deadlineAtMs: number;
  /** The caller's own limit on the answer; null: none. */
  readonly maxOutputTokens: number | null;
}

export interface CallRequest {
  readonly request: AllocationRequest;
  readonly input: NeedsInput;
  /** Hard budgets that do not let a call of unknown price pass. */
  readonly unknownPrice: readonly NamedBudget[];
}

export function callRequest(call: CallFacts, handle: RouteHandle, desk: ResourceDesk): CallRequest {
  const { record, budgets, waived } = call;
  const { task } = record.input;
  const { facts, node, model } = handle;
  const nowMs = desk.clock.nowMs();
  const prices = priceTable(model);
  const isHard = !isFree(prices) && budgets.budgets.some(({ hard, name }) => hard && !waived.has(name));
  const input: NeedsInput = {
    inputTokens: task.inputTokens,
    expectedOutputTokens: task.outputTokens,
    outputs: desk.outputs.of(task.kind, model.modelId),
    maxOutputTokens: lowest(model.maxOutputTokens, call.maxOutputTokens),
    prices,
    isHard,
    // What a model takes is not known before its server is asked.
    localMemoryBytes: 0,
  };
  const needs = isFree(prices) ? free(needsOf(input)) : needsOf(input);
  const { claims, unknownPrice } = claimsOnBudgets(budgets, needs, { nowMs, waived });
  const request: AllocationRequest = {
    requestId: call.attemptId,
    routeId: facts.routeId,
    node: { ...desk.quotas.resourcesOf(node, facts.routeId), slots: desk.slotsOf(node) },
    needs,
    money: claims,
    priority: task.priority,
    expected: expectedOf(record, facts.routeId),
    deadlineMs: call.deadlineAtMs - nowMs,
    // A server on this machine may have to load the model first.
    mayLoadModel: model.isLocal && !node.isDemo && facts.load.state !== 'loaded',
    coldStartMs: facts.load.coldStartMs ?? 0,
    local: localReading(handle, task.inputTokens, desk),
    tokensPerSecond: facts.performance.tokensPerSecond,
  };
  return { request, input, unknownPrice };
}

function localReading(
  { facts, node, model }: RouteHandle,
  tokens: number,
  desk: ResourceDesk,
): NonNullable<AllocationRequest['local']> | null {
  if (!model.isLocal || node.isDemo) return null;
  const inputTokens = tokens * (facts.inputTokenFactor ?? 1);
  return {
    inputTokens,
    seenFirstTokenMs: desk.seenFirstTokenMs(facts, inputTokens),
    callsAhead: desk.inFlight(node.nodeId),
  };
}

/** The lower of two limits, of which each may be unknown. */
export function lowest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** With the tier for long prompts, where the price is the catalogue's own. */
export function priceTable({ prices, known }: NodeModel): PriceTable | null {
  if (prices === null) return null;
  return { prices, longPrompt: prices === known?.prices ? known.longPrompt : null };
}

function isFree(table: PriceTable | null): boolean {
  return table?.prices.inputPerMTok === 0 && table.prices.outputPerMTok === 0;
}

/** However long its answers may get. */
function free(needs: ResourceNeeds): ResourceNeeds {
  return { ...needs, predictedNanoUsd: 0, worstNanoUsd: 0 };
}

export function expectedOf(record: DecisionRecord, routeId: string): AllocationRequest['expected'] {
  const candidate = record.selection.candidates.find((each) => each.routeId === routeId);
  return candidate?.eligible ? candidate.expected : { firstTokenMs: 0, totalMs: 0, costUsd: null };
}
