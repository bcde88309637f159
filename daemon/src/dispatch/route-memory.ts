/**
 * The route cache with its second level: prepared candidates live in memory and, the newest of them, in the store, so
 * that a daemon that starts anew decides its first tasks from memory too. The key names everything an entry depends
 * on, by content, so an entry of yesterday is found only where it still holds.
 */
import { createHash } from 'node:crypto';
import type { Clock, PreparedCandidates, RouteCache, RouteCacheStats } from '../engine/index.ts';
import { cacheRoute, createRouteCache, lookupRoute, routeCacheStats } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { Store } from '../store/records.ts';
import type { RouteHandle } from './facts.ts';

const capacity = 2_000;
/** Entries kept over a restart; one holds a line per route. */
const keptOverRestart = 50;

export class RouteMemory {
  readonly #cache: RouteCache = createRouteCache({ capacity });
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    store.pruneEngineState('routeCache', keptOverRestart);
    for (const { key, json } of store.readEngineState('routeCache')) {
      try {
        cacheRoute(key, JSON.parse(json) as PreparedCandidates, this.#cache, clock.nowMs());
      } catch {
        log.warn('a remembered candidate set could not be read', { key });
      }
    }
  }

  get stats(): RouteCacheStats {
    return routeCacheStats(this.#cache);
  }

  lookup(key: string): PreparedCandidates | null {
    return lookupRoute(key, this.#cache, this.#clock.nowMs());
  }

  keep(key: string, prepared: PreparedCandidates): void {
    const nowMs = this.#clock.nowMs();
    cacheRoute(key, prepared, this.#cache, nowMs);
    this.#store.saveEngineState([
      { area: 'routeCache', key, json: JSON.stringify(prepared), updatedAtMs: nowMs },
    ]);
  }
}

/** What the standing filters read of the routes, as a short hash: equal facts give equal keys, also after a restart. */
export function standingFingerprint(handles: readonly RouteHandle[]): string {
  let standing = '';
  for (const { facts } of handles) {
    const { tools, vision, structuredOutput, reasoning } = facts.capabilities;
    standing += `${facts.routeId}\n${facts.access}${facts.isLocal}${tools}${vision}${structuredOutput}${reasoning}\n`;
  }
  return createHash('sha256').update(standing).digest('hex').slice(0, 16);
}
