/** Nodes and routes as the health tree, the panel and `task-router health` show them. */
import type { NodeView, RouteView } from '@task-router/protocol';
import type { PerformanceState, SlotLedger } from '../../engine/index.ts';
import type { LocalServers } from '../local/local-servers.ts';
import { accessHint, accessOf, routeIdOf } from '../nodes/node.ts';
import type { Node, NodeModel } from '../nodes/node.ts';
import type { RouteStates } from '../route-states.ts';

export interface NodeViewSources {
  readonly states: RouteStates;
  readonly slots: SlotLedger;
  readonly local: LocalServers;
  readonly spentUsd: ReadonlyMap<string, number>;
}

export function nodeView(node: Node, sources: NodeViewSources): NodeView {
  return {
    nodeId: node.nodeId,
    provider: node.provider,
    label: node.label,
    origin: node.origin,
    baseUrl: node.baseUrl === null ? null : shownUrl(node.baseUrl),
    isLocal: node.isLocal,
    isDemo: node.isDemo,
    access: accessOf(node, false),
    accessHint: accessHint(node),
    keySource: node.key?.source ?? 'none',
    slots: sources.local.slots(node),
    ...sources.local.serverView(node),
    routes: node.models.map((model) => routeView(node, model, sources)),
  };
}

function routeView(node: Node, model: NodeModel, sources: NodeViewSources): RouteView {
  const routeId = routeIdOf(node, model);
  const { state, reason } = sources.states.health(routeId) ?? { state: 'unknown', reason: null };
  const known = sources.states.performance(routeId);
  const seen = known ?? unseen;
  const { modelId, label, contextWindow, maxOutputTokens, capabilities, prices } = model;
  return {
    ...{ routeId, modelId, label, contextWindow, maxOutputTokens, capabilities, prices, state },
    stateReason: reason,
    calls: seen.successes + seen.failures,
    successRate: seen.successRate,
    firstTokenMs: seen.firstTokenMs,
    tokensPerSecond: seen.tokensPerSecond,
    inFlight: sources.slots.inFlightOn(routeId),
    spentUsd: sources.spentUsd.get(routeId) ?? 0,
    ...(known && { monitor: monitorView(routeId, known, sources.states) }),
    ...sources.local.routeView(node, model),
  };
}

function monitorView(routeId: string, seen: PerformanceState, states: RouteStates): RouteMonitor {
  const { timeRatio, cacheShare, costPerSuccessUsd, failuresByKind } = seen;
  return {
    lastHour: states.quantiles(routeId, 'hour'),
    lastWeek: states.quantiles(routeId, 'week'),
    ...{ timeRatio, cacheShare, costPerSuccessUsd },
    stalls: failuresByKind.stall ?? 0,
    failures: failuresByKind,
  };
}

type RouteMonitor = NonNullable<RouteView['monitor']>;

const unseen = { successes: 0, failures: 0, successRate: null, firstTokenMs: null, tokensPerSecond: null };

/** Address without credentials, query or fragment. */
function shownUrl(baseUrl: string): string {
  const url = new URL(baseUrl);
  return `${url.origin}${url.pathname}`.replace(/\/$/, '');
}
