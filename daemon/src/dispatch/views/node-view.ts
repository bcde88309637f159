/** Nodes and routes as the health tree, the panel and `task-router health` show them. */
import type { NodeView, RouteView } from '@task-router/protocol';
import type { PerformanceState, RouteHealthState } from '../../engine/index.ts';
import { healthAction } from '../../engine/index.ts';
import type { LocalServers } from '../local/local-servers.ts';
import { accessHint, accessOf, routeIdOf } from '../nodes/node.ts';
import type { Node, NodeModel } from '../nodes/node.ts';
import type { ResourceDesk } from '../resources/desk.ts';
import type { RouteStates } from '../health/route-states.ts';

export interface NodeViewSources {
  readonly states: RouteStates;
  readonly resources: ResourceDesk;
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
    quota: sources.resources.quotas.views(
      node,
      node.models.map((model) => routeIdOf(node, model)),
    ),
    ...(node.quotaGroup !== null && { quotaGroup: node.quotaGroup }),
    ...heldView(sources.states.nodeHealth(node.nodeId)),
    routes: node.models.map((model) => routeView(node, model, sources)),
  };
}

function heldView(held: RouteHealthState | null): Pick<NodeView, 'held'> {
  return held?.state === 'draining' || held?.state === 'disabled' ? { held: held.state } : {};
}

function routeView(node: Node, model: NodeModel, sources: NodeViewSources): RouteView {
  const routeId = routeIdOf(node, model);
  const health = sources.states.health(routeId);
  const state = health?.state ?? 'unknown';
  const known = sources.states.performance(routeId);
  const seen = known ?? unseen;
  const { modelId, label, contextWindow, maxOutputTokens, capabilities, prices } = model;
  return {
    ...{ routeId, modelId, label, contextWindow, maxOutputTokens, capabilities, prices, state },
    stateReason: stateReason(health),
    calls: seen.successes + seen.failures,
    successRate: seen.successRate,
    firstTokenMs: seen.firstTokenMs,
    tokensPerSecond: seen.tokensPerSecond,
    inFlight: sources.resources.inFlightOn(routeId),
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

/** What led here, what was done about it, and what takes it back. */
function stateReason(health: RouteHealthState | null): string | null {
  if (health === null) return null;
  const action = healthAction(health);
  if (action === null) return health.reason;
  return `${health.reason ?? health.state}: ${action.action} until ${action.undoneBy}`;
}

const unseen = { successes: 0, failures: 0, successRate: null, firstTokenMs: null, tokensPerSecond: null };

/** Address without credentials, query or fragment. */
function shownUrl(baseUrl: string): string {
  const url = new URL(baseUrl);
  return `${url.origin}${url.pathname}`.replace(/\/$/, '');
}
