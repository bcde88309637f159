/**
 * The texts that were read last, each with what it says. Few, in an array that is written round and round: the maps of the
 * route cache would have as many changes a second as there are tasks, and V8 keeps what their outgrown tables had (see
 * `platform/roster.ts`). What a text says depends on the text alone, so nothing here grows old.
 */
import type { RouteCacheStats } from '../../engine/index.ts';

/**
 * A text is asked again soon (a preview and then the task, a task tried again) or never, and those that never come again are
 * then gone before the collector of garbage moves them to where it seldom looks.
 */
const capacity = 32;

interface ReadText<Features> {
  readonly key: string;
  readonly features: Features;
  readonly bytes: number;
  usageCount: number;
  lastUsedAtMs: number;
}

export class ReadTexts<Features> {
  readonly #bytesOf: (key: string, features: Features) => number;
  readonly #kept: ReadText<Features>[] = [];
  /** Place of the oldest, once all are taken. */
  #next = 0;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  /** `bytesOf`: roughly what is kept of a text. */
  constructor(bytesOf: (key: string, features: Features) => number) {
    this.#bytesOf = bytesOf;
  }

  /** null: not known, or not any more. */
  get(key: string, nowMs: number): Features | null {
    for (const text of this.#kept) {
      if (text.key !== key) continue;
      text.usageCount += 1;
      text.lastUsedAtMs = nowMs;
      this.#hits += 1;
      return text.features;
    }
    this.#misses += 1;
    return null;
  }

  /** For a key that is not known. */
  keep(key: string, features: Features, nowMs: number): void {
    const bytes = this.#bytesOf(key, features);
    if (this.#kept.length === capacity) this.#evictions += 1;
    this.#kept[this.#next] = { key, features, bytes, usageCount: 0, lastUsedAtMs: nowMs };
    this.#next = (this.#next + 1) % capacity;
  }

  get stats(): RouteCacheStats {
    const [hits, misses, evictions] = [this.#hits, this.#misses, this.#evictions];
    let [bytes, usageCount, lastUsedAtMs] = [0, 0, null as number | null];
    for (const text of this.#kept) {
      bytes += text.bytes;
      usageCount += text.usageCount;
      if (text.usageCount > 0) lastUsedAtMs = Math.max(lastUsedAtMs ?? 0, text.lastUsedAtMs);
    }
    return {
      ...{ capacity, entries: this.#kept.length, bytes, hits, misses, evictions, usageCount, lastUsedAtMs },
      ...{ staleServed: 0, invalidations: 0, epoch: 0 },
    };
  }
}
