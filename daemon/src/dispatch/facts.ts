/**
 * Takes the immutable snapshot the engine decides on: one `RouteFacts` per route a client may see, put together from
 * the node registry, the performance and health states, and the calls under way.
 */
import { speedPrior } from '../catalog/index.ts';
import type { PerformanceFacts, RouteFacts, TaskFacts } from '../engine/index.ts';
import { createRandom, decisionShare, isLastResort, performanceFacts, seedFor } from '../engine/index.ts';
import type { LocalServers } from './local/local-servers.ts';
import { accessOf, routeIdOf } from './nodes/node.ts';
import type { Node, NodeModel } from './nodes/node.ts';
import type { QualityOf } from './quality-memory.ts';
import type { RouteStates } from './route-states.ts';
import type { TokenMemory } from './token-memory.ts';

export interface FactsSources {
  readonly nodes: readonly Node[];
  readonly states: RouteStates;
  readonly local: LocalServers;
  /** Size of the task at hand. */
  readonly task: Pick<TaskFacts, 'inputTokens' | 'outputTokens'>;
  readonly tokens: TokenMemory;
  /** For the task at hand. */
  readonly qualityOf: QualityOf;
  readonly nowMs: number;
  /** Of the decision: draws which of them a route gets that has just come back. */
  readonly seed: number;
}

/** One route with the objects it is called through. */
export interface RouteHandle {
  readonly facts: RouteFacts;
  readonly node: Node;
  readonly model: NodeModel;
}

/** In a stable order, so that equal states give equal snapshots. */
export function routeHandles(sources: FactsSources, allowFound: boolean): RouteHandle[] {
  return sources.nodes.flatMap((node) =>
    node.models.map((model) => ({
      node,
      model,
      facts: routeFacts(sources, node, model, allowFound),
    })),
  );
}

function routeFacts(sources: FactsSources, node: Node, model: NodeModel, allowFound: boolean): RouteFacts {
  const routeId = routeIdOf(node, model);
  const health = sources.states.health(routeId);
  const { inputTokens, outputTokens } = sources.task;
  const inputTokenFactor = sources.tokens.factorOf(model.modelId);
  const about = { modelId: model.modelId, known: model.known, isLocal: model.isLocal, isDemo: node.isDemo };
  const performance = performanceFacts(sources.states.performance(routeId), speedPrior(about), sources.nowMs);
  return {
    routeId,
    nodeId: node.nodeId,
    modelId: model.modelId,
    isLocal: model.isLocal,
    isDemo: node.isDemo,
    access: accessOf(node, allowFound),
    capabilities: model.capabilities,
    contextWindow: sources.local.window(node, model, inputTokenFactor),
    maxOutputTokens: model.maxOutputTokens,
    prices: model.prices && {
      inputPerMTok: model.prices.inputPerMTok,
      outputPerMTok: model.prices.outputPerMTok,
    },
    inputTokenFactor,
    ...sources.qualityOf(node, model),
    performance,
    health: health?.state ?? 'unknown',
    healthReason: health?.reason ?? null,
    lastResort: isLastResort(health),
    ...(isHeldBack(sources, routeId) && { heldBack: true }),
    load: sources.local.facts(node, model, {
      tokens: inputTokens * inputTokenFactor + outputTokens,
      callMs: callMs(performance, outputTokens),
    }),
  };
}

/** Slow start, or failing now and then: each decision draws for each route whether it is among the share it gets. */
function isHeldBack({ states, nowMs, seed }: FactsSources, routeId: string): boolean {
  const share = decisionShare(states.health(routeId), nowMs);
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
