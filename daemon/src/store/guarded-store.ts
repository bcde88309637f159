/**
 * The store that dispatch gets: the ledger and everything that is saved wait in one journal, which is written to the
 * file a transaction at a time (`journal.ts`). Reads see what waits, because it is written before them.
 *
 * When the disk is full, the folder turns read-only or the file fails, nothing is thrown at a task: the ledger is in
 * memory anyway, what should have been written stays in the journal, the reason is shown, and it is written as soon as
 * that works again.
 */
import { createLedger, type Alarm, type Ledger } from '../engine/index.ts';
import { GuardedHistory } from './guarded-history.ts';
import { HistorySums } from './history-sums.ts';
import { JournalBook } from './journal-book.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { Outage } from './outage.ts';
import type {
  AttemptRecord,
  DecisionRecord,
  DecisionSummary,
  EndpointKeyRecord,
  EngineStateRecord,
  Grade,
  GradedAnswerRecord,
  HealthTransitionRecord,
  OutcomeRecord,
  Records,
  Store,
  StoredDecision,
  TransitionRecord,
} from './records.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { storageProblem } from './storage-problem.ts';

export interface GuardOptions {
  readonly nowMs: () => number;
  /** Told when history goes off, with the reason, and when it is on again, with null. */
  readonly onChange: (reason: string | null) => void;
  /** Told of a save that the file will never take, which was left out: a mistake of ours. */
  readonly onRefused: (error: unknown) => void;
}

/** How long after a failure the file is tried again. */
const retryMs = 15_000;
/** Saves kept while the file can't be written; beyond that the oldest are lost, and that is said. */
const keptSaves = 20_000;
/** A log this long is no longer folded in: somebody reads and does not stop. */
const maxWalBytes = 48 * 1024 * 1024;
/** The log is looked at every so many saves. */
const lookAtWalEvery = 64;

export class GuardedStore implements Store {
  readonly history: GuardedHistory;
  readonly ledger: Ledger;
  readonly notice: string | null;
  readonly #durable: SqliteStore;
  readonly #options: GuardOptions;
  readonly #journal = new Journal(() => this.flush());
  readonly #book: JournalBook;
  readonly #sums = new HistorySums();
  #outage: Outage | null = null;
  #savesUnwatched = 0;
  #isClosed = false;

