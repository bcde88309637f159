/**
 * The last word of each server on this machine about its memory and slots, asked again just before a decision when it
 * is older than a moment, and after each call of ours. Sparingly: at rest nobody is asked, a server that says nothing
 * is left alone for a minute, and no question may hold up a decision for longer than `loadAnswer.ms`.
 */
import type { Clock } from '../../engine/index.ts';
import { loadAnswer } from '../../providers/server-load.ts';
import type { ServerLoad } from '../../providers/server-load.ts';
import type { Node } from '../nodes/node.ts';

const freshMs = 2_000;
/** A server without such questions may be replaced by one that has them. */
const silentMs = 60_000;

interface Known {
  readonly load: ServerLoad | null;
  readonly atMs: number;
  /** The server that was asked: another address or key is another server. */
  readonly client: Node['client'];
}

export class LoadPoller {
  readonly #clock: Clock;
  readonly #onLoad: (node: Node, load: ServerLoad, before: ServerLoad | null) => void;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<void>>();

  /** @param onLoad called with each answer, before anyone else sees it */
  constructor(clock: Clock, onLoad: (node: Node, load: ServerLoad, before: ServerLoad | null) => void) {
    this.#clock = clock;
    this.#onLoad = onLoad;
  }

  /** null: never asked, or the server does not tell. */
  of(node: Node): ServerLoad | null {
    const known = this.#known.get(node.nodeId);
    return known?.client === node.client ? known.load : null;
  }

  /** Asks those whose answer is old. Never rejects. */
  async refresh(nodes: readonly Node[]): Promise<void> {
    const ids = new Set(nodes.map(({ nodeId }) => nodeId));
    for (const nodeId of this.#known.keys()) if (!ids.has(nodeId)) this.#known.delete(nodeId);
    await Promise.all(nodes.filter((node) => this.#isDue(node)).map((node) => this.ask(node)));
  }

  /** A call has ended there. A server that says nothing is not asked after each. */
  askAfterCall(node: Node): Promise<void> {
    return this.#known.get(node.nodeId)?.load === null && !this.#isDue(node)
      ? Promise.resolve()
      : this.ask(node);
  }

  /** Asks now. Two questions to one node share one answer. Never rejects. */
  ask(node: Node): Promise<void> {
    if (!mayTell(node)) return Promise.resolve();
    const running = this.#asking.get(node.nodeId);
    if (running !== undefined) return running;
    const asked = this.#ask(node).finally(() => this.#asking.delete(node.nodeId));
    this.#asking.set(node.nodeId, asked);
    return asked;
  }

  #isDue(node: Node): boolean {
    if (!mayTell(node)) return false;
    const known = this.#known.get(node.nodeId);
    if (known?.client !== node.client) return true;
    return this.#clock.nowMs() - known.atMs > (known.load === null ? silentMs : freshMs);
  }

  async #ask(node: Node): Promise<void> {
    const { client } = node;
    const load = (await client?.load?.(AbortSignal.timeout(loadAnswer.ms)).catch(() => undefined)) ?? null;
    const before = this.of(node);
    this.#known.set(node.nodeId, { load, atMs: this.#clock.nowMs(), client });
    if (load !== null) this.#onLoad(node, load, before);
  }
}

function mayTell(node: Node): boolean {
  return node.isLocal && node.client?.load !== undefined && node.contact.status !== 'unreachable';
}
