/**
 * What people do to routes and nodes: probe, drain, disable, enable, undo. Nothing here decides what a state means; the
 * engine's state machine does. This keeps people from harm: the same twice is once, a change of mind is always possible,
 * everything else at most once a minute, and the last route of a kind of task is not taken away without a word.
 */
import type { HealthTarget, ParamsOf, ResultOf, TaskKind, setRouteStateRequest } from '@task-router/protocol';
import { RouterError, taskKinds } from '@task-router/protocol';
import type { Clock, HealthEvent, HealthState } from '../../engine/index.ts';
import { handEveryMs, integrateHealthMonitoring } from '../../engine/index.ts';
import { select } from '../drill.ts';
import type { DrillRequest } from '../drill.ts';
import type { HealthProber } from './health-prober.ts';
import { routeIdOf } from '../nodes/node.ts';
import type { Node } from '../nodes/node.ts';
import type { RouteStates } from './route-states.ts';

type Params = ParamsOf<typeof setRouteStateRequest>;
type Result = ResultOf<typeof setRouteStateRequest>;
type Action = Params['action'];

/** What is known at the moment of the action. */
export interface ActionWorld {
  /** Those that the client may see. */
  readonly nodes: readonly Node[];
  readonly drill: DrillRequest;
}

export interface HealthActionsDeps {
  readonly states: RouteStates;
  readonly prober: HealthProber;
  readonly clock: Clock;
}

/** A target with all routes it stands for. */
interface Aim {
  readonly name: string;
  /** null: a single route. */
  readonly nodeId: string | null;
  readonly routeIds: readonly string[];
}

export class HealthActions {
  readonly #deps: HealthActionsDeps;
  /** By action and target: when it last took effect. At most one entry for each of them. */
  readonly #doneAtMs = new Map<string, number>();

  constructor(deps: HealthActionsDeps) {
    this.#deps = deps;
  }

  /** Rejects with `health.targetUnknown`, `health.nodeHeld`, `health.tooSoon` or `health.lastRoute`. */
  async set({ target, action, confirmed, dryRun }: Params, world: ActionWorld): Promise<Result> {
    const aim = aimOf(target, world.nodes);
    this.#refuseUnderHeldNode(aim, action, world.nodes);
    const changes = this.#expected(aim, action);
    const takesAway = action === 'drain' || action === 'disable';
    if (takesAway && changes.length === 0 && !this.#holdsAnew(aim, action))
      return { changes, message: `${aim.name} was ${pastOf[action]} already.` };
    if (takesAway && !confirmed) refuseLast(aim, world.drill);
    const isLimited = takesAway || action === 'probe';
    if (isLimited) this.#refuseTooSoon(aim, action);
    if (dryRun) return { changes, message: `Nothing was changed; ${aim.name} would be ${pastOf[action]}.` };
    if (isLimited) this.#doneAtMs.set(limitKey(aim, action), this.#deps.clock.nowMs());
    return action === 'probe' ? this.#probe(aim) : this.#changed(aim, action);
  }

  async #probe(aim: Aim): Promise<Result> {
    const before = this.#statesOf(aim);
    const wasAsked = await this.#deps.prober.probeRoutes(aim.routeIds);
    const message = wasAsked
      ? `${aim.name} was probed.`
      : `${aim.name} can't be asked: it has no route, or needs a key or your consent first.`;
    return { changes: this.#changesSince(aim, before), message };
  }

  #changed(aim: Aim, action: Exclude<Action, 'probe'>): Result {
    const before = this.#statesOf(aim);
    const wasHeld = aim.nodeId !== null && this.#deps.states.nodeHealth(aim.nodeId) !== null;
    this.#apply(aim, action);
    const changes = this.#changesSince(aim, before);
    const didNothing = changes.length === 0 && !wasHeld && (action === 'undo' || action === 'enable');
    const message = didNothing
      ? `Nothing is being done to ${aim.name} that could be taken back.`
      : `${aim.name} was ${pastOf[action]}.`;
    return { changes, message };
  }

