/**
 * Asks routes that are out of rotation whether they are back, so that no task has to find out: first for the model list,
 * once per node, which costs nothing; then, where calls had failed, for one word of an answer, because a server that lists
 * its models well may still hang on every call. Nothing of a task is sent. Sleeps while every route is in rotation.
 */
import { nextProbeAtMs } from '../../engine/index.ts';
import type { Clock } from '../../engine/index.ts';
import { isOwnNetwork, routeIdOf } from '../nodes/node.ts';
import type { NodeFleet } from '../nodes/fleet.ts';
import { probeByCall } from './probe-by-call.ts';
import type { RouteStates } from './route-states.ts';

/** Probes of one node are at least this far apart, whatever its routes ask for. */
const minPauseMs = 1_000;
/** A model on this machine may have to be loaded first. */
const localCallTimeoutMs = 60_000;
const remoteCallTimeoutMs = 15_000;

export class HealthProber {
  readonly #fleet: NodeFleet;
  readonly #states: RouteStates;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | null = null;
  readonly #stop = new AbortController();

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
    if (this.#stop.signal.aborted || next === Infinity) return;
    this.#timer = setTimeout(() => void this.#probe(), Math.max(minPauseMs, next - this.#clock.nowMs()));
    // A command that has done its work does not wait for a probe.
    this.#timer.unref();
  }

  /** Asks the node of one route now, whatever its state. */
  probeNow(routeId: string): void {
    void this.probeRoutes([routeId]);
  }

  /** Asks the nodes of these routes now; settles when their answers are in. False: none of them may be asked. */
  async probeRoutes(routeIds: readonly string[]): Promise<boolean> {
    const due = this.#fleet
      .askableNodes()
      .flatMap((node) =>
        node.models.map((model) => ({ nodeId: node.nodeId, routeId: routeIdOf(node, model) })),
      )
      .filter(({ routeId }) => routeIds.includes(routeId));
    await Promise.all([...new Set(due.map(({ nodeId }) => nodeId))].map((id) => this.#probeNode(id, due)));
    return due.length > 0;
  }

  dispose(): void {
    this.#stop.abort();
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

  async #probeNode(
    nodeId: string,
    due: readonly { readonly nodeId: string; readonly routeId: string }[],
  ): Promise<void> {
    const startedAtMs = this.#clock.nowMs();
    const contact = await this.#fleet.registry.contact(nodeId);
    // Without a way out of this machine nothing was learnt of the node.
    if (contact.status === 'unknown' || isOwnNetwork(contact)) return;
    const latencyMs = this.#clock.nowMs() - startedAtMs;
    const routes = due.filter((route) => route.nodeId === nodeId);
    await Promise.all(
      routes.map(async ({ routeId }) => {
        const message = contact.status === 'ok' ? await this.#probeRoute(nodeId, routeId) : contact.message;
        if (message !== null) this.#states.recordHealth(routeId, { type: 'probeFailed', message });
        // 500 ms is a fair line for a server on this machine only.
        else
          this.#states.recordHealth(routeId, { type: 'probeSucceeded', ...this.#latency(nodeId, latencyMs) });
      }),
    );
  }

  /** What went wrong; null: nothing. */
  async #probeRoute(nodeId: string, routeId: string): Promise<string | null> {
    const node = this.#fleet.registry.get(nodeId);
    const model = node?.models.find((each) => routeIdOf(node, each) === routeId);
    if (!node?.client || model === undefined || this.#states.health(routeId)?.cause !== 'failures')
      return null;
    const timeoutMs = model.isLocal ? localCallTimeoutMs : remoteCallTimeoutMs;
    return probeByCall(
      node.client,
      model.modelId,
      AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]),
    );
  }

  #latency(nodeId: string, latencyMs: number): { latencyMs?: number } {
    return this.#fleet.registry.get(nodeId)?.isLocal === true ? { latencyMs } : {};
  }
}
