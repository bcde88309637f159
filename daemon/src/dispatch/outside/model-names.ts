/**
 * What a tool means by a model's name: one of ours, which leave the choice to the router, or a route. A route that is
 * named is used and no other, as with a task that is pinned to one: who names a model wants that one's answer.
 */
import type { PolicyLayer } from '@task-router/protocol';
import { routeIdOf } from '../nodes/node.ts';
import type { Node } from '../nodes/node.ts';
import type { OutsideModel } from './outside-call.ts';

const ours = {
  auto: { label: 'Task Router: the best route for each task', policy: {} },
  'auto-fast': { label: 'Task Router: the fastest good route', policy: { objective: 'speed' } },
  'auto-best': { label: 'Task Router: the best answer', policy: { objective: 'quality' } },
  'auto-local': { label: 'Task Router: models on this machine only', policy: { localOnly: true } },
} as const satisfies Readonly<Record<string, { label: string; policy: PolicyLayer['policy'] }>>;

export type ModelChoice =
  | { readonly type: 'auto'; readonly layer: PolicyLayer | null }
  | { readonly type: 'route'; readonly routeId: string }
  | { readonly type: 'unknown'; readonly nearest: readonly string[] };

/** A route by its id, or by its model's name where only one route has it. */
export function choiceOf(model: string, nodes: readonly Node[]): ModelChoice {
  const policy = policyNamed(model);
  if (policy !== null) {
    const isPlain = Object.keys(policy).length === 0;
    return { type: 'auto', layer: isPlain ? null : { level: 'task', name: model, policy } };
  }
  const named: string[] = [];
  for (const node of nodes) {
    for (const each of node.models) {
      const routeId = routeIdOf(node, each);
      if (routeId === model) return { type: 'route', routeId };
      if (each.modelId === model) named.push(routeId);
    }
  }
  const [only] = named;
  if (only !== undefined && named.length === 1) return { type: 'route', routeId: only };
  return { type: 'unknown', nearest: only === undefined ? nearestOf(model, allNames(nodes)) : named };
}

/** The list of models: ours first. */
export function outsideModels(nodes: readonly Node[]): OutsideModel[] {
  const choices = Object.entries(ours).map(([id, { label }]) => ({
    ...{ id, label, contextWindow: null, maxOutputTokens: null },
  }));
  return [
    ...choices,
    ...nodes.flatMap((node) =>
      node.models.map((model) => ({
        id: routeIdOf(node, model),
        label: `${model.label} (${node.label})`,
        contextWindow: model.contextWindow,
        maxOutputTokens: model.maxOutputTokens,
      })),
    ),
  ];
}

function policyNamed(model: string): PolicyLayer['policy'] | null {
  return Object.hasOwn(ours, model) ? ours[model as keyof typeof ours].policy : null;
}

function allNames(nodes: readonly Node[]): string[] {
  const routeIds = nodes.flatMap((node) => node.models.map((model) => routeIdOf(node, model)));
  return [...Object.keys(ours), ...routeIds];
}

const mostNearest = 5;
const comparedChars = 100;

function nearestOf(model: string, names: readonly string[]): string[] {
  const asked = model.slice(0, comparedChars).toLowerCase();
  return names
    .map((name) => ({ name, shared: sharedPairs(asked, name.toLowerCase()) }))
    .sort((a, b) => b.shared - a.shared)
    .slice(0, mostNearest)
    .map(({ name }) => name);
}

/** Share of neighbouring letters that two names have in common (Dice). */
function sharedPairs(a: string, b: string): number {
  const pairs = pairsOf(a);
  const others = pairsOf(b);
  const shared = [...pairs].filter((pair) => others.has(pair)).length;
  return (2 * shared) / Math.max(1, pairs.size + others.size);
}

function pairsOf(text: string): Set<string> {
  return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2)));
}
