/**
 * Routes that lack nothing but a free slot, or whose provider named a reset that is near: with nothing else eligible a
 * task is decided among them, too, and waits for its turn. Otherwise a cooled-down single provider would leave a task
 * without any route.
 */
import type { RouteFacts } from '../../engine/index.ts';
import type { RouteHandle } from '../decide/facts.ts';
import type { RouteStates } from '../health/route-states.ts';
import type { Quotas } from './quotas.ts';

/** A reset further away than a task may wait in line is not worth it. */
const nearMs = 30_000;

export interface WaitingFacts {
  readonly states: Pick<RouteStates, 'health'>;
  readonly quotas: Pick<Quotas, 'isClosed'>;
  readonly nowMs: number;
}

/** The handles with that one hindrance taken away where there is one; null: nothing to wait for. */
export function mayBeWaitedFor(handles: readonly RouteHandle[], at: WaitingFacts): RouteHandle[] | null {
  const lifted = handles.map((handle) => ({ ...handle, facts: lift(handle, at) }));
  return lifted.some(({ facts }, index) => facts !== handles[index]?.facts) ? lifted : null;
}

function lift({ facts, node }: RouteHandle, { states, quotas, nowMs }: WaitingFacts): RouteFacts {
  const { load } = facts;
  const isFull = load.slots !== null && load.inFlight >= load.slots;
  const health = states.health(facts.routeId);
  const isCooling =
    health?.state === 'ejected' &&
    health.cause === 'rateLimit' &&
    (health.untilMs ?? Infinity) - nowMs < nearMs &&
    quotas.isClosed(node, facts.routeId);
  if (!isFull && !isCooling) return facts;
  return {
    ...facts,
    ...(isFull && { load: { ...load, slots: null } }),
    ...(isCooling && { health: 'degraded' }),
  };
}
