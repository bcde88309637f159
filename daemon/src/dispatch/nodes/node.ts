/**
 * A node as dispatch holds it: one endpoint with one account, the models it serves, and whether it may be used.
 * Plain data with the registry as its only writer.
 */
import type {
  Capabilities,
  ModelConfig,
  NodeAccess,
  NodeOrigin,
  Prices,
  ProviderKind,
} from '@task-router/protocol';
import type { CatalogModel } from '../../catalog/index.ts';
import type { Provider } from '../../providers/provider.ts';

export type ConfiguredRates = Readonly<Partial<Record<'requests' | 'inputTokens' | 'outputTokens', number>>>;

/** What never changes while a node exists. */
export interface NodeIdentity {
  readonly nodeId: string;
  readonly provider: ProviderKind;
  readonly label: string;
  readonly origin: NodeOrigin;
  /** null for editor models. */
  readonly baseUrl: string | null;
  readonly isLocal: boolean;
  readonly isDemo: boolean;
  readonly needsKey: boolean;
  /** Calls at once; null: no limit known. */
  readonly slots: number | null;
  /** Per minute, from config.jsonc; what is left out is not limited there. */
  readonly rates: ConfiguredRates;
  /** Nodes of one group share an upstream quota; null: none. */
  readonly quotaGroup: string | null;
  /** The developer said how many; else the server's own word on it counts for more. */
  readonly hasOwnSlots?: boolean;
  readonly configuredModels: readonly ModelConfig[];
  /** The only client that may use it (a window's own models); null: everybody. */
  readonly ownerClientId: string | null;
}

/** What the last contact showed. */
export type Contact =
  | { readonly status: 'unknown' }
  | { readonly status: 'ok'; readonly atMs: number }
  | { readonly status: 'keyRejected'; readonly atMs: number; readonly message: string }
  | {
      readonly status: 'unreachable';
      readonly atMs: number;
      readonly message: string;
      /** It did not refuse, it only took too long. */
      readonly isLate?: boolean;
      /** This machine's way out failed; the message says what to do. */
      readonly isOwnNetwork?: boolean;
    };

export interface NodeKey {
  readonly value: string;
  readonly source: 'secretStorage' | 'environment';
}

export interface Node extends NodeIdentity {
  readonly key: NodeKey | null;
  /** The developer agreed to its use: by configuring it, by entering a key, or by confirming a found account. */
  readonly confirmed: boolean;
  readonly contact: Contact;
  readonly models: readonly NodeModel[];
  /** null while the node can't be called (no key yet). */
  readonly client: Provider | null;
}

/** A model on a node, after merging what the user, the server and the catalogue say (in this order). */
export interface NodeModel {
  readonly modelId: string;
  readonly label: string;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly capabilities: Capabilities;
  readonly prices: Prices | null;
  /** It runs on this machine: what `localOnly` asks for. */
  readonly isLocal: boolean;
  readonly known: CatalogModel | null;
}

export function routeIdOf(node: NodeIdentity, model: { readonly modelId: string }): string {
  return `${node.nodeId}/${model.modelId}`;
}

/** Each window has its own `editor` node under one public id, so they are kept apart by their owner. */
export function registryKey(node: Pick<NodeIdentity, 'nodeId' | 'ownerClientId'>): string {
  return node.ownerClientId === null ? node.nodeId : `${node.nodeId}@${node.ownerClientId}`;
}

/** Whether a node may be called now. `allowFound` is the one-time confirmation of a single task. */
export function accessOf(node: Node, allowFound: boolean): NodeAccess {
  if (node.needsKey && node.key === null) return 'keyMissing';
  if (!node.confirmed && !allowFound) return 'consentNeeded';
  if (node.contact.status === 'keyRejected') return 'keyRejected';
  // Without a way out of this machine nothing is known of the node, and the call says best what is missing.
  if (node.contact.status === 'unreachable' && !isOwnNetwork(node.contact)) return 'unreachable';
  return 'ready';
}

/** What a developer can do about it; null when nothing needs doing. */
export function accessHint(node: Node): string | null {
  const access = accessOf(node, false);
  switch (access) {
    case 'ready':
      return isOwnNetwork(node.contact) ? contactMessage(node) : null;
    case 'keyMissing':
      return 'Add a key with "Task Router: Add Provider Key", or set the environment variable that config.jsonc names.';
    case 'keyRejected':
      return `${contactMessage(node)} Enter a valid key with "Task Router: Add Provider Key".`;
    case 'consentNeeded':
      return 'Found in the environment. It costs money and receives code, so it is used only after you confirm it.';
    case 'unreachable':
      return `${contactMessage(node)} Start the server, or correct its address in config.jsonc.`;
  }
}

/** Whether this machine's own way out failed, so that nothing was learnt of the node. */
export function isOwnNetwork(contact: Contact): boolean {
  return contact.status === 'unreachable' && contact.isOwnNetwork === true;
}

function contactMessage(node: Node): string {
  return 'message' in node.contact ? node.contact.message : '';
}
