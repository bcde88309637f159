/**
 * Eviction policies that the route cache is measured beside, each in the fewest lines that are true to its definition.
 * They hold keys only; `has` answers whether the key was there and takes it in where it was not.
 */

export interface Peer {
  /** Whether `key` was cached; afterwards it is. */
  has(key: string): boolean;
}

export const peers: Readonly<Record<string, (capacity: number) => Peer>> = {
  lru: (capacity) => new Lru(capacity),
  lfu: (capacity) => new Lfu(capacity),
  sieve: (capacity) => new Sieve(capacity),
  wTinyLfu: (capacity) => new WTinyLfu(capacity),
};

/** Least recently used: a `Map` in order of use. */
class Lru implements Peer {
  readonly #capacity: number;
  readonly keys = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    const hit = this.keys.delete(key);
    this.keys.add(key);
    if (this.keys.size > this.#capacity) this.takeOldest();
    return hit;
  }

  takeOldest(): string | undefined {
    const [oldest] = this.keys;
    if (oldest !== undefined) this.keys.delete(oldest);
    return oldest;
  }
}

/** Least frequently used as the specification words it: counts never age; of equals the least recently used leaves. */
class Lfu implements Peer {
  readonly #capacity: number;
  readonly #counts = new Map<string, number>();
  readonly #queues = new Map<number, Set<string>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    const count = this.#counts.get(key);
    if (count === undefined && this.#counts.size >= this.#capacity) this.#evict();
    if (count !== undefined) this.#queues.get(count)?.delete(key);
    const next = (count ?? 0) + 1;
    this.#counts.set(key, next);
    if (!this.#queues.has(next)) this.#queues.set(next, new Set());
    this.#queues.get(next)?.add(key);
    return count !== undefined;
  }

  #evict(): void {
    for (let count = 1; ; count += 1) {
      const [key] = this.#queues.get(count) ?? [];
      if (key === undefined) continue;
      this.#queues.get(count)?.delete(key);
      this.#counts.delete(key);
      return;
    }
  }
}

interface SieveNode {
  readonly key: string;
  visited: boolean;
  newer: SieveNode | null;
  older: SieveNode | null;
}

/** SIEVE (Zhang et al., NSDI 2024): one queue, a hand that walks from old to new and spares what was visited. */
class Sieve implements Peer {
  readonly #capacity: number;
  readonly #nodes = new Map<string, SieveNode>();
  #newest: SieveNode | null = null;
  #oldest: SieveNode | null = null;
  #hand: SieveNode | null = null;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    const known = this.#nodes.get(key);
    if (known) {
      known.visited = true;
      return true;
    }
    if (this.#nodes.size >= this.#capacity) this.#evict();
    const node: SieveNode = { key, visited: false, newer: null, older: this.#newest };
    if (this.#newest) this.#newest.newer = node;
    this.#newest = node;
    this.#oldest ??= node;
    this.#nodes.set(key, node);
    return false;
  }

  #evict(): void {
    let node = this.#hand ?? this.#oldest;
    while (node?.visited === true) {
      node.visited = false;
      node = node.newer ?? this.#oldest;
    }
    if (!node) return;
    this.#hand = node.newer;
    if (node.newer) node.newer.older = node.older;
    else this.#newest = node.older;
    if (node.older) node.older.newer = node.newer;
    else this.#oldest = node.newer;
    this.#nodes.delete(node.key);
  }
}

/**
 * W-TinyLFU (Einziger et al. 2017): a window of 1 %, a segmented main (80 % protected), admission by frequency. Counts
 * are exact and halved every ten capacities, where the published one uses a small sketch: that flatters it slightly.
 */
class WTinyLfu implements Peer {
  readonly #window: Lru;
  readonly #probation = new Lru(Infinity);
  readonly #protected = new Lru(Infinity);
  readonly #sizes: { readonly window: number; readonly main: number; readonly protected: number };
  readonly #counts = new Map<string, number>();
  readonly #sample: number;
  #seen = 0;

  constructor(capacity: number) {
    const window = Math.max(1, Math.round(capacity * 0.01));
    const main = capacity - window;
    this.#sizes = { window, main, protected: Math.floor(main * 0.8) };
    this.#window = new Lru(Infinity);
    this.#sample = 10 * capacity;
  }

  has(key: string): boolean {
    this.#count(key);
    if (this.#protected.keys.has(key)) return this.#protected.has(key);
    if (this.#probation.keys.delete(key)) {
      this.#protected.has(key);
      if (this.#protected.keys.size > this.#sizes.protected)
        this.#probation.has(this.#protected.takeOldest() ?? '');
      return true;
    }
    const hit = this.#window.has(key);
    if (this.#window.keys.size > this.#sizes.window) this.#admit(this.#window.takeOldest() ?? '');
    return hit;
  }

  #admit(candidate: string): void {
    if (this.#probation.keys.size + this.#protected.keys.size < this.#sizes.main) {
      this.#probation.has(candidate);
      return;
    }
    const [victim] = this.#probation.keys;
    if (victim === undefined || (this.#counts.get(candidate) ?? 0) <= (this.#counts.get(victim) ?? 0)) return;
    this.#probation.takeOldest();
    this.#probation.has(candidate);
  }

  #count(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#seen += 1;
    if (this.#seen < this.#sample) return;
    this.#seen = 0;
    for (const [each, count] of this.#counts) {
      if (count <= 1) this.#counts.delete(each);
      else this.#counts.set(each, count >> 1);
    }
  }
}
