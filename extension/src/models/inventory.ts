/**
 * The chat models of this window, numbered by version, for the daemon's long poll: a question with the version it
 * knows waits until there is another one.
 */
import type { EditorModel, ParamsOf, ResultOf, lmInventoryRequest } from '@task-router/protocol';
import type { Listen, Subscription } from '../platform/emitter.ts';

export interface InventoryPorts {
  /** Asks the editor; may activate extensions that provide models. */
  list(): Promise<readonly EditorModel[]>;
  /** The editor's models, or our access to them, may have changed. */
  onDidChange: Listen<unknown>;
}

type Answer = ResultOf<typeof lmInventoryRequest>;

/** Beyond this the wire refuses an inventory; models past it are left out. */
const maxModels = 500;

export class Inventory {
  readonly #ports: InventoryPorts;
  readonly #subscription: Subscription;
  readonly #waiting = new Set<() => void>();
  #version = 0;
  #models: readonly EditorModel[] = [];
  /** Set when the editor has said that something changed and the list has not been read since. */
  #isStale = true;

  constructor(ports: InventoryPorts) {
    this.#ports = ports;
    this.#subscription = ports.onDidChange(() => {
      this.#isStale = true;
      for (const wake of [...this.#waiting]) wake();
    });
  }

  /** Settles when the inventory is another than `knownVersion`, or when the signal aborts (with what there is). */
  async answer({ knownVersion }: ParamsOf<typeof lmInventoryRequest>, signal: AbortSignal): Promise<Answer> {
    while (!signal.aborted) {
      await this.#refresh();
      if (knownVersion !== this.#version) break;
      await this.#changed(signal);
    }
    return { version: this.#version, models: [...this.#models] };
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const wake of [...this.#waiting]) wake();
  }

  async #refresh(): Promise<void> {
    if (!this.#isStale) return;
    this.#isStale = false;
    const models = (await this.#ports.list().catch(() => [])).slice(0, maxModels);
    if (this.#version > 0 && JSON.stringify(models) === JSON.stringify(this.#models)) return;
    this.#models = models;
    this.#version += 1;
  }

  #changed(signal: AbortSignal): Promise<void> {
    if (this.#isStale || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
