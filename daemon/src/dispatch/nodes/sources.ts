/**
 * Where nodes come from, and how each source keeps the registry up to date: config.jsonc, keys of well-known clouds,
 * local servers on their usual ports, and a running demo fleet.
 */
import type { Config, NodeConfig, WantedKey } from '@task-router/protocol';
import { RouterError, isLoopbackUrl } from '@task-router/protocol';
import { knownEnvironmentKeys, standardEndpoints } from '../../providers/discovery.ts';
import type { DiscoveredServer, StandardEndpoint } from '../../providers/discovery.ts';
import type { NodeIdentity, NodeKey } from './node.ts';
import type { DemoAnnouncement } from './demo-announcement.ts';
import type { NodeRegistry } from './registry.ts';

/** Calls at once when config.jsonc says nothing: local servers queue or thrash beyond a few. */
const localSlots = 4;
const cloudSlots = 16;

export class NodeSources {
  readonly #registry: NodeRegistry;
  #config: Config;
  #circular: readonly string[] = [];

  constructor(registry: NodeRegistry, config: Config) {
    this.#registry = registry;
    this.#config = config;
  }

  /** Nodes that lead back to this daemon. */
  get circular(): readonly string[] {
    return this.#circular;
  }

  /** Makes the registry's configured nodes those of `config`, without those that are our own endpoint at `ownPort`. */
  applyConfig(config: Config, ownPort: number | null): void {
    this.#config = config;
    const usable = config.nodes.filter(({ baseUrl }) => !isOwnAddress(baseUrl, ownPort));
    this.#circular = config.nodes.filter((node) => !usable.includes(node)).map(({ id }) => id);
    const wanted = new Set(usable.map((node) => node.id));
    for (const node of this.#registry.all()) {
      if (node.origin === 'config' && !wanted.has(node.nodeId)) this.#registry.remove(node.nodeId);
    }
    for (const node of usable) {
      this.#registry.put(configuredNode(node), { confirmed: true });
    }
  }

