/**
 * The store that dispatch gets: a durable one with a guard before it.
 *
 * Telemetry (engine states, health transitions, alarms) waits in memory and is committed with the next decision,
 * attempt or outcome, at 500 rows, or after 250 ms. All else is committed when the call returns.
 *
 * When the disk is full, the folder turns read-only or the file fails, nothing is thrown at a task: what should have
 * been written is kept in memory and in order, the reason is shown, and it is written as soon as that works again.
 */
import type { Alarm, Ledger } from '../engine/index.ts';
import { MemoryStore } from './memory-store.ts';
import { GuardedHistory } from './guarded-history.ts';
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
  Store,
  StoredDecision,
  TransitionRecord,
} from './records.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { TelemetryQueue } from './telemetry-queue.ts';
import { storageProblem } from './storage-problem.ts';

export interface GuardOptions {
  readonly nowMs: () => number;
  /** Told when history goes off, with the reason, and when it is on again, with null. */
  readonly onChange: (reason: string | null) => void;
}

/** How long after a failure the file is tried again. */
const retryMs = 15_000;
/** Saves kept while the file can't be written; beyond that the oldest are lost, and that is said. */
const keptSaves = 20_000;
/** A log this long is no longer folded in: somebody reads and does not stop. */
const maxWalBytes = 48 * 1024 * 1024;
/** The log is looked at every so many saves. */
const lookAtWalEvery = 64;

type Save = (store: Store) => void;

interface Outage {
  readonly memory: MemoryStore;
  readonly saves: Save[];
  readonly problem: string;
  lost: number;
  /** Decisions copied from the file, so that they could go on. */
  adopted: number;
  retryAtMs: number;
}

export class GuardedStore implements Store {
  readonly history: GuardedHistory;
  /** Not behind the guard: money that can't be written down must not be spent, so a failure here stops the call. */
  readonly ledger: Ledger;
  readonly #durable: SqliteStore;
  readonly #options: GuardOptions;
  readonly #notice: string | null;
  readonly #telemetry: TelemetryQueue;
  #outage: Outage | null = null;
  #saves = 0;

  constructor(durable: SqliteStore, options: GuardOptions, notice: string | null = null) {
    this.#durable = durable;
    this.#options = options;
    this.#notice = notice;
    this.ledger = durable.ledger;
    this.#telemetry = new TelemetryQueue(() => this.#save(() => undefined));
    this.history = new GuardedHistory({
      durable: durable.history,
      memory: () => this.#outage?.memory.history ?? null,
      save: (work) => this.#save(work),
      flush: () => this.flush(),
    });
  }

  get mode(): Store['mode'] {
    return this.#outage === null ? 'sqlite' : 'memory';
  }

