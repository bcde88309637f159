/**
 * Everything the router can reach, kept current: brings the sources and the registry together and decides when to
 * look. Before a decision only this machine is looked at, for a moment; clouds are contacted beside it.
 */
import type { ConfigProblem, EndpointView, KeyCheck, WantedKey } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type { ConfigFile } from '../../config/config-file.ts';
import type { Clock } from '../../engine/index.ts';
import { fileSignature } from '../../platform/file-signature.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Connector } from '../../providers/transport/connector.ts';
import { discoverLocalServers } from '../../providers/discovery.ts';
import type { Endpoint, Provider } from '../../providers/provider.ts';
import type { Store } from '../../store/store.ts';
import type { ClientContext } from '../service.ts';
import { readDemoAnnouncement } from './demo-announcement.ts';
import { followEditorModels } from './editor-nodes.ts';
import type { Node, NodeKey } from './node.ts';
import { checkLocalServers } from './reachability.ts';
import { NodeRegistry, keyCheckOf } from './registry.ts';
import { NodeSources } from './sources.ts';

/** By name of the variable. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface FleetDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  readonly config: ConfigFile;
  readonly demoFile: string;
  readonly createProvider: (endpoint: Endpoint) => Provider;
  readonly connector: Connector;
  /** What the developer started this daemon with, by hand; empty for one that an editor started. */
  readonly environment: Environment;
  /** The endpoint for other tools, which must not become a node. */
  readonly endpointView: () => EndpointView;
  readonly onChange: () => void;
}

/** How long a first decision waits for the first look around; later ones never wait for more than loopback. */
const firstLookMs = 2_000;
/** Local servers may be started at any time; looking costs three loopback connects. */
const discoverEveryMs = 15_000;

export class NodeFleet {
  readonly registry: NodeRegistry;
  readonly #deps: FleetDeps;
  readonly #sources: NodeSources;
  /** By client: settles when that window's models are known, or have kept it waiting for long enough. */
  readonly #windows = new Map<string, Promise<void>>();
  #firstLook: Promise<void> | null = null;
  /** Of the announcement that was read last. */
  #demoSignature = 'none';
  #lastDiscoveryMs = -Infinity;
  #ownPort: number | null = null;

  constructor(deps: FleetDeps) {
    this.#deps = deps;
    this.registry = new NodeRegistry(deps);
    this.#sources = new NodeSources(this.registry, deps.config.current());
    this.#sources.applyConfig(deps.config.current(), null);
    this.#takeOwnKeys();
    deps.config.onDidChange(() => {
      this.#sources.applyConfig(deps.config.current(), this.#ownPort);
      this.#takeOwnKeys();
      void this.#contactUnknown();
      deps.onChange();
    });
  }

  wantedKeys(): WantedKey[] {
    return this.#sources.wantedKeys();
  }

