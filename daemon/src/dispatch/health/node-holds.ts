/**
 * What people set for whole nodes: drained or disabled. It stands before the health of each of the node's routes, also of
 * those that the node has yet to show, and changes nothing of them: when it is lifted, each is what it is by then. Kept
 * over a restart.
 */
import type { Clock, HealthEvent, HealthTransition, RouteHealthState } from '../../engine/index.ts';
import { integrateHealthMonitoring, readRouteHealthState } from '../../engine/index.ts';
import type { Store } from '../../store/store.ts';

const area = 'nodeHealth';

export class NodeHolds {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #held = new Map<string, RouteHealthState>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    for (const { key, json } of store.readEngineState(area)) this.#restore(key, json);
  }

  /** null: nothing is set. */
  of(nodeId: string): RouteHealthState | null {
    return this.#held.get(nodeId) ?? null;
  }

  /** The route as it is under what is set for its node; null: nothing is. */
  standBefore(routeId: string, own: RouteHealthState | null): RouteHealthState | null {
    for (const [nodeId, held] of this.#held) {
      if (routeId.startsWith(`${nodeId}/`)) return { ...held, setAside: own };
    }
    return null;
  }

  record(nodeId: string, event: HealthEvent): HealthTransition | null {
    const nowMs = this.#clock.nowMs();
    const { state, transition } = integrateHealthMonitoring(this.of(nodeId), event, nowMs);
    if (isHeld(state)) this.#held.set(nodeId, state);
    else this.#held.delete(nodeId);
    this.#store.saveEngineState([{ area, key: nodeId, json: JSON.stringify(state), updatedAtMs: nowMs }]);
    return transition;
  }

  #restore(nodeId: string, json: string): void {
    try {
      const state = readRouteHealthState(JSON.parse(json));
      if (state !== null && isHeld(state)) this.#held.set(nodeId, state);
    } catch {
      // What can't be read is not in force; the tree shows the node as enabled.
    }
  }
}

function isHeld({ state }: RouteHealthState): boolean {
  return state === 'draining' || state === 'disabled';
}
