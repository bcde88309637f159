/**
 * The store that dispatch gets: the ledger in memory and records in the file, both behind the guard (`guard.ts`), which
 * writes what waits to the journal, a text at a time. Reads see what waits, because it is written before them; while the file
 * can't be written, what waits is joined with what it has.
 */
import { createLedger, type Alarm, type BookContent, type Ledger } from '../engine/index.ts';
import { Guard, type GuardOptions } from './guard.ts';
import { GuardedHistory } from './guarded-history.ts';
import type { HistoryLink } from './thread/history-calls.ts';
import { HistorySums } from './history-sums.ts';
import { JournalBook } from './journal/journal-book.ts';
import type { Journal } from './journal/journal.ts';
import type { MemoryStore } from './memory/memory-store.ts';
import type {
  AllocationRecord,
  AttemptRecord,
  DecisionRecord,
  DecisionSummary,
  EndpointKeyRecord,
  EngineStateRecord,
  Grade,
  GradedAnswerRecord,
  HealthTransitionRecord,
  OutcomeRecord,
  StoredDecision,
  TransitionRecord,
} from './records.ts';
import type { Store } from './store.ts';

export interface GuardedStoreParts {
  readonly link: HistoryLink;
  readonly journal: Journal;
  /** What the ledger goes on with. */
  readonly content: BookContent;
}

export class GuardedStore implements Store {
  readonly history: GuardedHistory;
  readonly ledger: Ledger;
  readonly notice: string | null;
  readonly #link: HistoryLink;
  readonly #guard: Guard;
  readonly #sums = new HistorySums();

  constructor({ link, journal, content }: GuardedStoreParts, options: GuardOptions, notice: string | null) {
    this.notice = notice;
    this.#link = link;
    const book = new JournalBook(content, () => this.#guard.bookChanged());
    this.ledger = createLedger(book);
    this.#guard = new Guard(
      { link, journal, book },
      {
        ...options,
        onChange: (reason) => {
          // What was lost meanwhile is in no sum any more.
          this.#sums.forget();
          options.onChange(reason);
        },
      },
    );
    this.history = new GuardedHistory({
      link,
      guard: this.#guard,
      onForgotten: () => this.#sums.forget(),
    });
  }

  get mode(): Store['mode'] {
    return this.#guard.outage === null ? 'sqlite' : 'memory';
  }

  get reason(): string | null {
    return this.#guard.reason;
  }

  get fileBytes(): number {
    return this.#link.fileBytes;
  }

  committed(): Promise<void> | null {
    return this.#guard.committed();
  }

  saveDecision(decision: DecisionRecord): void {
    this.#sums.decided(decision);
    this.#guard.put({ save: ['saveDecision', decision] });
  }

  saveAttempt(attempt: AttemptRecord): void {
    this.#sums.attempted(attempt);
    this.#guard.put({ key: attempt.attemptId, save: ['saveAttempt', attempt] });
  }

  saveTransition(transition: TransitionRecord): void {
    this.#guard.put({ save: ['saveTransition', transition] });
  }

  saveAllocation(allocation: AllocationRecord): void {
    this.#guard.put({ save: ['saveAllocation', allocation] });
  }

  saveOutcome(outcome: OutcomeRecord): void {
    this.#guard.put({ save: ['saveOutcome', outcome] });
  }

  saveEngineState(records: readonly EngineStateRecord[]): void {
    for (const record of records) {
      const key = `${record.area} ${record.key}`;
      this.#guard.put({ key, canWait: true, save: ['saveEngineState', [record]] });
    }
  }

  saveEndpointKeyUse(key: EndpointKeyRecord): void {
    this.#guard.put({ key: `endpointKey ${key.id}`, canWait: true, save: ['saveEndpointKeyUse', key] });
  }

  saveHealthTransition(transition: HealthTransitionRecord): void {
    this.#guard.put({ save: ['saveHealthTransition', transition] });
  }

  saveAlarm(alarm: Alarm): void {
    this.#guard.put({ save: ['saveAlarm', alarm] });
  }

  saveGrade(decisionId: string, grade: Grade, atMs: number): boolean {
    return this.#guard.now(['saveGrade', decisionId, grade, atMs]) === true;
  }

