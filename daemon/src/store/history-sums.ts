/**
 * Counts and sums that are asked for again and again over the same stretch of time (a day, a month): read once, then kept
 * up to date with what is saved, so that a question costs the same after a million tasks.
 */
import type { AttemptRecord, DecisionRecord } from './records.ts';

/** Stretches remembered; the one that was not asked for longest is forgotten. */
const keptWindows = 8;

export class HistorySums {
  readonly #decisions = new Map<number, number>();
  readonly #spent = new Map<number, Map<string, number>>();

  countDecisions(sinceMs: number, read: () => number): number {
    return remembered(this.#decisions, sinceMs, read);
  }

  spentByRoute(sinceMs: number, read: () => Map<string, number>): ReadonlyMap<string, number> {
    return remembered(this.#spent, sinceMs, read);
  }

  decided({ createdAtMs }: DecisionRecord): void {
    for (const [sinceMs, count] of this.#decisions) {
      if (createdAtMs >= sinceMs) this.#decisions.set(sinceMs, count + 1);
    }
  }

  /** An attempt's result is saved once. */
  attempted({ routeId, result }: AttemptRecord): void {
    if (result?.costUsd == null) return;
    for (const [sinceMs, spent] of this.#spent) {
      if (result.endedAtMs >= sinceMs) spent.set(routeId, (spent.get(routeId) ?? 0) + result.costUsd);
    }
  }

  /** Something was taken away. */
  forget(): void {
    this.#decisions.clear();
    this.#spent.clear();
  }
}

function remembered<Value>(windows: Map<number, Value>, sinceMs: number, read: () => Value): Value {
  const value = windows.get(sinceMs) ?? read();
  windows.delete(sinceMs);
  windows.set(sinceMs, value);
  const [oldest] = windows.keys();
  if (windows.size > keptWindows && oldest !== undefined) windows.delete(oldest);
  return value;
}
