/**
 * The `Store` for when no database can be opened (no native module, read-only folder, newer schema): the router works
 * on, and says that history is off and why. Bounded; gone at exit.
 */
import type { Alarm } from '../../engine/index.ts';
import { createLedger, MemoryBook } from '../../engine/index.ts';
import { MemoryHistory, summary, type Entry } from './memory-history.ts';
import type {
  AllocationRecord,
  AttemptRecord,
  DecisionRecord,
  DecisionSummary,
  EndpointKeyRecord,
  EngineStateRecord,
  Grade,
  GradedAnswerRecord,
  OutcomeRecord,
  StoredDecision,
  TransitionRecord,
} from '../records.ts';
import type { Store } from '../store.ts';

const keptDecisions = 500;
/** Of one decision. */
const keptAllocations = 20;
const keptGrades = 4_000;

export class MemoryStore implements Store {
  readonly mode = 'memory';
  readonly reason: string;
  readonly notice = null;
  readonly fileBytes = 0;
  readonly history: MemoryHistory;
  readonly ledger = createLedger(new MemoryBook());
  readonly #entries = new Map<string, Entry>();
  readonly #engineState = new Map<string, EngineStateRecord>();
  readonly #gradedAnswers = new Map<string, GradedAnswerRecord>();
  readonly #consents = new Set<string>();
  readonly #endpointKeys = new Map<string, EndpointKeyRecord>();

  constructor(reason: string) {
    this.reason = reason;
    this.history = new MemoryHistory(this.#entries);
  }

  saveDecision(decision: DecisionRecord, counted: ReadonlySet<string> = new Set()): void {
    this.#entries.set(decision.decisionId, {
      decision,
      attempts: new Map(),
      transitions: [],
      allocations: [],
      outcome: null,
      grade: null,
      counted,
    });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > keptDecisions && oldest !== undefined) this.#entries.delete(oldest);
  }

  saveAttempt(attempt: AttemptRecord): void {
    this.#entries.get(attempt.decisionId)?.attempts.set(attempt.attemptId, attempt);
  }

  saveTransition(transition: TransitionRecord): void {
    this.#entries.get(transition.decisionId)?.transitions.push(transition);
  }

  saveAllocation(allocation: AllocationRecord): void {
    const allocations = this.#entries.get(allocation.decisionId)?.allocations;
    if (allocations?.push(allocation) === keptAllocations + 1) allocations.shift();
  }

  saveOutcome(outcome: OutcomeRecord): void {
    const entry = this.#entries.get(outcome.decisionId);
    if (entry) entry.outcome = outcome;
  }

  saveGrade(decisionId: string, grade: Grade): boolean {
    const entry = this.#entries.get(decisionId);
    if (entry) entry.grade = grade;
    return entry !== undefined;
  }

  /** Takes over what a durable store knows of a decision, so that it can go on here. */
  adopt({ decision, attempts, transitions, allocations, outcome, grade }: StoredDecision): void {
    const settled = attempts.filter(({ result }) => result !== null);
    this.saveDecision(decision, new Set(settled.map(({ attemptId }) => attemptId)));
    for (const attempt of attempts) this.saveAttempt(attempt);
    for (const transition of transitions) this.saveTransition(transition);
    for (const allocation of allocations) this.saveAllocation(allocation);
    if (outcome) this.saveOutcome(outcome);
    const entry = this.#entries.get(decision.decisionId);
    if (entry) entry.grade = grade;
  }

  knows(decisionId: string): boolean {
    return this.#entries.has(decisionId);
  }

  saveAlarm(alarm: Alarm): void {
    this.history.saveAlarm(alarm);
  }

  saveGradedAnswer(answer: GradedAnswerRecord): void {
    const before = this.#gradedAnswers.get(answer.decisionId);
    this.#gradedAnswers.set(answer.decisionId, { ...answer, atMs: before?.atMs ?? answer.atMs });
    const [oldest] = this.#gradedAnswers.keys();
    if (this.#gradedAnswers.size > keptGrades && oldest !== undefined) this.#gradedAnswers.delete(oldest);
  }

  saveHealthTransition(): void {
    // The current state is in the engine's state; past transitions are history, which is off.
  }

  saveEngineState(records: readonly EngineStateRecord[]): void {
    for (const record of records) this.#engineState.set(`${record.area} ${record.key}`, record);
  }

  pruneEngineState(area: EngineStateRecord['area'], keep: number): void {
    const surplus = this.readEngineState(area)
      .sort((a, b) => b.updatedAtMs - a.updatedAtMs)
      .slice(keep);
    for (const record of surplus) this.#engineState.delete(`${record.area} ${record.key}`);
  }

  saveConsent(nodeId: string, confirmed: boolean): void {
    if (confirmed) this.#consents.add(nodeId);
    else this.#consents.delete(nodeId);
  }

  saveEndpointKey(key: EndpointKeyRecord): void {
    this.#endpointKeys.set(key.id, key);
  }

  saveEndpointKeyUse(key: EndpointKeyRecord): void {
    const revokedAtMs = this.#endpointKeys.get(key.id)?.revokedAtMs ?? key.revokedAtMs;
    this.#endpointKeys.set(key.id, { ...key, revokedAtMs });
  }

  listDecisions(page: { limit: number; beforeMs?: number | undefined }): DecisionSummary[] {
    return [...this.#entries.values()]
      .filter(({ decision }) => decision.createdAtMs < (page.beforeMs ?? Infinity))
      .reverse()
      .slice(0, page.limit)
      .map(summary);
  }

  readDecision(decisionId: string): StoredDecision | null {
    const entry = this.#entries.get(decisionId);
    return entry ? { ...entry, attempts: [...entry.attempts.values()] } : null;
  }

  readDecisionOfTask(taskId: string): DecisionRecord | null {
    const entries = [...this.#entries.values()].reverse();
    return entries.find(({ decision }) => decision.taskId === taskId)?.decision ?? null;
  }

  gradedAnswers(of: { model: string } | { newest: number }): GradedAnswerRecord[] {
    const all = [...this.#gradedAnswers.values()].sort((a, b) => a.atMs - b.atMs);
    return 'model' in of ? all.filter(({ model }) => model === of.model) : all.slice(-of.newest);
  }

  readEngineState(area: EngineStateRecord['area']): EngineStateRecord[] {
    return [...this.#engineState.values()].filter((record) => record.area === area);
  }

  readConsents(): ReadonlySet<string> {
    return this.#consents;
  }

  readEndpointKeys(): EndpointKeyRecord[] {
    return [...this.#endpointKeys.values()];
  }

  countDecisions(sinceMs = 0): number {
    return [...this.#entries.values()].filter(({ decision }) => decision.createdAtMs >= sinceMs).length;
  }

  spentByRoute(sinceMs: number): ReadonlyMap<string, number> {
    const spent = new Map<string, number>();
    for (const { attempts, counted } of this.#entries.values()) {
      for (const { attemptId, routeId, result } of attempts.values()) {
        if (result?.costUsd == null || result.endedAtMs < sinceMs || counted.has(attemptId)) continue;
        spent.set(routeId, (spent.get(routeId) ?? 0) + result.costUsd);
      }
    }
    return spent;
  }

  committed(): null {
    return null;
  }

  markInterrupted(): number {
    return 0;
  }

  close(): void {
    this.#entries.clear();
  }
}
