/**
 * Keeps history within its bounds (age and size), a chunk at a time between tasks, and answers for it: totals, pages
 * of an export, forgetting everything.
 */
import { RouterError, historyPageRows } from '@task-router/protocol';
import type { ParamsOf, ResultOf, historyPageRequest, historyRequest } from '@task-router/protocol';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { Store } from '../store/store.ts';
import { keptConversations } from './memory/balance-memory.ts';
import type { Lessons } from './memory/lessons.ts';

export interface HistoryKeeperDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly config: ConfigFile;
  readonly log: Logger;
  readonly lessons: Lessons;
}

const dayMs = 86_400_000;
/** The first look waits until the daemon has started and its first task has had its turn. */
const firstLookMs = 30_000;
const lookEveryMs = 3_600_000;

export class HistoryKeeper {
  readonly #deps: HistoryKeeperDeps;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(deps: HistoryKeeperDeps) {
    this.#deps = deps;
    this.#later(firstLookMs);
  }

  totals(sinceMs: number): ResultOf<typeof historyRequest> {
    const { store, config } = this.#deps;
    return {
      totals: [...store.history.totals(sinceMs)],
      decisions: store.countDecisions(),
      bytes: store.history.bytes(),
      retentionDays: config.current().history.retentionDays,
    };
  }

  page({ sinceMs, after }: ParamsOf<typeof historyPageRequest>): ResultOf<typeof historyPageRequest> {
    const rows = this.#deps.store.history.page({ sinceMs, after, limit: historyPageRows });
    const last = rows.at(-1);
    const isFull = rows.length === historyPageRows && last !== undefined;
    const next = isFull ? { createdAtMs: last.createdAtMs, decisionId: last.decisionId } : null;
    return { rows: [...rows], next };
  }

  /** Forgets what is beyond the bounds. Resolves with how many decisions that were. */
  prune(): Promise<number> {
    const { retentionDays, maxMegabytes } = this.#deps.config.current().history;
    const beforeMs = Math.max(0, this.#deps.clock.nowMs() - retentionDays * dayMs);
    return this.#forget({ beforeMs, maxBytes: maxMegabytes * 1024 * 1024 });
  }

  /** Forgets every ended task and all that was learned of it. */
  async clear(): Promise<number> {
    const { store } = this.#deps;
    if (store.mode === 'memory' && store.history.bytes() > 0)
      throw new RouterError('store.unavailable', `History can't be cleared now. ${store.reason ?? ''}`);
    const removed = await this.#forget({ beforeMs: Number.MAX_SAFE_INTEGER, maxBytes: Infinity });
    // What was still to be learned is forgotten with the rest.
    this.#deps.lessons.learn();
    this.#deps.store.history.forgetRest();
    this.#deps.log.info('history was cleared', { removed });
    return removed;
  }

  dispose(): void {
    this.#ended = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #forget(bounds: { readonly beforeMs: number; readonly maxBytes: number }): Promise<number> {
    let removed = 0;
    while (!this.#ended) {
      const chunk = this.#deps.store.history.prune(bounds);
      removed += chunk;
      if (chunk === 0) break;
      // A task that came meanwhile goes first.
      await nextTurn();
    }
    return removed;
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const removed = await this.prune();
    if (removed > 0) this.#deps.log.info('old tasks were forgotten', { removed });
    if (this.#ended) return;
    // Each conversation has a state of its own, and what ends tells nobody.
    this.#deps.store.pruneEngineState('conversation', keptConversations);
    this.#deps.store.history.tidy();
    this.#later(lookEveryMs);
  }
}

/** Lets everything else that waits have its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
