/** History behind the guard: reads join what waits in memory, forgetting needs the file. */
import type { Alarm } from '../engine/index.ts';
import type { Guard } from './guard.ts';
import { remoteHistory, type HistoryLink } from './thread/history-calls.ts';
import type { AttemptRecord, HistoryRow, LoggedDecision, OutcomeRecord, RouteTotals } from './records.ts';
import type { History, HistoryBounds } from './store.ts';

export interface GuardedHistoryParts {
  readonly link: HistoryLink;
  readonly guard: Guard;
  /** Decisions or what goes with them are gone. */
  readonly onForgotten: () => void;
}

export class GuardedHistory implements History {
  readonly #guard: Guard;
  readonly #durable: History;
  readonly #onForgotten: () => void;
  readonly #tidyUp: () => void;

  constructor({ link, guard, onForgotten }: GuardedHistoryParts) {
    this.#guard = guard;
    this.#durable = remoteHistory(link);
    this.#onForgotten = onForgotten;
    this.#tidyUp = () => link.post('history', 'tidy');
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
    const stored = this.#source().alarms(limit);
    return [...(this.#memory?.alarms(limit) ?? []), ...stored].slice(0, limit);
  }

  /** Forgetting needs the file, and waits for better times. */
  prune(bounds: HistoryBounds): number {
    this.#guard.flush();
    if (this.#memory !== null) return 0;
    const forgotten = this.#guard.tried(() => this.#durable.prune(bounds), 0);
    this.#guard.forgotten();
    if (forgotten > 0) this.#onForgotten();
    return forgotten;
  }

  forgetRest(): void {
    this.#guard.tried(() => this.#guard.emptyJournal(), undefined);
    this.#memory?.forgetRest();
    this.#guard.tried(() => this.#durable.forgetRest(), undefined);
    this.#guard.forgotten();
    this.#onForgotten();
  }

  /** Nobody waits for it. */
  tidy(): void {
    this.#guard.flush();
    if (this.#memory === null) this.#tidyUp();
  }

  bytes(): number {
    return this.#guard.tried(() => this.#durable.bytes(), 0);
  }

  /** Exports and totals are of the file; what waits in memory is in it as soon as it can be written. */
  #source(): History {
    this.#guard.flush();
    return this.#durable;
  }

  /** What is kept while the file can't be written; null: it can. */
  get #memory(): History | null {
    return this.#guard.outage?.memory.history ?? null;
  }
}
