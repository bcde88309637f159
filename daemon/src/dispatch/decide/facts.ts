/**
 * Takes the immutable snapshot the engine decides on: one `RouteFacts` per route a client may see, put together from
 * the table of routes, the performance and health states, the calls under way, and what load distribution predicts.
 */
import type {
  PerformanceFacts,
  PredictedCall,
  RouteFacts,
  RouteHealthState,
  TaskFacts,
} from '../../engine/index.ts';
import {
  createRandom,
  decisionShare,
  hasJustFailed,
  isLastResort,
  performanceFacts,
  seedFor,
} from '../../engine/index.ts';
import type { LocalServers } from '../local/local-servers.ts';
import type { Node, NodeModel } from '../nodes/node.ts';
import type { QualityOf } from '../memory/quality-memory.ts';
import type { OutsideCall } from '../outside/outside-call.ts';
import { takesAsIs } from '../outside/takes-as-is.ts';
import type { RouteStates } from '../health/route-states.ts';
import type { RouteRow, RouteTable } from './route-table.ts';
import type { TokenMemory } from '../memory/token-memory.ts';

export interface FactsSources {
  readonly table: RouteTable;
  readonly states: RouteStates;
  readonly local: LocalServers;
  /** Size of the task at hand. */
  readonly task: Pick<TaskFacts, 'inputTokens' | 'outputTokens'>;
  readonly tokens: TokenMemory;
  /** For the task at hand. */
  readonly qualityOf: QualityOf;
  readonly nowMs: number;
  /** The call of another tool; absent: a developer's own task. */
  readonly call?: OutsideCall | undefined;
  /** Of the decision: draws which of them a route gets that has just come back. */
  readonly seed: number;
}

/** One route with the objects it is called through. */
export interface RouteHandle {
  readonly facts: RouteFacts;
  readonly node: Node;
  readonly model: NodeModel;
}

/**
 * The facts of each route, in the order of the table. What load distribution predicts for the task rests on the facts of
 * all routes, so it is asked once they are there; absent: nobody predicts.
 */
export function routeFacts(
  sources: FactsSources,
  predict?: (facts: readonly RouteFacts[]) => readonly PredictedCall[],
): RouteFacts[] {
  const drafts: Draft[] = [];
  for (const row of sources.table.rows) drafts.push(factsOf(sources, row));
  const facts = drafts as RouteFacts[];
  if (predict === undefined) return facts;
  const predictions = predict(facts);
  for (const [at, draft] of drafts.entries()) draft.predicted = predictions[at];
  return facts;
}

/** Every route of one decision has the same shape: that is what makes reading them quick. */
interface Draft extends Omit<RouteFacts, 'predicted'> {
  predicted: PredictedCall | undefined;
}

function factsOf(sources: FactsSources, row: RouteRow): Draft {
  const { node, model, routeId, speedPrior } = row;
  const { states, local, tokens, nowMs, task } = sources;
  const health = states.health(routeId);
  const inputTokenFactor = tokens.factorOf(model.modelId);
  const seen = states.performance(routeId);
  const performance = seen === null ? row.untried.performance : performanceFacts(seen, speedPrior, nowMs);
  const { capabilityPrior, quality } = sources.qualityOf(node, model);
  const facts: Draft = {
    routeId,
    nodeId: node.nodeId,
    modelId: model.modelId,
    isLocal: model.isLocal,
    isDemo: node.isDemo,
    access: row.access,
    capabilities: model.capabilities,
    maxOutputTokens: model.maxOutputTokens,
    prices: row.prices,
    contextWindow: local.window(row, inputTokenFactor),
    inputTokenFactor,
    capabilityPrior,
    quality,
    performance,
    health: health?.state ?? 'unknown',
    healthReason: health?.reason ?? null,
    lastResort: isLastResort(health),
    load: local.facts(row, {
      tokens: task.inputTokens * inputTokenFactor + task.outputTokens,
      callMs: callMs(performance, task.outputTokens),
    }),
    takesAsIs: sources.call !== undefined && takesAsIs(sources.call, node, model) ? true : undefined,
    predicted: undefined,
  };
  return isHeldBack(sources, routeId, health) ? { ...facts, heldBack: true } : facts;
}

/** Just failed; or slow start, or failing now and then: then each decision draws for each route whether it is among the share it gets. */
function isHeldBack(
  { nowMs, seed }: FactsSources,
  routeId: string,
  health: RouteHealthState | null,
): boolean {
  if (hasJustFailed(health, nowMs)) return true;
  const share = decisionShare(health, nowMs);
  return share < 1 && createRandom(seedFor(seed, `slowStart ${routeId}`)).next() >= share;
}

/** About what a call takes, for the wait behind calls of others. */
function callMs(
  { firstTokenMs, tokensPerSecond, speedPrior: prior }: PerformanceFacts,
  tokens: number,
): number {
  const perToken = 1000 / Math.max(0.1, tokensPerSecond ?? prior.tokensPerSecond);
  return (firstTokenMs ?? prior.firstTokenMs) + tokens * perToken;
}

/** The routes of one decision by their ids. */
export class RouteHandles {
  readonly table: RouteTable;
  readonly facts: readonly RouteFacts[];

  /** @param facts one for each row of the table */
  constructor(table: RouteTable, facts: readonly RouteFacts[]) {
    this.table = table;
    this.facts = facts;
  }

  get(routeId: string): RouteHandle | undefined {
    const at = this.table.placeOf(routeId);
    const [row, facts] = [this.table.rows[at], this.facts[at]];
    return row && facts && { facts, node: row.node, model: row.model };
  }

  list(): RouteHandle[] {
    return this.table.rows.flatMap(({ routeId }) => this.get(routeId) ?? []);
  }
}
