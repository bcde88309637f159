/** What the steps of getting resources for one attempt share: the request, the desk, and what is told to the client. */
import type { AllocationView, BudgetQuestion, RouterEvent } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type { Allocated, Optimization, Shortage, Shortfall } from '../../engine/index.ts';
import { usdOf } from '../../engine/index.ts';
import type { RouteHandle } from '../decide/facts.ts';
import { budgetAt, dollars } from './budget-book.ts';
import type { CallFacts, CallRequest } from './call-request.ts';
import type { ResourceDesk } from './desk.ts';
import { isMoney, isRate } from './shortage-facts.ts';
import { durationText, heldWords, shortText, strategyView, unknownPriceText } from './wording.ts';

export interface AcquireRequest extends CallFacts {
  readonly handle: RouteHandle;
  /** Ranked routes that are left after this one, best first. */
  readonly others: readonly RouteHandle[];
  readonly clientId: string;
  readonly onBudget: 'ask' | 'fail';
  createId(): string;
  readonly signal: AbortSignal;
  emit(event: RouterEvent): void;
  /** False: nobody would hear of an event, so none needs to be made. */
  isHeard(): boolean;
  /** Stores what was weighed, for who asks later. */
  keep(allocation: AllocationView): void;
  /** The developer lets the task pass a budget, for all its attempts. */
  waive(budgetName: string): void;
}

export interface Refusal {
  readonly status: 'refused';
  readonly error: RouterError;
  readonly isMoney: boolean;
  readonly isRate: boolean;
}

type RefusalCode =
  'budget.exceeded' | 'budget.priceUnknown' | 'resources.shortage' | 'resources.waitedTooLong';

/** Interactive tasks wait this long at most (engine.md 3.4, maxQueueWait); others as long as their deadline allows. */
const maxQueueWaitMs = 30_000;

export class Acquisition {
  readonly at: AcquireRequest;
  readonly desk: ResourceDesk;
  /** In line. */
  waitedMs = 0;
  /** For the developer's word, which is nobody's fault. */
  askedMs = 0;
  #told = '';
  #asks = false;
  #questionId: string | null = null;

  constructor(request: AcquireRequest, desk: ResourceDesk) {
    this.at = request;
    this.desk = desk;
  }

  /** One question an attempt, however often it is looked at again. */
  get questionId(): string {
    return (this.#questionId ??= this.at.createId());
  }

  get nowMs(): number {
    return this.desk.clock.nowMs();
  }

  get taskId(): string {
    return this.at.record.taskId;
  }

  get maxWaitMs(): number {
    const slackMs = Math.max(0, this.at.deadlineAtMs - this.nowMs);
    const { priority } = this.at.record.input.task;
    if (priority === 'background' || priority === 'batch') return slackMs;
    return Math.max(0, Math.min(slackMs, maxQueueWaitMs - this.waitedMs));
  }

  /** What is short, in a sentence. */
  reason({ bottleneck }: Shortage, { unknownPrice }: CallRequest): string {
    const [unpriced] = unknownPrice;
    const { handle, budgets, record } = this.at;
    if (unpriced !== undefined) return unknownPriceText(handle.model.label, unpriced);
    const { nowMs } = this;
    return shortText(bottleneck, {
      ...{ label: handle.node.label, nowMs, priority: record.input.task.priority },
      budget: budgetAt(budgets, bottleneck.bucketId, nowMs),
      held: this.desk.heldIn(bottleneck.bucketId),
    });
  }

  refusal(what: {
    readonly code: RefusalCode;
    readonly message: string;
    readonly retryAfterMs: number | null;
    readonly bottleneck: Shortfall | null;
  }): Refusal {
    const { code, message, retryAfterMs, bottleneck } = what;
    const isBudget = bottleneck !== null && isMoney(bottleneck);
    const details = { dimension: bottleneck?.dimension ?? null, retryAfterMs };
    return {
      status: 'refused',
      error: new RouterError(code, message + againText(retryAfterMs, isBudget), { retryAfterMs, details }),
      isMoney: isBudget,
      isRate: bottleneck !== null && isRate(bottleneck),
    };
  }

  ask(question: BudgetQuestion): void {
    this.#asks = true;
    this.at.emit({ type: 'question', taskId: this.taskId, question });
  }

  /** Answered, or no longer to the point. */
  endQuestion(): void {
    if (this.#asks) this.at.emit({ type: 'question', taskId: this.taskId, question: null });
    this.#asks = false;
  }

  /** Once a day for each soft budget. */
  warn(short: Shortfall): void {
    if (!this.desk.mayWarn(short)) return;
    const budget = budgetAt(this.at.budgets, short.bucketId, this.nowMs);
    const spent = dollars(usdOf(short.used + short.needed));
    const name = budget?.name ?? dollars(usdOf(short.limit));
    const message = `The soft budget of ${name} is used up: ${spent} are spent or held with this task. Tasks go on.`;
    this.at.emit({ type: 'budgetWarning', message });
  }

  /** Whether anybody hears of it, now or later. */
  isWanted(optimization: Optimization | null): boolean {
    return optimization !== null || this.at.isHeard();
  }

  /** How the resources stand, for the card, and for later where something was short. Nothing is told twice in a row. */
  tell(what: {
    readonly isAllocated: boolean;
    readonly summary: string;
    readonly optimization: Optimization | null;
    readonly allocation?: Allocated;
  }): void {
    const { isAllocated, summary, optimization, allocation } = what;
    if (!this.isWanted(optimization)) return;
    const view: AllocationView = {
      atMs: this.nowMs,
      route: this.at.handle.facts.routeId,
      ...{ isAllocated, summary },
      held: allocation === undefined ? [] : heldWords(allocation),
      maxOutputTokens: allocation?.constraints.maxTokens ?? null,
      strategies: (optimization?.strategies ?? []).map(strategyView),
    };
    const text = JSON.stringify([
      isAllocated,
      summary,
      view.strategies.find(({ isChosen }) => isChosen)?.strategy,
    ]);
    if (text === this.#told) return;
    this.#told = text;
    if (optimization !== null) this.at.keep(view);
    if (this.at.isHeard()) this.at.emit({ type: 'allocation', taskId: this.taskId, allocation: view });
  }
}

/**
 * A budget begins anew hours later, and nobody is to try until then: tools that read "try again" do, and wait for it in
 * silence.
 */
function againText(afterMs: number | null, isBudget: boolean): string {
  if (afterMs === null) return '';
  return isBudget
    ? ` It begins anew in ${durationText(afterMs)}.`
    : ` Try again in ${durationText(afterMs)}.`;
}