  constructor(durable: SqliteStore, options: GuardOptions, notice: string | null = null) {
    this.#durable = durable;
    this.#options = options;
    this.notice = notice;
    this.#book = new JournalBook(durable.ledger.read(), () => this.#journal.flushSoon());
    this.ledger = createLedger(this.#book);
    this.history = new GuardedHistory({
      durable: durable.history,
      memory: () => this.#outage?.memory.history ?? null,
      flush: () => this.flush(),
      onForgotten: () => this.#sums.forget(),
    });
  }

  get mode(): Store['mode'] {
    return this.#outage === null ? 'sqlite' : 'memory';
  }

  get reason(): string | null {
    return this.#outage?.reason(this.#journal.size + this.#book.size) ?? null;
  }

  committed(): Promise<void> {
    return this.#isClean() ? Promise.resolve() : this.#journal.committed();
  }

  saveDecision(decision: DecisionRecord): void {
    this.#sums.decided(decision);
    this.#put({ save: (to) => to.saveDecision(decision) });
  }

  saveAttempt(attempt: AttemptRecord): void {
    this.#sums.attempted(attempt);
    const { attemptId, decisionId } = attempt;
    this.#put({ key: attemptId, decisionId, save: (to) => to.saveAttempt(attempt) });
  }

  saveTransition(transition: TransitionRecord): void {
    const { decisionId } = transition;
    this.#put({ decisionId, save: (to) => to.saveTransition(transition) });
  }

  saveOutcome(outcome: OutcomeRecord): void {
    const { decisionId } = outcome;
    this.#put({ decisionId, save: (to) => to.saveOutcome(outcome) });
  }

  saveEngineState(records: readonly EngineStateRecord[]): void {
    for (const record of records) {
      const key = `${record.area} ${record.key}`;
      this.#put({ key, save: (to) => to.saveEngineState([record]) });
    }
  }

  saveHealthTransition(transition: HealthTransitionRecord): void {
    this.#put({ save: (to) => to.saveHealthTransition(transition) });
  }

  saveAlarm(alarm: Alarm): void {
    this.#put({ save: (to) => to.saveAlarm(alarm) });
  }

  saveGrade(decisionId: string, grade: Grade, atMs: number): boolean {
    return this.#now((to) => to.saveGrade(decisionId, grade, atMs), decisionId);
  }

  saveGradedAnswer(answer: GradedAnswerRecord): void {
    this.#now((to) => to.saveGradedAnswer(answer), answer.decisionId);
  }

  saveConsent(nodeId: string, confirmed: boolean, atMs: number): void {
    this.#now((to) => to.saveConsent(nodeId, confirmed, atMs));
  }

  saveEndpointKey(key: EndpointKeyRecord): void {
    this.#now((to) => to.saveEndpointKey(key));
  }

  pruneEngineState(area: EngineStateRecord['area'], keep: number): void {
    this.#now((to) => to.pruneEngineState(area, keep));
  }

  markInterrupted(atMs: number): number {
    return this.#now((to) => to.markInterrupted(atMs));
  }

  listDecisions(page: { limit: number; beforeMs?: number | undefined }): readonly DecisionSummary[] {
    const stored = this.#read((from) => from.listDecisions(page), []);
    const memory = this.#outage?.memory.listDecisions(page) ?? [];
    const known = new Set(memory.map(({ decisionId }) => decisionId));
    return [...memory, ...stored.filter(({ decisionId }) => !known.has(decisionId))]
      .sort((a, b) => b.createdAtMs - a.createdAtMs)
      .slice(0, page.limit);
  }

  readDecision(decisionId: string): StoredDecision | null {
    this.flush();
    const memory = this.#outage?.memory.readDecision(decisionId) ?? null;
    return memory ?? this.#read((from) => from.readDecision(decisionId), null);
  }

  readDecisionOfTask(taskId: string): DecisionRecord | null {
    this.flush();
    const memory = this.#outage?.memory.readDecisionOfTask(taskId) ?? null;
    return memory ?? this.#read((from) => from.readDecisionOfTask(taskId), null);
  }

  gradedAnswers(of: Parameters<Store['gradedAnswers']>[0]): readonly GradedAnswerRecord[] {
    const stored = this.#read((from) => from.gradedAnswers(of), []);
    const newer = this.#outage?.memory.gradedAnswers(of) ?? [];
    const known = new Set(newer.map(({ decisionId }) => decisionId));
    return [...stored.filter(({ decisionId }) => !known.has(decisionId)), ...newer];
  }

  readEngineState(area: EngineStateRecord['area']): readonly EngineStateRecord[] {
    const stored = this.#read((from) => from.readEngineState(area), []);
    const newer = this.#outage?.memory.readEngineState(area) ?? [];
    const known = new Set(newer.map(({ key }) => key));
    return [...stored.filter(({ key }) => !known.has(key)), ...newer];
  }

  readConsents(): ReadonlySet<string> {
    const stored = this.#read((from) => from.readConsents(), new Set<string>());
    return new Set([...stored, ...(this.#outage?.memory.readConsents() ?? [])]);
  }

  readEndpointKeys(): readonly EndpointKeyRecord[] {
    const newer = this.#outage?.memory.readEndpointKeys() ?? [];
    const known = new Set(newer.map(({ id }) => id));
    const stored = this.#read((from) => from.readEndpointKeys(), []);
    return [...stored.filter(({ id }) => !known.has(id)), ...newer];
  }

  countDecisions(sinceMs = 0): number {
    return this.#sums.countDecisions(sinceMs, () => {
      const stored = this.#read((from) => from.countDecisions(sinceMs), 0);
      const outage = this.#outage;
      return stored + (outage === null ? 0 : outage.memory.countDecisions(sinceMs) - outage.adopted);
    });
  }

  spentByRoute(sinceMs: number): ReadonlyMap<string, number> {
    return this.#sums.spentByRoute(sinceMs, () => {
      const spent = new Map(this.#read((from) => from.spentByRoute(sinceMs), new Map<string, number>()));
      for (const [routeId, costUsd] of this.#outage?.memory.spentByRoute(sinceMs) ?? [])
        spent.set(routeId, (spent.get(routeId) ?? 0) + costUsd);
      return spent;
    });
  }

  /** Commits what waits, if the file can be written. */
  flush(): void {
    if (this.#isClosed || this.#isClean()) return;
    try {
      this.#commit(() => undefined);
    } catch (error) {
      // Nobody waits for this call who could be told.
      this.#options.onRefused(error);
      if (this.#outage === null) this.#goOff('The history file can’t be written.');
    }
  }

  close(): void {
    if (this.#outage) this.#outage.retryAtMs = 0;
    this.flush();
    this.#isClosed = true;
    this.#journal.clear();
    try {
      this.#durable.close();
    } catch (error) {
      if (storageProblem(error) === null) throw error;
    }
  }

  #isClean(): boolean {
    return this.#journal.size === 0 && this.#book.size === 0;
  }

  #put(entry: JournalEntry): void {
    this.#journal.put(entry);
    this.#outage?.keep(entry, (decisionId) => this.#stored(decisionId));
  }

  /** Commits at once, with all that waits; when the file fails, into memory, and later into the file. */
  #now<Result>(work: (to: Records) => Result, decisionId?: string): Result {
    const done = this.#commit(work);
    if (done !== null) return done.result;
    const outage = this.#outage;
    if (outage === null) throw new Error('kept in memory without an outage');
    this.#journal.put({ save: (to) => void work(to), ...(decisionId !== undefined && { decisionId }) });
    return work(outage.join(decisionId, (id) => this.#stored(id)));
  }

  /** All that waits and then `work`, in one transaction. null: the file can't be written, and all still waits. */
  #commit<Result>(work: (to: Records) => Result): { readonly result: Result } | null {
    const outage = this.#outage;
    if (outage !== null && !this.#mayTryAgain(outage)) return null;
    const count = this.#journal.size;
    let result: Result;
    try {
      result = this.#durable.atomically(() => {
        for (const entry of this.#journal.entries()) this.#write(entry);
        this.#book.writeTo(this.#durable.ledger);
        return work(this.#durable);
      });
    } catch (error) {
      const problem = storageProblem(error);
      if (problem === null) throw error;
      if (outage === null) this.#goOff(problem);
      return null;
    }
    this.#journal.clear();
    this.#book.written();
    if (outage !== null) this.#goOn();
    this.#watchWal(count + 1);
    return { result };
  }

  /** One save that the file refuses for itself must not stop the others: SQLite has undone that statement alone. */
  #write(entry: JournalEntry): void {
    try {
      entry.save(this.#durable);
    } catch (error) {
      if (storageProblem(error) !== null) throw error;
      this.#options.onRefused(error);
    }
  }

  #mayTryAgain(outage: Outage): boolean {
    outage.lost += this.#journal.dropBeyond(keptSaves) + this.#book.dropBeyond(keptSaves);
    const nowMs = this.#options.nowMs();
    this.#journal.tryAgainAfter(retryMs);
    if (nowMs < outage.retryAtMs) return false;
    outage.retryAtMs = nowMs + retryMs;
    return !this.#isWalTooLong();
  }

  #goOff(problem: string): void {
    const outage = new Outage(problem, this.#options.nowMs() + retryMs);
    this.#outage = outage;
    for (const entry of this.#journal.entries()) outage.keep(entry, (decisionId) => this.#stored(decisionId));
    this.#options.onChange(problem);
  }

  #goOn(): void {
    this.#outage = null;
    this.#sums.forget();
    this.#options.onChange(null);
  }

  #watchWal(saves: number): void {
    this.#savesUnwatched += saves;
    if (this.#savesUnwatched < lookAtWalEvery) return;
    this.#savesUnwatched = 0;
    if (this.#outage === null && this.#isWalTooLong())
      this.#goOff('Another program keeps the history file open for reading, so it can’t be tidied.');
  }

  /** Also after an attempt to fold it in. */
  #isWalTooLong(): boolean {
    const { history } = this.#durable;
    if (history.walBytes() < maxWalBytes) return false;
    history.tidy();
    return history.walBytes() >= maxWalBytes;
  }

  #stored(decisionId: string): StoredDecision | null {
    return this.#tried((from) => from.readDecision(decisionId), null);
  }

  #read<Result>(work: (from: Records) => Result, otherwise: Result): Result {
    this.flush();
    return this.#tried(work, otherwise);
  }

  #tried<Result>(work: (from: Records) => Result, otherwise: Result): Result {
    try {
      return work(this.#durable);
    } catch (error) {
      const problem = storageProblem(error);
      if (problem === null) throw error;
      if (this.#outage === null) this.#goOff(problem);
      return otherwise;
    }
  }
}
