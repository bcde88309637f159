/**
 * S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): which key leaves a full cache.
 * New keys enter a small queue; what is not asked for again leaves it quickly, so one-off keys never push out what is
 * in use. Keys that are asked for twice move on to the main queue, where each use buys another round, up to three.
 * Keys that left lately are remembered (ghosts) and go straight to the main queue when they come back.
 *
 * A hit only counts up, which is why a lookup is fast. A JavaScript `Map` is the queue: it keeps insertion order.
 * Own code: the engine imports no package, and none of those looked at has S3-FIFO (decision 0015).
 */

/** Uses that count at most: three rounds. */
const maxUses = 3;
/** Uses after which a key in the small queue is worth keeping. */
const promoteUses = 2;

export interface EvictionQueues {
  readonly capacity: number;
  readonly smallCapacity: number;
  /** Key → uses since it came or was last looked at, oldest first. */
  readonly small: Map<string, number>;
  readonly main: Map<string, number>;
  /** Keys that left the small queue, oldest first; as many as the main queue has room for. */
  readonly ghosts: Set<string>;
}

/** `smallShare` of the capacity, 0..1, is for newcomers; at least one place. */
export function createQueues(capacity: number, smallShare: number): EvictionQueues {
  const smallCapacity = Math.max(1, Math.round(capacity * smallShare));
  return { capacity, smallCapacity, small: new Map(), main: new Map(), ghosts: new Set() };
}

/** Notes a use. Constant time. */
export function touch(key: string, { small, main }: EvictionQueues): void {
  const queue = small.has(key) ? small : main;
  const uses = queue.get(key);
  if (uses !== undefined && uses < maxUses) queue.set(key, uses + 1);
}

/**
 * Takes a new key in and names the keys that leave for it. Amortised constant time: each round that a key stays was
 * paid for by a use.
 * @param isDead keys that will never be served again; they leave however much they were used
 */
export function admit(key: string, queues: EvictionQueues, isDead: (key: string) => boolean): string[] {
  const victims: string[] = [];
  while (queues.small.size + queues.main.size >= queues.capacity) {
    const victim = evictOne(queues, isDead);
    if (victim !== null) victims.push(victim);
  }
  if (queues.ghosts.delete(key)) queues.main.set(key, 0);
  else queues.small.set(key, 0);
  return victims;
}

/** Takes a key out that the cache dropped by itself. */
export function drop(key: string, { small, main }: EvictionQueues): void {
  if (!small.delete(key)) main.delete(key);
}

/** One step; null when a key only changed its place. */
function evictOne(queues: EvictionQueues, isDead: (key: string) => boolean): string | null {
  const { small, main, smallCapacity } = queues;
  const fromSmall = small.size >= smallCapacity || main.size === 0;
  const queue = fromSmall ? small : main;
  const [[key, uses] = ['', 0]] = queue;
  queue.delete(key);
  if (isDead(key)) return key;
  if (fromSmall) {
    if (uses >= promoteUses) {
      main.set(key, 0);
      return null;
    }
    remember(key, queues);
    return key;
  }
  if (uses === 0) return key;
  main.set(key, uses - 1);
  return null;
}

function remember(key: string, { ghosts, capacity, smallCapacity }: EvictionQueues): void {
  ghosts.add(key);
  const [oldest] = ghosts;
  if (ghosts.size > capacity - smallCapacity && oldest !== undefined) ghosts.delete(oldest);
}
