/** What every client sees of the whole: nodes, daemon, money and configuration; told to all of them when it has changed. */
import type { DaemonView, EndpointView } from '@task-router/protocol';
import type { RouterDeps, RouterParts } from './router-parts.ts';
import type { RouterService } from './service.ts';
import { nodeView } from './views/node-view.ts';

/** Changes that come in a burst are announced once. */
const announceAfterMs = 50;

export class Announcements {
  readonly #deps: RouterDeps;
  readonly #partsLater: () => RouterParts;
  #timer: NodeJS.Timeout | null = null;
  #isDisposed = false;

  /** `parts` may announce something while they are made. */
  constructor(deps: RouterDeps, parts: () => RouterParts) {
    this.#deps = deps;
    this.#partsLater = parts;
  }

  soon(): void {
    // What still ends now is recorded; to announce it the store would be asked, which is about to be closed.
    if (this.#isDisposed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#parts.prober.reschedule();
      this.#announce();
    }, announceAfterMs);
  }

  currentState(clientId: string): ReturnType<RouterService['currentState']> {
    return {
      nodes: this.nodes(clientId),
      daemon: this.daemon(),
      configProblems: this.#parts.fleet.configProblems(),
      wantedKeys: this.#parts.fleet.wantedKeys(),
      spend: this.#parts.resources.spendView(),
    };
  }

  nodes(clientId: string) {
    const sources = {
      ...this.#parts,
      spentUsd: this.#deps.store.spentByRoute(startOfDayMs(this.#deps.clock.nowMs())),
    };
    return this.#parts.fleet.registry.visibleTo(clientId).map((node) => nodeView(node, sources));
  }

  daemon(): DaemonView & { readonly endpoint: EndpointView } {
    const { store } = this.#deps;
    const { mode, reason, notice } = store;
    const cache = { ...this.#parts.memory.stats, features: this.#parts.reader.stats };
    return {
      store: { mode, reason, notice, decisions: store.countDecisions(), bytes: store.fileBytes },
      cache,
      alarms: [...this.#parts.monitor.alarms],
      endpoint: this.#deps.endpointView(),
    };
  }

  /** Nothing is announced any more. */
  dispose(): void {
    this.#isDisposed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  get #parts(): RouterParts {
    return this.#partsLater();
  }

  #announce(): void {
    const { events } = this.#deps;
    for (const clientId of events.clientIds()) {
      const { nodes, daemon, configProblems, wantedKeys, spend } = this.currentState(clientId);
      events.emit(clientId, { type: 'health', nodes: [...nodes], ...(daemon && { daemon }) });
      if (spend !== undefined) events.emit(clientId, { type: 'spend', spend });
      events.emit(clientId, { type: 'config', problems: [...configProblems], wantedKeys: [...wantedKeys] });
    }
  }
}

function startOfDayMs(nowMs: number): number {
  return new Date(nowMs).setHours(0, 0, 0, 0);
}
