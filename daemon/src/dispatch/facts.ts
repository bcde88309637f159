/**
 * Takes the immutable snapshot the engine decides on: one `RouteFacts` per route a client may see, put together from
 * the node registry, the performance and health states, and the slot ledger.
 */
import { capabilityPrior, speedPrior } from '../catalog/index.ts';
import type { RouteFacts, SlotLedger, TaskKind } from '../engine/index.ts';
import { createRandom, isLastResort, performanceFacts, seedFor, slowStartShare } from '../engine/index.ts';
import { accessOf, routeIdOf } from './nodes/node.ts';
import type { Node, NodeModel } from './nodes/node.ts';
import type { RouteStates } from './route-states.ts';

export interface FactsSources {
  readonly nodes: readonly Node[];
  readonly states: RouteStates;
  readonly slots: SlotLedger;
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
export function routeHandles(sources: FactsSources, kind: TaskKind, allowFound: boolean): RouteHandle[] {
  return sources.nodes.flatMap((node) =>
    node.models.map((model) => ({
      node,
      model,
      facts: routeFacts(sources, node, model, { kind, allowFound }),
    })),
  );
}

function routeFacts(
  sources: FactsSources,
  node: Node,
  model: NodeModel,
  task: { readonly kind: TaskKind; readonly allowFound: boolean },
): RouteFacts {
  const routeId = routeIdOf(node, model);
  const health = sources.states.health(routeId);
  const about = { modelId: model.modelId, known: model.known, isLocal: model.isLocal, isDemo: node.isDemo };
  return {
    routeId,
    nodeId: node.nodeId,
    modelId: model.modelId,
    isLocal: model.isLocal,
    isDemo: node.isDemo,
    access: accessOf(node, task.allowFound),
    capabilities: model.capabilities,
    contextWindow: model.contextWindow,
    maxOutputTokens: model.maxOutputTokens,
    prices: model.prices && {
      inputPerMTok: model.prices.inputPerMTok,
      outputPerMTok: model.prices.outputPerMTok,
    },
    capabilityPrior: capabilityPrior(about, task.kind),
    performance: performanceFacts(sources.states.performance(routeId), speedPrior(about), sources.nowMs),
    health: health?.state ?? 'unknown',
    healthReason: health?.reason ?? null,
    lastResort: isLastResort(health),
    ...(isHeldBack(sources, routeId) && { heldBack: true }),
    load: { inFlight: sources.slots.inFlight(node.nodeId), slots: node.slots },
  };
}

/** Slow start: each decision draws for each route whether it is among the growing share that the route gets. */
function isHeldBack({ states, nowMs, seed }: FactsSources, routeId: string): boolean {
  const share = slowStartShare(states.health(routeId), nowMs);
  return share < 1 && createRandom(seedFor(seed, `slowStart ${routeId}`)).next() >= share;
}