  saveGradedAnswer(answer: GradedAnswerRecord): void {
    this.#guard.now(['saveGradedAnswer', answer]);
  }

  saveConsent(nodeId: string, confirmed: boolean, atMs: number): void {
    this.#guard.now(['saveConsent', nodeId, confirmed, atMs]);
  }

  saveEndpointKey(key: EndpointKeyRecord): void {
    this.#guard.now(['saveEndpointKey', key]);
  }

  pruneEngineState(area: EngineStateRecord['area'], keep: number): void {
    this.#guard.now(['pruneEngineState', area, keep]);
  }

  markInterrupted(atMs: number): number {
    return Number(this.#guard.now(['markInterrupted', atMs]));
  }

  listDecisions(page: { limit: number; beforeMs?: number | undefined }): readonly DecisionSummary[] {
    const stored = this.#guard.read((from) => from.listDecisions(page), []);
    const memory = this.#memory?.listDecisions(page) ?? [];
    const known = new Set(memory.map(({ decisionId }) => decisionId));
    return [...memory, ...stored.filter(({ decisionId }) => !known.has(decisionId))]
      .sort((a, b) => b.createdAtMs - a.createdAtMs)
      .slice(0, page.limit);
  }

  readDecision(decisionId: string): StoredDecision | null {
    const stored = this.#guard.read((from) => from.readDecision(decisionId), null);
    return this.#memory?.readDecision(decisionId) ?? stored;
  }

  readDecisionOfTask(taskId: string): DecisionRecord | null {
    const stored = this.#guard.read((from) => from.readDecisionOfTask(taskId), null);
    return this.#memory?.readDecisionOfTask(taskId) ?? stored;
  }

  gradedAnswers(of: Parameters<Store['gradedAnswers']>[0]): readonly GradedAnswerRecord[] {
    const stored = this.#guard.read((from) => from.gradedAnswers(of), []);
    const newer = this.#memory?.gradedAnswers(of) ?? [];
    const known = new Set(newer.map(({ decisionId }) => decisionId));
    return [...stored.filter(({ decisionId }) => !known.has(decisionId)), ...newer];
  }

  readEngineState(area: EngineStateRecord['area']): readonly EngineStateRecord[] {
    const stored = this.#guard.read((from) => from.readEngineState(area), []);
    const newer = this.#memory?.readEngineState(area) ?? [];
    const known = new Set(newer.map(({ key }) => key));
    return [...stored.filter(({ key }) => !known.has(key)), ...newer];
  }

  readConsents(): ReadonlySet<string> {
    const stored = this.#guard.read((from) => from.readConsents(), new Set<string>());
    return new Set([...stored, ...(this.#memory?.readConsents() ?? [])]);
  }

  readEndpointKeys(): readonly EndpointKeyRecord[] {
    const stored = this.#guard.read((from) => from.readEndpointKeys(), []);
    const newer = this.#memory?.readEndpointKeys() ?? [];
    const known = new Set(newer.map(({ id }) => id));
    return [...stored.filter(({ id }) => !known.has(id)), ...newer];
  }

  countDecisions(sinceMs = 0): number {
    return this.#sums.countDecisions(sinceMs, () => {
      const stored = this.#guard.read((from) => from.countDecisions(sinceMs), 0);
      const { outage } = this.#guard;
      return stored + (outage === null ? 0 : outage.memory.countDecisions(sinceMs) - outage.adopted);
    });
  }

  spentByRoute(sinceMs: number): ReadonlyMap<string, number> {
    return this.#sums.spentByRoute(sinceMs, () => {
      const spent = new Map(
        this.#guard.read((from) => from.spentByRoute(sinceMs), new Map<string, number>()),
      );
      for (const [routeId, costUsd] of this.#memory?.spentByRoute(sinceMs) ?? [])
        spent.set(routeId, (spent.get(routeId) ?? 0) + costUsd);
      return spent;
    });
  }

  flush(): void {
    this.#guard.flush();
  }

  close(): void {
    this.#guard.close();
  }

  /** What waits while the file can't be written; undefined: it can. */
  get #memory(): MemoryStore | undefined {
    return this.#guard.outage?.memory;
  }
}
