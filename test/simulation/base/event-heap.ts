/**
 * What happens when: a binary heap ordered by time, and among equal times by the order of insertion. That second key
 * is what makes a run repeatable: without it, two events of one instant would depend on the heap's inside.
 */

interface Entry<Event> {
  readonly atMs: number;
  readonly order: number;
  readonly event: Event;
}

export class EventHeap<Event> {
  readonly #entries: Entry<Event>[] = [];
  #inserted = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** When the next event happens; null: nothing is left. */
  get nextAtMs(): number | null {
    return this.#entries[0]?.atMs ?? null;
  }

  push(atMs: number, event: Event): void {
    if (!Number.isFinite(atMs)) throw new RangeError(`an event needs a finite time, not ${atMs}`);
    this.#entries.push({ atMs, order: this.#inserted, event });
    this.#inserted += 1;
    this.#rise(this.#entries.length - 1);
  }

  /** Takes the earliest event out. */
  pop(): { readonly atMs: number; readonly event: Event } | null {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (first === undefined || last === undefined) return null;
    if (this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#sink();
    }
    return { atMs: first.atMs, event: first.event };
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#entries.length && this.#isBefore(child, first)) first = child;
      }
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#entries[a]!, this.#entries[b]!];
    return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#entries[a]!, this.#entries[b]!];
    this.#entries[a] = other;
    this.#entries[b] = one;
  }
}
