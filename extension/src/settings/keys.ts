/**
 * Keys on their way to the daemon's memory: the developer's own from SecretStorage, sent on every connection, and
 * those that the daemon would like looked up in this window's environment. A key found in the environment is handed
 * over unconfirmed: an account that was merely found is not used before the developer agrees. Keys are never logged,
 * and never sent from a window that does not trust its workspace.
 */
import type { daemonRequests } from '@task-router/protocol';
import { type KeyCheck, type ParamsInputOf, type WantedKey } from '@task-router/protocol';
import { Emitter } from '../platform/emitter.ts';

type SetKey = ParamsInputOf<typeof daemonRequests.setKey>;

/** Where the developer's keys lie; in the editor SecretStorage. */
export interface KeyVault {
  nodeIds(): Promise<readonly string[]>;
  get(nodeId: string): Promise<string | undefined>;
  store(nodeId: string, key: string): Promise<void>;
  delete(nodeId: string): Promise<void>;
}

export interface KeyPorts {
  readonly vault: KeyVault;
  readonly environment: Readonly<Record<string, string | undefined>>;
  isTrusted(): boolean;
  setKey(params: SetKey): Promise<{ readonly check: KeyCheck }>;
  warn(message: string): void;
}

const environmentName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

export class Keys {
  readonly #ports: KeyPorts;
  readonly #changed = new Emitter<undefined>();
  /** Environment keys that this connection has: `node` → the variable's value. */
  #handedOver = new Map<string, string>();

  constructor(ports: KeyPorts) {
    this.#ports = ports;
  }

  /** The set of stored keys has changed. */
  readonly onDidChange = this.#changed.listen;

  /** To be called on every new connection: a daemon's memory of this window's keys ended with the former one. */
  async connected(wanted: readonly WantedKey[]): Promise<void> {
    this.#handedOver = new Map();
    if (!this.#ports.isTrusted()) return;
    for (const nodeId of await this.#ports.vault.nodeIds()) {
      const key = await this.#ports.vault.get(nodeId);
      if (key !== undefined) await this.#send({ nodeId, key, source: 'secretStorage', confirmed: true });
    }
    await this.wanted(wanted);
  }

  /** Looks up what the daemon asks for; each key once per connection. */
  async wanted(wanted: readonly WantedKey[]): Promise<void> {
    if (!this.#ports.isTrusted()) return;
    const own = new Set(await this.#ports.vault.nodeIds());
    for (const { nodeId, env } of wanted) {
      const key = environmentName.test(env) ? this.#ports.environment[env]?.trim() : undefined;
      // The developer's own key for a node wins over one that lies around.
      if (key === undefined || key === '' || own.has(nodeId) || this.#handedOver.get(nodeId) === key)
        continue;
      this.#handedOver.set(nodeId, key);
      await this.#send({ nodeId, key, source: 'environment' });
    }
  }

  storedNodeIds(): Promise<readonly string[]> {
    return this.#ports.vault.nodeIds();
  }

  /** Hands a key that the developer typed to the daemon and asks the provider about it. Nothing is stored yet. */
  async check(nodeId: string, key: string): Promise<KeyCheck> {
    const { check } = await this.#ports.setKey({
      nodeId,
      key,
      source: 'secretStorage',
      confirmed: true,
      check: true,
    });
    return check;
  }

  async keep(nodeId: string, key: string): Promise<void> {
    await this.#ports.vault.store(nodeId, key);
    this.#changed.fire(undefined);
  }

  /** Takes back a key that was only checked: the stored one, if any, is in force again. */
  async discard(nodeId: string): Promise<void> {
    const stored = await this.#ports.vault.get(nodeId);
    await this.#ports.setKey({
      nodeId,
      key: stored ?? null,
      source: 'secretStorage',
      ...(stored !== undefined && { confirmed: true }),
    });
  }

  async remove(nodeId: string): Promise<void> {
    await this.#ports.vault.delete(nodeId);
    this.#changed.fire(undefined);
    await this.#ports.setKey({ nodeId, key: null, source: 'secretStorage' });
  }

  /** The developer agrees that this account, found in the environment, may be used. */
  async confirm(nodeId: string): Promise<KeyCheck> {
    const { check } = await this.#ports.setKey({
      nodeId,
      source: 'environment',
      confirmed: true,
      check: true,
    });
    return check;
  }

  /** Values that must not leave this process in any text. */
  async secrets(): Promise<string[]> {
    const stored = await Promise.all(
      (await this.#ports.vault.nodeIds()).map((nodeId) => this.#ports.vault.get(nodeId)),
    );
    return [...stored.filter((key) => key !== undefined), ...this.#handedOver.values()];
  }

  /** One key that the daemon refuses must not keep the others back. */
  async #send(params: SetKey): Promise<void> {
    try {
      await this.#ports.setKey(params);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown reason';
      this.#ports.warn(`The key of node "${params.nodeId}" was not taken: ${reason}`);
    }
  }
}
