/** History behind the guard: reads join what waits in memory, forgetting needs the file. */
import type { Alarm } from '../engine/index.ts';
import type {
  AttemptRecord,
  History,
  HistoryBounds,
  HistoryRow,
  LoggedDecision,
  OutcomeRecord,
  RouteTotals,
} from './records.ts';
import { storageProblem } from './storage-problem.ts';

export interface GuardedHistoryParts {
  readonly durable: History;
  /** What is kept while the file can't be written; null: it can. */
  readonly memory: () => History | null;
  /** Writes what waits, where that works. */
  readonly flush: () => void;
  /** Decisions or what goes with them are gone. */
  readonly onForgotten: () => void;
}

export class GuardedHistory implements History {
  readonly #parts: GuardedHistoryParts;

  constructor(parts: GuardedHistoryParts) {
    this.#parts = parts;
  }

  page(page: Parameters<History['page']>[0]): readonly HistoryRow[] {
    return this.#source().page(page);
  }

  logged(page: Parameters<History['logged']>[0]): readonly LoggedDecision[] {
    return this.#source().logged(page);
  }

  totals(sinceMs: number): readonly RouteTotals[] {
    return this.#source().totals(sinceMs);
  }

  recentOutcomes(limit: number): readonly OutcomeRecord[] {
    return this.#source().recentOutcomes(limit);
  }

  recentAttempts(page: Parameters<History['recentAttempts']>[0]): readonly AttemptRecord[] {
    return this.#source().recentAttempts(page);
  }

  alarms(limit: number): readonly Alarm[] {
    this.#parts.flush();
    const newer = this.#parts.memory()?.alarms(limit) ?? [];
    return [...newer, ...this.#source().alarms(limit)].slice(0, limit);
  }

  prune(bounds: HistoryBounds): number {
    this.#parts.flush();
    if (this.#parts.memory() !== null) return 0;
    const forgotten = this.#tried(() => this.#parts.durable.prune(bounds), 0);
    if (forgotten > 0) this.#parts.onForgotten();
    return forgotten;
  }

  forgetRest(): void {
    this.#parts.flush();
    this.#parts.memory()?.forgetRest();
    this.#tried(() => this.#parts.durable.forgetRest(), undefined);
    this.#parts.onForgotten();
  }

  tidy(): void {
    this.#parts.flush();
    if (this.#parts.memory() === null) this.#tried(() => this.#parts.durable.tidy(), undefined);
  }

  bytes(): number {
    return this.#parts.durable.bytes();
  }

  /** Exports and totals are of the file; what waits in memory is in it as soon as it can be written. */
  #source(): History {
    this.#parts.flush();
    return this.#parts.durable;
  }

  /** Forgetting waits for better times too; the next save finds out and says what is wrong. */
  #tried<Result>(work: () => Result, otherwise: Result): Result {
    try {
      return work();
    } catch (error) {
      if (storageProblem(error) === null) throw error;
      return otherwise;
    }
  }
}
