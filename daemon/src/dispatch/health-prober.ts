/**
 * Asks routes that are out of rotation whether they are back, so that no task has to find out. One question for the
 * model list per node; it costs nothing and carries no content. Sleeps while every route is in rotation.
 */
import { nextProbeAtMs } from '../engine/index.ts';
import type { Clock } from '../engine/index.ts';
import { routeIdOf } from './nodes/node.ts';
import type { NodeFleet } from './nodes/fleet.ts';
import type { RouteStates } from './route-states.ts';

/** Probes of one node are at least this far apart, whatever its routes ask for. */
const minPauseMs = 1_000;

export class HealthProber {
  readonly #fleet: NodeFleet;
  readonly #states: RouteStates;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(fleet: NodeFleet, states: RouteStates, clock: Clock) {
    this.#fleet = fleet;
    this.#states = states;
    this.#clock = clock;
  }

  /** To be called after any change of health or of the nodes. */
  reschedule(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const next = Math.min(...this.#waiting().map(({ atMs }) => atMs));
    if (this.#ended || next === Infinity) return;
    this.#timer = setTimeout(() => void this.#probe(), Math.max(minPauseMs, next - this.#clock.nowMs()));
    // A command that has done its work does not wait for a probe.
    this.#timer.unref();
  }

  /** Asks the node of one route now, whatever its state. */
  probeNow(routeId: string): void {
    const node = this.#fleet
      .askableNodes()
      .find((each) => each.models.some((model) => routeIdOf(each, model) === routeId));
    if (node) void this.#probeNode(node.nodeId, [{ nodeId: node.nodeId, routeId }]);
  }

  dispose(): void {
    this.#ended = true;
    this.reschedule();
  }

  #waiting(): { readonly nodeId: string; readonly routeId: string; readonly atMs: number }[] {
    return this.#fleet.askableNodes().flatMap((node) =>
      node.models.flatMap((model) => {
        const routeId = routeIdOf(node, model);
        const health = this.#states.health(routeId);
        const atMs = health === null ? null : nextProbeAtMs(health);
        return atMs === null ? [] : [{ nodeId: node.nodeId, routeId, atMs }];
      }),
    );
  }

  async #probe(): Promise<void> {
    this.#timer = null;
    this.#states.elapse();
    const nowMs = this.#clock.nowMs();
    const due = this.#waiting().filter(({ atMs }) => atMs <= nowMs);
    await Promise.all(
      [...new Set(due.map(({ nodeId }) => nodeId))].map((nodeId) => this.#probeNode(nodeId, due)),
    );
    this.reschedule();
  }

  async #probeNode(nodeId: string, due: readonly { nodeId: string; routeId: string }[]): Promise<void> {
    const startedAtMs = this.#clock.nowMs();
    const contact = await this.#fleet.registry.contact(nodeId);
    if (contact.status === 'unknown') return;
    for (const { routeId } of due.filter((route) => route.nodeId === nodeId)) {
      this.#states.recordHealth(
        routeId,
        contact.status === 'ok'
          ? { type: 'probeSucceeded', latencyMs: this.#clock.nowMs() - startedAtMs }
          : { type: 'probeFailed', message: contact.message },
      );
    }
  }
}
