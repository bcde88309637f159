/**
 * The route cache with its second level: prepared candidates live in memory and, the newest of them, in the store, so
 * that a daemon that starts anew decides its first tasks from memory too. The key names everything an entry depends
 * on, by content; the epoch stands above it: every change of health, price, policy or catalogue makes all entries
 * unusable, also those in the store.
 */
import type { Clock, PreparedCandidates, RouteCache, RouteCacheStats } from '../../engine/index.ts';
import {
  bumpEpoch,
  cacheRoute,
  cacheTimes,
  claimRefresh,
  createRouteCache,
  lookupRoute,
  routeCacheStats,
} from '../../engine/index.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Store } from '../../store/store.ts';
import { routeIdOf } from '../nodes/node.ts';
import type { Node } from '../nodes/node.ts';

/** Entries kept over a restart; one holds a line per route. */
const keptOverRestart = 50;
const epochKey = 'epoch';

export class RouteMemory {
  readonly #candidates: RouteCache = createRouteCache({ ttlMs: timeToLiveMs });
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #prices = new Map<string, string>();
  #policy: string | null = null;
  #seen: { readonly nodes: readonly Node[]; readonly policy: unknown } | null = null;

  constructor(store: Store, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    store.pruneEngineState('routeCache', keptOverRestart);
    const [known] = store.readEngineState('routeCacheEpoch');
    this.#candidates.epoch = epochOf(known?.json);
    for (const { key, json } of store.readEngineState('routeCache')) {
      try {
        const { epoch, prepared } = JSON.parse(json) as { epoch: number; prepared: PreparedCandidates };
        // What was made before the last change is not even looked at.
        if (epoch === this.#candidates.epoch) cacheRoute(key, prepared, this.#candidates, clock.nowMs());
      } catch {
        log.warn('a remembered candidate set could not be read', { key });
      }
    }
  }

  get stats(): RouteCacheStats {
    return routeCacheStats(this.#candidates);
  }

  /**
   * The candidates kept under `key`; null where they must be made. `make` is for a stale entry: it is served once more,
   * and made anew right after the decision, once, however many ask.
   */
  lookup(key: string, make: () => PreparedCandidates): PreparedCandidates | null {
    const nowMs = this.#clock.nowMs();
    const prepared = lookupRoute(key, this.#candidates, nowMs);
    if (prepared !== null && claimRefresh(key, this.#candidates, nowMs)) {
      const { epoch } = this.#candidates;
      setImmediate(() => {
        // Facts of an earlier epoch must not enter this one.
        if (epoch === this.#candidates.epoch) this.keep(key, make());
      });
    }
    return prepared;
  }

  keep(key: string, prepared: PreparedCandidates): void {
    const nowMs = this.#clock.nowMs();
    cacheRoute(key, prepared, this.#candidates, nowMs);
    const json = JSON.stringify({ epoch: this.#candidates.epoch, prepared });
    this.#store.saveEngineState([{ area: 'routeCache', key, json, updatedAtMs: nowMs }]);
  }

  /** Health, prices, policy or catalogue changed: no candidate set made before is served any more. */
  forgetCandidates(): void {
    bumpEpoch(this.#candidates);
    const { epoch } = this.#candidates;
    this.#store.saveEngineState([
      { area: 'routeCacheEpoch', key: epochKey, json: String(epoch), updatedAtMs: this.#clock.nowMs() },
    ]);
  }

  /** Looks whether a known route's price or the policy is another than before. Routes that come or go are in the key. */
  noteWorld(nodes: readonly Node[], policy: unknown): void {
    if (this.#isSeen(nodes, policy)) return;
    const policyNow = JSON.stringify(policy);
    let changed = this.#policy !== null && this.#policy !== policyNow;
    this.#policy = policyNow;
    for (const node of nodes) {
      for (const model of node.models) {
        const [routeId, prices] = [routeIdOf(node, model), JSON.stringify(model.prices)];
        const before = this.#prices.get(routeId);
        changed ||= before !== undefined && before !== prices;
        this.#prices.set(routeId, prices);
      }
    }
    if (changed) this.forgetCandidates();
  }

  /** The very objects of the last look: nothing in them can be another. Most looks follow the end of a call. */
  #isSeen(nodes: readonly Node[], policy: unknown): boolean {
    const before = this.#seen;
    this.#seen = { nodes, policy };
    return (
      before !== null &&
      before.policy === policy &&
      before.nodes.length === nodes.length &&
      before.nodes.every((node, at) => node === nodes[at])
    );
  }
}

/** A set in which nothing is eligible is soon looked at again: the developer is mending just that. */
function timeToLiveMs({ routes }: PreparedCandidates): number {
  const hasHope = routes.some((route) => route.rejection === null);
  return hasHope ? cacheTimes.ttlMs : cacheTimes.negativeTtlMs;
}

function epochOf(json: string | undefined): number {
  const epoch = Number(json ?? 0);
  return Number.isSafeInteger(epoch) && epoch >= 0 ? epoch : 0;
}
