/**
 * How nodes and routes read in the health tree: always an icon and words, never colour alone; what is unknown says so.
 * Pure data, so that every state is tested without an editor.
 */
import {
  accessWords,
  originWords,
  stateWords,
  type ConfigProblem,
  type HealthState,
  type NodeView,
  type QuotaView,
  type RouteView,
} from '@task-router/protocol';
import {
  formatMemory,
  formatMs,
  formatShare,
  formatSpent,
  formatTokens,
  plural,
} from '../platform/format.ts';

/** Ids of codicons and theme colours. */
export interface ItemIcon {
  readonly id: string;
  readonly color?: string;
}

export interface TreeItemData {
  readonly label: string;
  readonly description: string;
  readonly icon: ItemIcon;
  /** For `when` clauses: `node.<access>.<keySource>[.editor][.held]`, `route.<state>[.node]`, `problem`. */
  readonly contextValue: string;
  /** Lines of the hover: label and value. Values may be a server's own words. */
  readonly details: readonly (readonly [label: string, value: string])[];
  /** Read out by a screen reader instead of label and description. */
  readonly spoken: string;
}

const good = 'testing.iconPassed';
const warning = 'list.warningForeground';
const bad = 'list.errorForeground';

const stateIcons: Record<HealthState, ItemIcon> = {
  unknown: { id: 'circle-outline' },
  healthy: { id: 'pass', color: good },
  degraded: { id: 'warning', color: warning },
  ejected: { id: 'error', color: bad },
  probing: { id: 'sync', color: warning },
  recovering: { id: 'history', color: warning },
  draining: { id: 'debug-pause', color: warning },
  disabled: { id: 'circle-slash' },
};

const accessIcons: Record<NodeView['access'], ItemIcon> = {
  ready: { id: 'server' },
  keyMissing: { id: 'key', color: warning },
  keyRejected: { id: 'key', color: bad },
  consentNeeded: { id: 'question', color: warning },
  unreachable: { id: 'debug-disconnect', color: bad },
};

const keySources: Record<NodeView['keySource'], string> = {
  none: 'none',
  secretStorage: 'stored by you',
  environment: 'found in the environment',
};

/** The editor is always there; without a model to lend it is no place that serves models. */
export function shownNodes(nodes: readonly NodeView[]): NodeView[] {
  return nodes.filter((node) => node.provider !== 'editor' || node.routes.length > 0);
}

export function nodeItem(node: NodeView): TreeItemData {
  const isReady = node.access === 'ready';
  // Servers of the demo fleet mostly carry the word in their names.
  const demo = node.isDemo && !/\bdemo\b/i.test(node.label) ? ['demo'] : [];
  const held = node.held === undefined ? [] : [stateWords[node.held]];
  const description = isReady
    ? [...held, ...demo, plural(node.routes.length, 'route'), ...spent(node.routes)].join(' · ')
    : [...held, ...demo, accessWords[node.access]].join(' · ');
  return {
    label: node.label,
    description,
    icon:
      node.held !== undefined
        ? stateIcons[node.held]
        : isReady
          ? { id: nodeIcon(node) }
          : accessIcons[node.access],
    contextValue: `node.${node.access}.${node.keySource}${node.provider === 'editor' ? '.editor' : ''}${node.held === undefined ? '' : '.held'}`,
    details: nodeDetails(node),
    spoken: `Node ${node.label}, ${description}${node.accessHint === null ? '' : `, ${node.accessHint}`}`,
  };
}

function nodeDetails(node: NodeView): TreeItemData['details'] {
  return [
    ['Access', accessWords[node.access]],
    ...(node.held === undefined
      ? []
      : ([
          ['By hand', `${stateWords[node.held]}: its routes get no new tasks until it is enabled`],
        ] as const)),
    ...(node.accessHint === null ? [] : ([['Next', node.accessHint]] as const)),
    ['Provider', node.isDemo ? `${node.provider} (demo: scripted, no real model)` : node.provider],
    ...(node.baseUrl === null ? [] : ([['Address', node.baseUrl]] as const)),
    ['Runs', node.isLocal ? 'on this machine' : 'elsewhere'],
    ['Key', keySources[node.keySource]],
    ...(node.quota ?? []).map((quota) => ['Left', quotaWords(quota, node.quotaGroup)] as const),
    ['Known', originWords[node.origin]],
    ...(node.server === undefined ? [] : ([['Memory', serverMemory(node.server)]] as const)),
  ];
}

