/**
 * All nodes, and the only place that changes them. Sources (config.jsonc, keys, the environment, local servers, the
 * demo fleet, editor windows) put nodes in; contact with the servers fills in models and reachability.
 *
 * Decisions read it synchronously. What needs the network runs beside them, bounded in time, one contact per node at
 * once.
 */
import type { KeyCheck } from '@task-router/protocol';
import type { Clock } from '../../engine/index.ts';
import type { Endpoint, Provider, ServerModel } from '../../providers/provider.ts';
import { ProviderError } from '../../providers/provider.ts';
import { mergeModels, presumedModels } from './models.ts';
import { registryKey } from './node.ts';
import type { Contact, Node, NodeIdentity, NodeKey } from './node.ts';

export interface NodeRegistryDeps {
  readonly clock: Clock;
  readonly createProvider: (endpoint: Endpoint) => Provider;
  /** Called after any change that a client may want to see. */
  readonly onChange: () => void;
}

/** What clients may see: those without nodes of their own, and each of the others. */
interface VisibleLists {
  readonly shared: readonly Node[];
  readonly byOwner: ReadonlyMap<string, readonly Node[]>;
}

/** A server on this machine answers at once or not at all; a remote one gets more time. */
const localContactTimeoutMs = 1_500;
const remoteContactTimeoutMs = 8_000;

export class NodeRegistry {
  readonly #deps: NodeRegistryDeps;
  readonly #nodes = new Map<string, Node>();
  readonly #contacts = new Map<string, Promise<Contact>>();
  /** null: a node has changed since somebody asked. */
  #visible: VisibleLists | null = null;
  #revision = 0;

  constructor(deps: NodeRegistryDeps) {
    this.#deps = deps;
  }

  /** Grows with every change that may alter which routes are eligible: part of the route cache's key. */
  get revision(): number {
    return this.#revision;
  }

  /** Nodes this client may see, in a stable order. The same list until a node changes, so much can be kept under it. */
  visibleTo(clientId: string): readonly Node[] {
    const lists = (this.#visible ??= this.#visibleLists());
    return lists.byOwner.get(clientId) ?? lists.shared;
  }

  #visibleLists(): VisibleLists {
    const sorted = this.all().sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
    const owners = new Set(sorted.map(({ ownerClientId }) => ownerClientId));
    const seenBy = (owner: string | null): readonly Node[] =>
      sorted.filter(({ ownerClientId }) => ownerClientId === null || ownerClientId === owner);
    const byOwner = [...owners].flatMap((owner) => (owner === null ? [] : [[owner, seenBy(owner)] as const]));
    return { shared: seenBy(null), byOwner: new Map(byOwner) };
  }