  /** Environment variables a client should look up in its own environment. */
  wantedKeys(): WantedKey[] {
    const configured = this.#config.nodes.flatMap((node) =>
      node.apiKeyEnv === undefined ? [] : [{ nodeId: node.id, env: node.apiKeyEnv }],
    );
    if (!this.#config.discovery.environmentKeys) return configured;
    const taken = new Set(configured.map((key) => key.env));
    const ids = new Set(this.#config.nodes.map((node) => node.id));
    const found = knownEnvironmentKeys.filter((key) => !taken.has(key.env) && !ids.has(key.nodeId));
    return [...configured, ...found.map(({ nodeId, env }) => ({ nodeId, env }))];
  }

  /**
   * Takes a key for a known node, or makes the node of a well-known cloud for it. Throws `provider.nodeUnknown`:
   * a key never brings its own address.
   */
  applyKey(nodeId: string, key: NodeKey, confirmed: boolean): void {
    if (!this.#registry.get(nodeId)) this.#registry.put(standardNode(nodeId, key.source), { confirmed });
    this.#registry.setKey(nodeId, key);
    if (confirmed) this.#registry.setConfirmed(nodeId, true);
  }

  /** Puts in servers found on this machine, except those config.jsonc already names. */
  applyDiscovered(servers: readonly DiscoveredServer[]): void {
    if (!this.#config.discovery.localServers) return;
    const known = new Set(this.#registry.all().flatMap((node) => originOf(node.baseUrl)));
    for (const server of servers) {
      if (originOf(server.baseUrl).some((origin) => known.has(origin))) continue;
      if (this.#registry.get(server.nodeId)) continue;
      this.#registry.put(
        identity({ ...server, origin: 'discovered', isDemo: false, needsKey: false, slots: localSlots }),
        { confirmed: true },
      );
    }
  }

  /** Makes the registry's demo nodes those of the running fleet; null: none runs. */
  applyDemo(fleet: DemoAnnouncement | null): void {
    const wanted = new Set((fleet?.servers ?? []).map((server) => server.id));
    for (const node of this.#registry.all()) {
      if (node.origin === 'demo' && !wanted.has(node.nodeId)) this.#registry.remove(node.nodeId);
    }
    for (const server of fleet?.servers ?? []) {
      this.#registry.put(
        identity({
          nodeId: server.id,
          provider: server.provider,
          // Its id begins with the word.
          label: server.id,
          baseUrl: server.baseUrl,
          origin: 'demo',
          isDemo: true,
          // The fleet accepts any key, but two of its wires want one.
          needsKey: false,
          slots: localSlots,
          configuredModels: server.models.map((id) => ({ id })),
        }),
        { confirmed: true },
      );
    }
  }
}

function configuredNode(node: NodeConfig): NodeIdentity {
  const standard = standardEndpoints.find((each) => each.nodeId === node.provider);
  const baseUrl = node.baseUrl ?? standard?.baseUrl ?? 'http://127.0.0.1:11434';
  const isLocal = isLoopbackUrl(baseUrl);
  return identity({
    nodeId: node.id,
    provider: node.provider,
    label: node.id,
    baseUrl,
    origin: 'config',
    isDemo: false,
    needsKey: node.apiKeyEnv !== undefined || (!isLocal && standard !== undefined),
    ...limitsOf(node, isLocal),
    configuredModels: node.models ?? [],
  });
}

function standardNode(nodeId: string, source: NodeKey['source']): NodeIdentity {
  const endpoint: StandardEndpoint | undefined = standardEndpoints.find((each) => each.nodeId === nodeId);
  if (!endpoint) {
    throw new RouterError('provider.nodeUnknown', `There is no node "${nodeId}".`);
  }
  return identity({
    ...endpoint,
    origin: source === 'environment' ? 'environment' : 'key',
    isDemo: false,
    needsKey: true,
    slots: cloudSlots,
  });
}

function identity(
  parts: Pick<NodeIdentity, 'nodeId' | 'provider' | 'label' | 'origin' | 'isDemo' | 'needsKey' | 'slots'> & {
    readonly baseUrl: string;
    readonly configuredModels?: NodeIdentity['configuredModels'];
    readonly rates?: NodeIdentity['rates'];
    readonly quotaGroup?: NodeIdentity['quotaGroup'];
    readonly hasOwnSlots?: boolean;
  },
): NodeIdentity {
  return {
    nodeId: parts.nodeId,
    provider: parts.provider,
    label: parts.label,
    origin: parts.origin,
    baseUrl: parts.baseUrl.replace(/\/+$/, ''),
    isLocal: isLoopbackUrl(parts.baseUrl),
    isDemo: parts.isDemo,
    needsKey: parts.needsKey,
    slots: parts.slots,
    rates: parts.rates ?? {},
    quotaGroup: parts.quotaGroup ?? null,
    ...(parts.hasOwnSlots === true && { hasOwnSlots: true }),
    configuredModels: parts.configuredModels ?? [],
    ownerClientId: null,
  };
}

function limitsOf(
  { limits, quotaGroup }: NodeConfig,
  isLocal: boolean,
): Pick<NodeIdentity, 'slots' | 'rates' | 'quotaGroup'> & { readonly hasOwnSlots: boolean } {
  const own = limits?.concurrency;
  return {
    slots: own ?? (isLocal ? localSlots : cloudSlots),
    hasOwnSlots: own !== undefined,
    rates: ratesOf(limits ?? {}),
    quotaGroup: quotaGroup ?? null,
  };
}

function ratesOf(limits: NonNullable<NodeConfig['limits']>): NodeIdentity['rates'] {
  const { requestsPerMinute, inputTokensPerMinute, outputTokensPerMinute } = limits;
  return {
    ...(requestsPerMinute !== undefined && { requests: requestsPerMinute }),
    ...(inputTokensPerMinute !== undefined && { inputTokens: inputTokensPerMinute }),
    ...(outputTokensPerMinute !== undefined && { outputTokens: outputTokensPerMinute }),
  };
}

/** A route through ourselves would be a circle. */
function isOwnAddress(baseUrl: string | undefined, ownPort: number | null): boolean {
  return ownPort !== null && originOf(baseUrl ?? null).includes(`loopback:${ownPort}`);
}

/** Host and port, with the names of loopback folded into one. */
function originOf(baseUrl: string | null): string[] {
  if (baseUrl === null) return [];
  const url = new URL(baseUrl);
  return [isLoopbackUrl(baseUrl) ? `loopback:${url.port}` : url.host];
}