/**
 * `label`: shorter than the name, where siblings look alike. `node`: what is set for the whole node can't be changed
 * for one of its routes.
 */
export function routeItem(
  route: RouteView,
  node?: Pick<NodeView, 'held'>,
  label: string = route.label,
): TreeItemData {
  const state = stateWords[route.state];
  const measured = [
    ...(route.successRate === null ? [] : [`${formatShare(route.successRate)} ok`]),
    ...(route.firstTokenMs === null ? [] : [`first token ${formatMs(route.firstTokenMs)}`]),
    ...spent([route]),
  ];
  const description = [state, ...measured].join(' · ');
  return {
    label,
    description,
    icon: stateIcons[route.state],
    contextValue: `route.${route.state}${node?.held === undefined ? '' : '.node'}`,
    details: [
      ...(label === route.label ? [] : ([['Model', route.label]] as const)),
      ['State', route.stateReason === null ? state : `${state}: ${route.stateReason}`],
      ['Calls', `${route.calls}, ${route.inFlight} running`],
      ['Success rate', formatShare(route.successRate)],
      ['First token', formatMs(route.firstTokenMs)],
      ['Speed', route.tokensPerSecond === null ? 'unknown' : `${route.tokensPerSecond.toFixed(0)} tokens/s`],
      ['Context window', formatTokens(route.contextWindow)],
      ...(route.load === undefined ? [] : ([['In memory', inMemory(route.load)]] as const)),
      ...(route.learnedWindow === undefined
        ? []
        : ([['Really reads', `${formatTokens(route.learnedWindow.tokens)} tokens, as was seen`]] as const)),
      ['Price in / out', prices(route)],
      ['Spent today', formatSpent(route.spentUsd)],
    ],
    spoken: `Route ${route.label}, ${description}`,
  };
}

export function problemItem(problem: ConfigProblem): TreeItemData {
  return {
    label: 'config.jsonc',
    description: problem.line === null ? problem.message : `line ${problem.line}: ${problem.message}`,
    icon: { id: 'warning', color: warning },
    contextValue: 'problem',
    details: [
      ['Problem', problem.message],
      ['Next', problem.next],
      ['Code', problem.code],
    ],
    spoken: `Problem in config.jsonc, ${problem.message}, ${problem.next}`,
  };
}

const dimensions: Record<QuotaView['dimension'], string> = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
};

function quotaWords(
  { dimension, limit, remaining, resetsAtMs }: QuotaView,
  group: string | undefined,
): string {
  const left = remaining === null ? 'unknown' : String(remaining);
  const of = limit === null ? '' : ` of ${limit} a minute`;
  const reset = resetsAtMs === null ? '' : `, again at ${new Date(resetsAtMs).toLocaleTimeString()}`;
  return `${left}${of} ${dimensions[dimension]}${reset}${group === undefined ? '' : ` (shared: ${group})`}`;
}

function nodeIcon(node: NodeView): string {
  if (node.isDemo) return 'beaker';
  if (node.provider === 'editor') return 'vscode';
  return node.isLocal ? 'server' : 'cloud';
}

function spent(routes: readonly RouteView[]): string[] {
  const usd = routes.reduce((sum, route) => sum + route.spentUsd, 0);
  return usd === 0 ? [] : [`${formatSpent(usd)} today`];
}

function serverMemory({ loadedModels, loadedBytes, busySlots }: NonNullable<NodeView['server']>): string {
  return [
    `${plural(loadedModels, 'model')} loaded`,
    ...(loadedBytes === null ? [] : [formatMemory(loadedBytes)]),
    ...(busySlots === null ? [] : [`${plural(busySlots, 'slot')} busy`]),
  ].join(', ');
}

function inMemory({ state, windowTokens, bytes, coldStartMs }: NonNullable<RouteView['load']>): string {
  const size = bytes === null ? [] : [formatMemory(bytes)];
  return state === 'loaded'
    ? [
        'yes',
        ...(windowTokens === null ? [] : [`${formatTokens(windowTokens)} tokens of context`]),
        ...size,
      ].join(', ')
    : ['no', ...size, `a load takes about ${formatMs(coldStartMs)}`].join(', ');
}

function prices({ prices: known }: RouteView): string {
  if (known === null) return 'unknown';
  if (known.inputPerMTok === 0 && known.outputPerMTok === 0) return 'free';
  return `$${known.inputPerMTok} / $${known.outputPerMTok} per million tokens`;
}