  all(): Node[] {
    return [...this.#nodes.values()];
  }

  /** `ref` is the node's id, or `registryKey(node)` for a window's own node. */
  get(ref: string): Node | null {
    return this.#nodes.get(ref) ?? null;
  }

  /**
   * Adds a node or replaces its identity; key, models and contact survive when the endpoint is the same. `client`
   * is for nodes that aren't reached over HTTP (an editor window's models).
   */
  put(
    identity: NodeIdentity,
    options: { confirmed: boolean; client?: Provider; models?: Node['models'] },
  ): void {
    const key = registryKey(identity);
    const before = this.#nodes.get(key);
    const same = before?.baseUrl === identity.baseUrl && before.provider === identity.provider;
    const kept = same ? { key: before.key, contact: before.contact } : { key: null, contact: unknownContact };
    const node: Node = {
      ...identity,
      ...kept,
      confirmed: options.confirmed,
      models: options.models ?? (same && before.models.length > 0 ? before.models : presumedModels(identity)),
      client: options.client ?? null,
    };
    this.#store({ ...node, client: options.client ?? this.#clientFor(node) });
  }

  remove(ref: string): void {
    if (!this.#nodes.delete(ref)) return;
    this.#visible = null;
    this.#changed();
  }

  setKey(nodeId: string, key: NodeKey | null): void {
    const node = this.#nodes.get(nodeId);
    if (!node || (node.key?.value === key?.value && node.key?.source === key?.source)) return;
    const next: Node = { ...node, key, contact: unknownContact };
    this.#store({ ...next, client: this.#clientFor(next) });
  }

  setConfirmed(nodeId: string, confirmed: boolean): void {
    const node = this.#nodes.get(nodeId);
    if (node && node.confirmed !== confirmed) this.#store({ ...node, confirmed });
  }

  /** Drops every key from memory but those that stay: nobody is connected any more. */
  forgetKeys(stays: (node: Node) => boolean): void {
    for (const node of this.all()) if (!stays(node)) this.setKey(node.nodeId, null);
  }

  setContact(nodeId: string, contact: Contact): void {
    const node = this.#nodes.get(nodeId);
    if (!node) return;
    if (node.contact.status === contact.status) this.#set({ ...node, contact });
    else this.#store({ ...node, contact });
  }

  setModels(nodeId: string, models: Node['models']): void {
    const node = this.#nodes.get(nodeId);
    if (node && JSON.stringify(node.models) !== JSON.stringify(models)) this.#store({ ...node, models });
  }

  /**
   * Asks a node for its models; refreshes contact and models. Answers what the contact showed. Never rejects. Two
   * calls for one node share one request.
   */
  contact(nodeId: string): Promise<Contact> {
    const running = this.#contacts.get(nodeId);
    if (running) return running;
    const started = this.#contact(nodeId).finally(() => this.#contacts.delete(nodeId));
    this.#contacts.set(nodeId, started);
    return started;
  }

  async #contact(nodeId: string): Promise<Contact> {
    const node = this.#nodes.get(nodeId);
    if (!node?.client || node.provider === 'editor') return unknownContact;
    const timeoutMs = node.isLocal ? localContactTimeoutMs : remoteContactTimeoutMs;
    const { client } = node;
    let served: readonly ServerModel[] | null = null;
    let contact: Contact;
    try {
      served = await client.listModels(AbortSignal.timeout(timeoutMs));
      contact = { status: 'ok', atMs: this.#deps.clock.nowMs() };
    } catch (thrown) {
      contact = contactOfFailure(thrown, node, this.#deps.clock.nowMs());
    }
    const now = this.#nodes.get(nodeId);
    // The key or the address changed meanwhile: this answer is about something else.
    if (now?.client !== client) return contact;
    if (served) this.setModels(nodeId, mergeModels(now, served));
    // A list that takes long on a server that was there says that the machine is busy; calls will tell the rest.
    const isLate = contact.status === 'unreachable' && contact.isLate === true && now.contact.status === 'ok';
    if (!isLate) this.setContact(nodeId, contact);
    return contact;
  }

  #clientFor(node: Node): Provider | null {
    if (node.baseUrl === null || (node.needsKey && node.key === null)) return null;
    return this.#deps.createProvider({
      nodeId: node.nodeId,
      provider: node.provider,
      baseUrl: node.baseUrl,
      apiKey: node.key?.value ?? null,
      models: node.configuredModels,
    });
  }

  #store(node: Node): void {
    this.#set(node);
    this.#changed();
  }

  #set(node: Node): void {
    this.#nodes.set(registryKey(node), node);
    this.#visible = null;
  }

  #changed(): void {
    this.#revision += 1;
    this.#deps.onChange();
  }
}

const unknownContact: Contact = { status: 'unknown' };

function contactOfFailure(thrown: unknown, node: NodeIdentity, atMs: number): Contact {
  if (thrown instanceof ProviderError) {
    if (thrown.kind === 'auth') {
      return { status: 'keyRejected', atMs, message: `${node.label} rejected the key.` };
    }
    // The server answers, only not with a list: it may still serve the models config.jsonc names.
    if (thrown.status !== null && node.configuredModels.length > 0) return { status: 'ok', atMs };
    const { message, isOwnNetwork } = thrown;
    return { status: 'unreachable', atMs, message, isOwnNetwork };
  }
  return { status: 'unreachable', atMs, message: `${node.label} did not answer in time.`, isLate: true };
}

/** A contact in the words of the live check of a key. */
export function keyCheckOf(contact: Contact, models: number): KeyCheck {
  switch (contact.status) {
    case 'ok':
      return { status: 'accepted', message: `The key works; ${models} models found.`, models };
    case 'keyRejected':
      return { status: 'rejected', message: contact.message, models: null };
    case 'unreachable':
      return { status: 'unreachable', message: contact.message, models: null };
    case 'unknown':
      return { status: 'notChecked', message: 'The key was not checked.', models: null };
  }
}