  #apply({ nodeId, routeIds }: Aim, action: Exclude<Action, 'probe'>): void {
    const { states } = this.#deps;
    if (nodeId === null) {
      for (const routeId of routeIds) states.recordHealth(routeId, { type: action });
      return;
    }
    const wasHeld = states.nodeHealth(nodeId) !== null;
    if (wasHeld || action === 'drain' || action === 'disable') {
      states.recordNodeHealth(nodeId, { type: action });
      if (action === 'undo') return;
    }
    if (action === 'enable' || action === 'undo') {
      for (const routeId of routeIds.filter((id) => action === 'undo' || isHeld(states.ownHealth(id)?.state)))
        states.recordHealth(routeId, { type: action });
    }
  }

  /** What the action would change, without doing it. */
  #expected(aim: Aim, action: Action): Result['changes'] {
    if (action === 'probe') return [];
    const { states, clock } = this.#deps;
    const event: HealthEvent = { type: action };
    return aim.routeIds.flatMap((routeId) => {
      const before = states.health(routeId);
      const { transition } = integrateHealthMonitoring(before, event, clock.nowMs());
      return transition === null ? [] : [{ routeId, ...transition }];
    });
  }

  #statesOf({ routeIds }: Aim): ReadonlyMap<string, HealthState> {
    const { states } = this.#deps;
    return new Map(routeIds.map((id) => [id, states.health(id)?.state ?? 'unknown']));
  }

  #changesSince({ routeIds }: Aim, before: ReadonlyMap<string, HealthState>): Result['changes'] {
    return routeIds.flatMap((routeId) => {
      const now = this.#deps.states.health(routeId);
      const [from, to] = [before.get(routeId) ?? 'unknown', now?.state ?? 'unknown'];
      return from === to ? [] : [{ routeId, from, to, reason: now?.reason ?? null }];
    });
  }

  /** A node without any route can be held too, for those that it will have. */
  #holdsAnew({ nodeId }: Aim, action: 'drain' | 'disable'): boolean {
    if (nodeId === null) return false;
    const held = this.#deps.states.nodeHealth(nodeId)?.state;
    return held === undefined || (held === 'draining' && action === 'disable');
  }

  /** A route can't be more in use than its node. */
  #refuseUnderHeldNode({ nodeId, routeIds }: Aim, action: Action, nodes: readonly Node[]): void {
    if (nodeId !== null || action === 'probe') return;
    const node = nodes.find(({ nodeId: id }) => routeIds[0]?.startsWith(`${id}/`) === true);
    if (node === undefined || this.#deps.states.nodeHealth(node.nodeId) === null) return;
    throw new RouterError('health.nodeHeld', `All of ${node.label} is out of use, not this route alone.`);
  }

  #refuseTooSoon(aim: Aim, action: Action): void {
    const nowMs = this.#deps.clock.nowMs();
    const doneAtMs = this.#doneAtMs.get(limitKey(aim, action)) ?? -Infinity;
    const waitMs = doneAtMs + handEveryMs - nowMs;
    // A wall clock that was set back would lock the target for longer than that.
    if (waitMs <= 0 || waitMs > handEveryMs) return;
    const what = action === 'probe' ? 'probed' : 'taken out of use';
    throw new RouterError(
      'health.tooSoon',
      `${aim.name} was ${what} less than a minute ago; again in ${Math.ceil(waitMs / 1_000)} s.`,
      { retryAfterMs: waitMs },
    );
  }
}

const pastOf: Readonly<Record<Action, string>> = {
  probe: 'probed',
  drain: 'drained',
  disable: 'disabled',
  enable: 'enabled',
  undo: 'taken back',
};

/** Draining and disabling are one kind of action, probing is another. */
function limitKey({ nodeId, routeIds }: Aim, action: Action): string {
  return `${action === 'probe' ? 'probe' : 'hold'} ${nodeId ?? routeIds[0] ?? ''}`;
}

function isHeld(state: HealthState | undefined): boolean {
  return state === 'draining' || state === 'disabled';
}

function aimOf(target: HealthTarget, nodes: readonly Node[]): Aim {
  for (const node of nodes) {
    const routeIds = node.models.map((model) => routeIdOf(node, model));
    if (target.type === 'node' && node.nodeId === target.nodeId)
      return { name: node.label, nodeId: node.nodeId, routeIds };
    if (target.type === 'route' && routeIds.includes(target.routeId))
      return { name: target.routeId, nodeId: null, routeIds: [target.routeId] };
  }
  const name = target.type === 'node' ? `node "${target.nodeId}"` : `route "${target.routeId}"`;
  throw new RouterError('health.targetUnknown', `There is no ${name}.`);
}

/** Kinds of task that have a usable route now, and would have none. What is out for failures is no comfort. */
function refuseLast({ name, routeIds }: Aim, { factsFor, policy }: DrillRequest): void {
  const lost = taskKinds.filter((kind: TaskKind) => {
    const usable = factsFor(kind).map((route) => ({ ...route, lastResort: false }));
    const others = usable.filter(({ routeId }) => !routeIds.includes(routeId));
    return select(kind, usable, policy).chosen !== null && select(kind, others, policy).chosen === null;
  });
  if (lost.length === 0) return;
  const kinds = lost.length === taskKinds.length ? 'any task' : `tasks of kind ${lost.join(', ')}`;
  throw new RouterError('health.lastRoute', `Without ${name} no usable route is left for ${kinds}.`, {
    details: { kinds: lost },
  });
}
