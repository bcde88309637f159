/** Nodes and routes as what an action is done to: from a tree's element, or as choices. Pure data. */
import type { HealthActionName, HealthState, HealthTarget, NodeView } from '@task-router/protocol';
import { nodeItem, routeItem, shownNodes } from './health-items.ts';

export interface TargetChoice {
  readonly label: string;
  readonly description: string;
  readonly target: HealthTarget;
}

/** What a tree's element stands for; undefined: it is none. */
export function targetOf(argument: unknown): HealthTarget | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  const { node, route }: { node?: unknown; route?: unknown } = argument;
  if (has(route, 'routeId')) return { type: 'route', routeId: route.routeId };
  return has(node, 'nodeId') ? { type: 'node', nodeId: node.nodeId } : undefined;
}

/** Where the action would change something, each node before its routes. */
export function targetChoices(nodes: readonly NodeView[], action: HealthActionName): TargetChoice[] {
  return shownNodes(nodes).flatMap((node) => {
    const item = nodeItem(node);
    const target = { type: 'node', nodeId: node.nodeId } as const;
    const whole = { label: node.label, description: `node · ${item.description}`, target };
    const routes = node.routes
      .filter(({ state }) => node.held === undefined && routeStates[action].includes(state))
      .map((route) => ({
        label: `${node.label} / ${route.label}`,
        description: `route · ${routeItem(route, node).description}`,
        target: { type: 'route', routeId: route.routeId } as const,
      }));
    return [...(nodeStates[action].includes(node.held ?? 'free') ? [whole] : []), ...routes];
  });
}

const nodeStates: Readonly<Record<HealthActionName, readonly ('free' | 'draining' | 'disabled')[]>> = {
  probe: ['free', 'draining', 'disabled'],
  drain: ['free'],
  disable: ['free', 'draining'],
  enable: ['draining', 'disabled'],
  undo: ['draining', 'disabled'],
};

const inUse = ['unknown', 'healthy', 'degraded', 'ejected', 'probing', 'recovering'] as const;
const routeStates: Readonly<Record<HealthActionName, readonly HealthState[]>> = {
  probe: [...inUse, 'draining', 'disabled'],
  drain: inUse,
  disable: [...inUse, 'draining'],
  enable: ['draining', 'disabled'],
  undo: ['degraded', 'ejected', 'probing', 'draining', 'disabled'],
};

function has<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, string>> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as Partial<Record<Name, unknown>>)[name] === 'string';
}