  configProblems(): readonly ConfigProblem[] {
    const circular = this.#sources.circular.map((nodeId) => {
      const message = `Node "${nodeId}" is this router’s own endpoint; it is not used.`;
      return { ...new RouterError('endpoint.loop', message).toWire(), line: null };
    });
    return [...this.#deps.config.problems(), ...circular];
  }

  /** To be called when the endpoint for other tools has come, gone or moved. */
  noteEndpoint(): void {
    const { address, port } = this.#deps.endpointView();
    const ownPort = address === null ? null : port;
    if (ownPort === this.#ownPort) return;
    this.#ownPort = ownPort;
    this.#sources.applyConfig(this.#deps.config.current(), ownPort);
  }

  /**
   * Brings everything up to date that a decision may rely on; bounded, never rejects.
   * @param clientId whose decision it is: the models of that window count, which has perhaps just opened
   */
  async refresh(clientId?: string): Promise<void> {
    if (clientId !== undefined) await this.#windows.get(clientId);
    this.#deps.config.reloadIfChanged();
    this.#lookForDemo();
    this.#firstLook ??= this.#look();
    await atMost(this.#firstLook, firstLookMs);
    if (this.#deps.clock.nowMs() - this.#lastDiscoveryMs > discoverEveryMs) void this.#look();
    await atMost(checkLocalServers(this.registry, this.#deps.clock), firstLookMs);
  }

  /** Nodes that may be asked for their models. */
  askableNodes(): readonly Node[] {
    return this.registry.all().filter(mayAsk);
  }

  /** Asks every node that may be asked; for "probe now". */
  async probeAll(): Promise<void> {
    await this.refresh();
    await Promise.all(this.askableNodes().map((node) => this.registry.contact(node.nodeId)));
  }

  async setKey(
    nodeId: string,
    change: {
      readonly key: NodeKey | null | undefined;
      readonly confirmed: boolean | undefined;
      readonly check: boolean;
    },
  ): Promise<KeyCheck> {
    const { store, clock } = this.#deps;
    if (change.confirmed !== undefined) store.saveConsent(nodeId, change.confirmed, clock.nowMs());
    if (change.key) {
      const agreed = change.key.source === 'secretStorage' || store.readConsents().has(nodeId);
      this.#sources.applyKey(nodeId, change.key, agreed);
    } else if (change.key === null) {
      this.registry.setKey(nodeId, null);
    }
    if (change.confirmed !== undefined) this.registry.setConfirmed(nodeId, change.confirmed);
    const node = this.registry.get(nodeId);
    if (!node || !mayAsk(node)) return keyCheckOf({ status: 'unknown' }, 0);
    const contact = this.registry.contact(nodeId);
    if (!change.check) return keyCheckOf({ status: 'unknown' }, 0);
    return keyCheckOf(await contact, this.registry.get(nodeId)?.models.length ?? 0);
  }

  /** The way out of this machine is another one: who was not reached is asked anew. */
  wayOutChanged(): void {
    for (const { nodeId, isLocal, contact } of this.registry.all())
      if (!isLocal && contact.status === 'unreachable')
        this.registry.setContact(nodeId, { status: 'unknown' });
    void this.#contactUnknown();
  }

  /** Keys that clients brought; those of the daemon's own environment are there as long as it is. */
  forgetKeys(): void {
    const own = new Map(this.wantedKeys().map(({ nodeId, env }) => [nodeId, this.#ownKey(env)]));
    // Taken away and given again it would be another key, about which nothing is known.
    this.registry.forgetKeys(({ nodeId, key }) => key !== null && own.get(nodeId) === key.value);
    this.#takeOwnKeys();
  }

  /** A window with models of its own came; the returned function takes them away again. */
  follow(client: ClientContext): () => void {
    const port = client.editorModels;
    if (port === null || !this.#deps.config.current().discovery.editorModels) return () => undefined;
    const { known, stop } = followEditorModels(
      this.registry,
      { ...client, editorModels: port },
      this.#deps.log,
    );
    const waiting = atMost(known, firstLookMs);
    this.#windows.set(client.clientId, waiting);
    return () => {
      stop();
      if (this.#windows.get(client.clientId) === waiting) this.#windows.delete(client.clientId);
    };
  }

  #takeOwnKeys(): void {
    for (const { nodeId, env } of this.#sources.wantedKeys()) {
      const value = this.#ownKey(env);
      if (value === '' || this.registry.get(nodeId)?.key != null) continue;
      const agreed = this.#deps.store.readConsents().has(nodeId);
      this.#sources.applyKey(nodeId, { value, source: 'environment' }, agreed);
    }
  }

  #ownKey(env: string): string {
    return this.#deps.environment[env]?.trim() ?? '';
  }

  #lookForDemo(): void {
    const { demoFile } = this.#deps;
    const signature = fileSignature(demoFile);
    if (signature === this.#demoSignature) return;
    this.#demoSignature = signature;
    this.#sources.applyDemo(readDemoAnnouncement(demoFile));
  }

  async #look(): Promise<void> {
    this.#lastDiscoveryMs = this.#deps.clock.nowMs();
    if (this.#deps.config.current().discovery.localServers) {
      this.#sources.applyDiscovered(
        await discoverLocalServers({ timeoutMs: 800, connector: this.#deps.connector }),
      );
    }
    // A cable, a tunnel or a proxy comes back without a word; servers of this machine are looked at before each decision.
    await this.#contact(
      ({ contact, isLocal }) =>
        contact.status === 'unknown' || (contact.status === 'unreachable' && !isLocal),
    );
  }

  #contactUnknown(): Promise<void> {
    return this.#contact(({ contact }) => contact.status === 'unknown');
  }

  async #contact(isDue: (node: Node) => boolean): Promise<void> {
    const due = this.askableNodes().filter(isDue);
    await Promise.all(due.map((node) => this.registry.contact(node.nodeId)));
  }
}

/** Nothing is sent to an account the developer has not agreed to use, not even a question for its models. */
function mayAsk(node: Node): boolean {
  return node.confirmed && node.client !== null && node.provider !== 'editor';
}

async function atMost(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), limit]);
  clearTimeout(timer);
}