  get reason(): string | null {
    if (this.#outage === null) return null;
    const { problem, saves, lost } = this.#outage;
    const kept = `${saves.length} changes wait in memory`;
    return `${problem} ${lost === 0 ? kept : `${kept}, ${lost} older ones are lost`}; they are written when it can be.`;
  }

  get notice(): string | null {
    return this.#notice;
  }

  saveDecision(decision: DecisionRecord): void {
    this.#save((store) => store.saveDecision(decision));
  }

  saveAttempt(attempt: AttemptRecord): void {
    this.#save((store) => store.saveAttempt(attempt), attempt.decisionId);
  }

  saveTransition(transition: TransitionRecord): void {
    this.#save((store) => store.saveTransition(transition), transition.decisionId);
  }

  saveOutcome(outcome: OutcomeRecord): void {
    this.#save((store) => store.saveOutcome(outcome), outcome.decisionId);
  }

  saveGrade(decisionId: string, grade: Grade, atMs: number): boolean {
    return this.#save((store) => store.saveGrade(decisionId, grade, atMs), decisionId);
  }

  saveGradedAnswer(answer: GradedAnswerRecord): void {
    this.#save((store) => store.saveGradedAnswer(answer), answer.decisionId);
  }

  saveConsent(nodeId: string, confirmed: boolean, atMs: number): void {
    this.#save((store) => store.saveConsent(nodeId, confirmed, atMs));
  }

  saveEndpointKey(key: EndpointKeyRecord): void {
    this.#save((store) => store.saveEndpointKey(key));
  }

  pruneEngineState(area: EngineStateRecord['area'], keep: number): void {
    this.#save((store) => store.pruneEngineState(area, keep));
  }

  markInterrupted(atMs: number): number {
    return this.#save((store) => store.markInterrupted(atMs));
  }

  saveEngineState(records: readonly EngineStateRecord[]): void {
    for (const record of records) this.#telemetry.putState(record);
  }

  saveHealthTransition(transition: HealthTransitionRecord): void {
    this.#telemetry.put((store) => store.saveHealthTransition(transition));
  }

  saveAlarm(alarm: Alarm): void {
    this.#telemetry.put((store) => store.saveAlarm(alarm));
  }

  listDecisions(page: { limit: number; beforeMs?: number | undefined }): readonly DecisionSummary[] {
    const memory = this.#outage?.memory.listDecisions(page) ?? [];
    const known = new Set(memory.map(({ decisionId }) => decisionId));
    const stored = this.#read((store) => store.listDecisions(page), []);
    return [...memory, ...stored.filter(({ decisionId }) => !known.has(decisionId))]
      .sort((a, b) => b.createdAtMs - a.createdAtMs)
      .slice(0, page.limit);
  }

  readDecision(decisionId: string): StoredDecision | null {
    const memory = this.#outage?.memory.readDecision(decisionId) ?? null;
    return memory ?? this.#read((store) => store.readDecision(decisionId), null);
  }

  readDecisionOfTask(taskId: string): DecisionRecord | null {
    const memory = this.#outage?.memory.readDecisionOfTask(taskId) ?? null;
    return memory ?? this.#read((store) => store.readDecisionOfTask(taskId), null);
  }

  gradedAnswers(of: Parameters<Store['gradedAnswers']>[0]): readonly GradedAnswerRecord[] {
    const newer = this.#outage?.memory.gradedAnswers(of) ?? [];
    const known = new Set(newer.map(({ decisionId }) => decisionId));
    const stored = this.#read((store) => store.gradedAnswers(of), []);
    return [...stored.filter(({ decisionId }) => !known.has(decisionId)), ...newer];
  }

  readEngineState(area: EngineStateRecord['area']): readonly EngineStateRecord[] {
    this.flush();
    const newer = this.#outage?.memory.readEngineState(area) ?? [];
    const known = new Set(newer.map(({ key }) => key));
    const stored = this.#read((store) => store.readEngineState(area), []);
    return [...stored.filter(({ key }) => !known.has(key)), ...newer];
  }

  readConsents(): ReadonlySet<string> {
    const stored = this.#read((store) => store.readConsents(), new Set<string>());
    return new Set([...stored, ...(this.#outage?.memory.readConsents() ?? [])]);
  }

  readEndpointKeys(): readonly EndpointKeyRecord[] {
    const newer = this.#outage?.memory.readEndpointKeys() ?? [];
    const known = new Set(newer.map(({ id }) => id));
    const stored = this.#read((store) => store.readEndpointKeys(), []);
    return [...stored.filter(({ id }) => !known.has(id)), ...newer];
  }

  countDecisions(sinceMs?: number): number {
    const stored = this.#read((store) => store.countDecisions(sinceMs), 0);
    return (
      stored +
      (this.#outage === null ? 0 : this.#outage.memory.countDecisions(sinceMs) - this.#outage.adopted)
    );
  }

  spentByRoute(sinceMs: number): ReadonlyMap<string, number> {
    const spent = new Map(this.#read((store) => store.spentByRoute(sinceMs), new Map<string, number>()));
    for (const [routeId, costUsd] of this.#outage?.memory.spentByRoute(sinceMs) ?? [])
      spent.set(routeId, (spent.get(routeId) ?? 0) + costUsd);
    return spent;
  }

  /** Commits what waits. */
  flush(): void {
    if (this.#telemetry.size > 0) this.#save(() => undefined);
  }

  close(): void {
    if (this.#outage) this.#outage.retryAtMs = 0;
    this.flush();
    if (this.#outage) this.#tryAgain(this.#outage);
    this.#telemetry.dispose();
    try {
      this.#durable.close();
    } catch (error) {
      if (storageProblem(error) === null) throw error;
    }
  }

  /** One transaction with the telemetry that waits; when the file fails, into memory. */
  #save<Result>(work: (store: Store) => Result, decisionId?: string): Result {
    const telemetry = this.#telemetry.take();
    const all = (store: Store): Result => {
      for (const save of telemetry) save(store);
      return work(store);
    };
    if (this.#outage === null || this.#tryAgain(this.#outage)) {
      try {
        const result = this.#durable.atomically(() => all(this.#durable));
        this.#watchWal();
        return result;
      } catch (error) {
        const problem = storageProblem(error);
        if (problem === null) throw error;
        this.#goOff(problem);
      }
    }
    return this.#keep(all, decisionId);
  }

  #keep<Result>(work: (store: Store) => Result, decisionId: string | undefined): Result {
    const outage = this.#outage;
    if (outage === null) throw new Error('kept in memory without an outage');
    if (decisionId !== undefined && !outage.memory.knows(decisionId)) {
      const stored = this.#read((store) => store.readDecision(decisionId), null);
      if (stored) {
        outage.memory.adopt(stored);
        outage.adopted += 1;
      }
    }
    outage.saves.push(work);
    if (outage.saves.length > keptSaves) {
      outage.saves.shift();
      outage.lost += 1;
    }
    return work(outage.memory);
  }

  /** Whether the file can be written again; then all that waited has been. */
  #tryAgain(outage: Outage): boolean {
    if (this.#options.nowMs() < outage.retryAtMs) return false;
    outage.retryAtMs = this.#options.nowMs() + retryMs;
    try {
      if (this.#isWalTooLong()) return false;
      this.#durable.atomically(() => {
        for (const save of outage.saves) save(this.#durable);
      });
    } catch (error) {
      if (storageProblem(error) === null) throw error;
      return false;
    }
    this.#outage = null;
    this.#options.onChange(null);
    return true;
  }

  #goOff(problem: string): void {
    const memory = new MemoryStore(problem);
    this.#outage = {
      memory,
      saves: [],
      problem,
      lost: 0,
      adopted: 0,
      retryAtMs: this.#options.nowMs() + retryMs,
    };
    this.#options.onChange(problem);
  }

  #watchWal(): void {
    this.#saves += 1;
    if (this.#saves % lookAtWalEvery === 0 && this.#isWalTooLong())
      this.#goOff('Another program keeps the history file open for reading, so it can’t be tidied.');
  }

  /** Also after an attempt to fold it in. */
  #isWalTooLong(): boolean {
    const { history } = this.#durable;
    if (history.walBytes() < maxWalBytes) return false;
    history.tidy();
    return history.walBytes() >= maxWalBytes;
  }

  #read<Result>(work: (store: Store) => Result, otherwise: Result): Result {
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
