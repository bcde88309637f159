/**
 * Gets the resources of one attempt: at once where there is room; else what the engine finds best: a place in line, a
 * shorter answer, another route, or a refusal with the time to come back. At a hard budget the developer is asked, where
 * there is one to ask. Every step is told to the client.
 */
import type { RouterEvent } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type {
  Allocated,
  Allocation,
  AllocationRequest,
  Optimization,
  Priority,
  Shortage,
  Shortfall,
} from '../../engine/index.ts';
import { allocateResources, attemptResourceOptimization, claimsOf, usdOf } from '../../engine/index.ts';
import type { RouteHandle } from '../facts.ts';
import { amount, budgetAt, resetsAtMs } from './budget-book.ts';
import type { NamedBudget } from './budget-book.ts';
import { callRequest } from './call-request.ts';
import type { CallFacts, CallRequest } from './call-request.ts';
import type { ResourceDesk } from './desk.ts';
import type { LiveLease } from './live-lease.ts';
import { shortageOptions } from './shortage-options.ts';
import type { Look, WaitEnd } from './waiting-line.ts';
import { heldWords, shortText, strategyView, unknownPriceText } from './wording.ts';

export interface AcquireRequest extends CallFacts {
  readonly handle: RouteHandle;
  /** Ranked routes that are left after this one, best first. */
  readonly others: readonly RouteHandle[];
  readonly clientId: string;
  readonly onBudget: 'ask' | 'fail';
  readonly createId: () => string;
  readonly signal: AbortSignal;
  readonly emit: (event: RouterEvent) => void;
  /** The developer lets the task pass a budget, for all its attempts. */
  readonly waive: (budgetName: string) => void;
}

/** `waitedMs`: in line. `askedMs`: for the developer's word, which is nobody's fault. */
export interface AcquireTimes {
  readonly waitedMs: number;
  readonly askedMs: number;
}

export type Acquired = AcquireTimes &
  (
    | {
        readonly status: 'held';
        readonly lease: LiveLease;
        /** Another one than was asked for, when the engine found that better. */
        readonly routeId: string;
        /** What was short; null: nothing. */
        readonly reason: string | null;
        /** A limit of ours on the answer, with its reason. */
        readonly cap: { readonly maxOutputTokens: number; readonly reason: string } | null;
      }
    | { readonly status: 'cancelled' }
    | {
        readonly status: 'refused';
        readonly error: RouterError;
        readonly isMoney: boolean;
        readonly isRate: boolean;
      }
  );

/** Interactive tasks wait this long at most (engine.md 3.4, maxQueueWait); others as long as their deadline allows. */
const maxQueueWaitMs = 30_000;
/** A question stands this long. */
const maxQuestionMs = 30 * 60_000;

export function acquire(request: AcquireRequest, desk: ResourceDesk): Promise<Acquired> {
  return new Acquisition(request, desk).run();
}

type ShortLook = Extract<Look, { isHeld: false }>;
type Step = Acquired | 'again';

class Acquisition {
  readonly #at: AcquireRequest;
  readonly #desk: ResourceDesk;
  readonly #questionId: string;
  #waitedMs = 0;
  #askedMs = 0;

  constructor(request: AcquireRequest, desk: ResourceDesk) {
    this.#at = request;
    this.#desk = desk;
    this.#questionId = request.createId();
  }

  /** Ends after at most one question that nobody answers and one wait: each has its time. */
  async run(): Promise<Acquired> {
    for (;;) {
      if (this.#at.signal.aborted) return { status: 'cancelled', ...this.#times() };
      const step = await this.#attempt();
      if (step !== 'again') return step;
    }
  }

  async #attempt(): Promise<Step> {
    const wanted = callRequest(this.#at, this.#at.handle, this.#desk);
    const allocation = this.#allocate(wanted);
    if (allocation.status === 'allocated') return this.#held({ allocation, request: wanted.request, wanted });
    const reason = this.#reason(allocation, wanted);
    const optimization = attemptResourceOptimization(
      {
        shortage: allocation,
        priority: wanted.request.priority,
        options: shortageOptions(
          {
            ...{ call: this.#at, handle: this.#at.handle, wanted, shortage: allocation },
            ...{ others: this.#at.others, maxWaitMs: this.#maxWaitMs() },
          },
          this.#desk,
        ),
      },
      this.#desk.ledger,
      this.#desk.clock.nowMs(),
    );
    switch (optimization.status) {
      case 'allocated': {
        const { allocation: found, request } = optimization;
        return this.#held({ allocation: found, request, wanted, reason, optimization });
      }
      case 'queued':
        this.#tell({ isAllocated: false, summary: `${reason} The task waits in line.`, optimization });
        return this.#waitInLine(allocation, wanted, reason);
      case 'rejected':
        return this.#rejected(allocation, wanted, { reason, optimization });
    }
  }

  /** Nobody takes what somebody ahead in line waits for. */
  #allocate(wanted: CallRequest): Allocation {
    const { request, unknownPrice } = wanted;
    const [unpriced] = unknownPrice;
    if (unpriced !== undefined) return shortageOf(request, [budgetShortfall(unpriced)]);
    const claims = claimsOf(request.needs, request.node, request.money);
    const buckets = claims.map(({ bucketId }) => bucketId);
    const claimed = this.#desk.line.claimed(buckets, request.priority);
    if (claimed.length === 0) {
      return allocateResources(request, this.#desk.ledger, this.#desk.clock.nowMs());
    }
    const short = claims.filter(({ bucketId }) => claimed.includes(bucketId));
    return shortageOf(
      request,
      short.map(({ bucketId, dimension, limit, amount: needed }) => {
        const full = limit ?? needed;
        return { bucketId, dimension, limit: full, usable: full, used: full, needed, retryAfterMs: null };
      }),
    );
  }

  #held(found: {
    readonly allocation: Allocated;
    readonly request: AllocationRequest;
    readonly wanted: CallRequest;
    readonly reason?: string;
    readonly optimization?: Optimization;
  }): Acquired {
    const { allocation, request, wanted, reason = null, optimization = null } = found;
    const isOther = request.routeId !== this.#at.handle.facts.routeId;
    const handle = isOther
      ? (this.#at.others.find(({ facts }) => facts.routeId === request.routeId) ?? this.#at.handle)
      : this.#at.handle;
    const { maxTokens } = allocation.constraints;
    const isShorter = !isOther && request.needs.outputTokens < wanted.request.needs.outputTokens;
    const why = isShorter
      ? (reason ?? 'Resources were short.')
      : 'A hard budget pays for no longer answer than was held for it.';
    for (const short of allocation.softExceeded) this.#warn(short);
    if (!isOther) {
      const summary = isShorter ? `${reason ?? ''} The answer is shorter for it.` : 'There was room at once.';
      this.#tell({ isAllocated: true, summary, optimization, allocation });
    }
    return {
      status: 'held',
      lease: this.#desk.open(allocation, handle),
      routeId: request.routeId,
      reason,
      cap: maxTokens === null ? null : { maxOutputTokens: maxTokens, reason: why },
      ...this.#times(),
    };
  }

  async #waitInLine(seen: Shortage, wanted: CallRequest, reason: string): Promise<Step> {
    const { taskId } = this.#at.record;
    const { signal, emit } = this.#at;
    const sinceMs = this.#desk.clock.nowMs();
    const untilMs = sinceMs + this.#maxWaitMs();
    let latest: Allocation | 'again' = seen;
    let words = reason;
    const look = (): Look => {
      latest = this.#lookAgain();
      if (latest === 'again' || latest.status === 'allocated') return { isHeld: true };
      words = this.#reason(latest, wanted);
      return lookOf(latest, this.#desk.clock.nowMs());
    };
    const end: WaitEnd = await this.#desk.line.wait(
      {
        ...{ taskId, priority: wanted.request.priority, untilMs, signal, look },
        onPlace: (place) => {
          const shortage = latest !== 'again' && latest.status === 'shortage' ? latest : seen;
          const expectedWaitMs = expectedWait(shortage, wanted.request, place.position);
          emit({
            type: 'queued',
            taskId,
            queue: { ...place, reason: words, expectedWaitMs, sinceMs, untilMs },
          });
        },
      },
      lookOf(seen, sinceMs),
    );
    this.#waitedMs += this.#desk.clock.nowMs() - sinceMs;
    emit({ type: 'queued', taskId, queue: null });
    return this.#waited(end, latest, { wanted, words });
  }

  #waited(
    end: WaitEnd,
    latest: Allocation | 'again',
    { wanted, words }: { readonly wanted: CallRequest; readonly words: string },
  ): Step {
    if (end === 'aborted') return { status: 'cancelled', ...this.#times() };
    if (end === 'held') {
      if (latest === 'again' || latest.status !== 'allocated') return 'again';
      return this.#held({ allocation: latest, request: wanted.request, wanted });
    }
    const shortage = latest !== 'again' && latest.status === 'shortage' ? latest : null;
    return this.#refused({
      code: 'resources.waitedTooLong',
      message: `The task waited ${Math.round(this.#waitedMs / 1000)} s in line. ${words}`,
      retryAfterMs: shortage?.retryAfterMs ?? null,
      bottleneck: shortage?.bottleneck ?? null,
    });
  }

  /** In line: `again` where it is no longer a matter of waiting (a budget), or where looking itself failed. */
  #lookAgain(): Allocation | 'again' {
    const { request, unknownPrice } = callRequest(this.#at, this.#at.handle, this.#desk);
    if (unknownPrice.length > 0) return 'again';
    const allocation = allocateResources(request, this.#desk.ledger, this.#desk.clock.nowMs());
    if (allocation.status === 'allocated') return allocation;
    const needsMoney = allocation.shortfalls.some(({ dimension }) => dimension === 'moneyNanoUsd');
    return needsMoney ? 'again' : allocation;
  }

  async #rejected(
    shortage: Shortage,
    wanted: CallRequest,
    { reason, optimization }: { readonly reason: string; readonly optimization: Optimization },
  ): Promise<Step> {
    this.#tell({ isAllocated: false, summary: reason, optimization });
    const money = shortage.shortfalls.find(({ dimension }) => dimension === 'moneyNanoUsd') ?? null;
    if (money === null) {
      const { retryAfterMs, bottleneck } = shortage;
      return this.#refused({ code: 'resources.shortage', message: reason, retryAfterMs, bottleneck });
    }
    const [unpriced] = wanted.unknownPrice;
    const budget = unpriced ?? budgetAt(this.#at.budgets, money.bucketId, this.#desk.clock.nowMs());
    const end =
      this.#at.onBudget === 'ask' && budget !== null
        ? await this.#ask(money, budget, { reason, wanted })
        : 'timeout';
    if (end === 'again') return 'again';
    if (end === 'cancel') return { status: 'cancelled', ...this.#times() };
    const resets = budget === null ? null : resetsAtMs(budget, this.#desk.clock.nowMs());
    return this.#refused({
      code: unpriced === undefined ? 'budget.exceeded' : 'budget.priceUnknown',
      message: reason,
      retryAfterMs: unpriced !== undefined || resets === null ? null : resets - this.#desk.clock.nowMs(),
      bottleneck: money,
    });
  }

  async #ask(
    money: Shortfall,
    budget: NamedBudget,
    { reason, wanted }: { readonly reason: string; readonly wanted: CallRequest },
  ): Promise<'again' | 'cancel' | 'timeout'> {
    const { taskId } = this.#at.record;
    const { emit, signal, clientId } = this.#at;
    const questionId = this.#questionId;
    const startedAtMs = this.#desk.clock.nowMs();
    const timeoutMs = maxQuestionMs - this.#askedMs;
    if (timeoutMs <= 0) return 'timeout';
    const worst = wanted.request.needs.worstNanoUsd;
    const bucket = this.#desk.ledger
      .view(startedAtMs)
      .buckets.find(({ bucketId }) => bucketId === money.bucketId);
    emit({
      type: 'question',
      taskId,
      question: {
        ...{ questionId, budget: budget.name, message: reason },
        limitUsd: usdOf(budget.limitNanoUsd),
        spentUsd: usdOf((bucket?.used ?? 0) - (bucket?.held ?? 0)),
        heldUsd: usdOf(bucket?.held ?? 0),
        neededUsd: worst === null ? null : usdOf(worst),
        resetsAtMs: resetsAtMs(budget, startedAtMs),
        untilMs: startedAtMs + timeoutMs,
      },
    });
    const end = await this.#desk.questions.ask({ questionId, taskId, clientId, timeoutMs, signal });
    this.#askedMs += this.#desk.clock.nowMs() - startedAtMs;
    if (end === 'again') return 'again';
    emit({ type: 'question', taskId, question: null });
    if (end !== 'allowOnce') return end;
    this.#at.waive(budget.name);
    return 'again';
  }

  #refused(what: {
    readonly code:
      'budget.exceeded' | 'budget.priceUnknown' | 'resources.shortage' | 'resources.waitedTooLong';
    readonly message: string;
    readonly retryAfterMs: number | null;
    readonly bottleneck: Shortfall | null;
  }): Acquired {
    const { code, message, retryAfterMs, bottleneck } = what;
    const dimension = bottleneck?.dimension ?? null;
    const again = retryAfterMs === null ? '' : ` Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
    const error = new RouterError(code, `${message}${again}`, {
      retryAfterMs,
      details: { dimension, retryAfterMs },
    });
    const isMoney = dimension === 'moneyNanoUsd';
    const isRate = !isMoney && dimension !== 'slots' && dimension !== 'localMemoryBytes';
    return { status: 'refused', error, isMoney, isRate, ...this.#times() };
  }

  #reason({ bottleneck }: Shortage, { unknownPrice }: CallRequest): string {
    const [unpriced] = unknownPrice;
    const { label } = this.#at.handle.node;
    if (unpriced !== undefined) return unknownPriceText(this.#at.handle.model.label, unpriced);
    const nowMs = this.#desk.clock.nowMs();
    const { priority } = this.#at.record.input.task;
    const budget = budgetAt(this.#at.budgets, bottleneck.bucketId, nowMs);
    return shortText(bottleneck, { label, priority, nowMs, budget });
  }

  #warn(short: Shortfall): void {
    if (!this.#desk.mayWarn(short)) return;
    const budget = budgetAt(this.#at.budgets, short.bucketId, this.#desk.clock.nowMs());
    const spent = amount(usdOf(short.used + short.needed));
    const name = budget?.name ?? amount(usdOf(short.limit));
    const message = `The soft budget of ${name} is used up: with this task about ${spent} are spent or held. Tasks go on.`;
    this.#at.emit({ type: 'budgetWarning', message });
  }

  #tell(what: {
    readonly isAllocated: boolean;
    readonly summary: string;
    readonly optimization: Optimization | null;
    readonly allocation?: Allocated;
  }): void {
    const { isAllocated, summary, optimization, allocation } = what;
    this.#at.emit({
      type: 'allocation',
      taskId: this.#at.record.taskId,
      allocation: {
        route: this.#at.handle.facts.routeId,
        atMs: this.#desk.clock.nowMs(),
        isAllocated,
        summary: summary.trim(),
        held: allocation === undefined ? [] : heldWords(allocation),
        maxOutputTokens: allocation?.constraints.maxTokens ?? null,
        strategies: (optimization?.strategies ?? []).map(strategyView),
      },
    });
  }

  #maxWaitMs(): number {
    const slackMs = Math.max(0, this.#at.deadlineAtMs - this.#desk.clock.nowMs());
    const { priority } = this.#at.record.input.task;
    return mayWaitLong(priority) ? slackMs : Math.max(0, Math.min(slackMs, maxQueueWaitMs) - this.#waitedMs);
  }

  #times(): AcquireTimes {
    return { waitedMs: this.#waitedMs, askedMs: this.#askedMs };
  }
}

function mayWaitLong(priority: Priority): boolean {
  return priority === 'background' || priority === 'batch';
}

/** A shortage that no hold was asked for: somebody ahead waits for it, or nobody knows the price. */
function shortageOf(request: AllocationRequest, shortfalls: readonly Shortfall[]): Shortage {
  const [bottleneck] = shortfalls;
  if (bottleneck === undefined) throw new Error('A shortage names what is short.');
  const isMoney = shortfalls.some(({ dimension }) => dimension === 'moneyNanoUsd');
  const waits = shortfalls.map((short) => turnMs(short, request));
  return { status: 'shortage', bottleneck, shortfalls, retryAfterMs: isMoney ? null : Math.max(...waits) };
}

function budgetShortfall({ limitNanoUsd, name }: NamedBudget): Shortfall {
  return {
    ...{ bucketId: name, dimension: 'moneyNanoUsd', retryAfterMs: null },
    ...{ limit: limitNanoUsd, usable: limitNanoUsd, used: 0, needed: limitNanoUsd },
  };
}

/** How long one place in line takes. */
function turnMs({ dimension, limit, needed }: Shortfall, { expected }: AllocationRequest): number {
  if (dimension === 'slots' || dimension === 'localMemoryBytes') return expected.totalMs / Math.max(1, limit);
  return (needed * 60_000) / Math.max(1, limit);
}

function expectedWait(shortage: Shortage, request: AllocationRequest, position: number): number | null {
  if (shortage.retryAfterMs === null) return null;
  return Math.round(shortage.retryAfterMs + (position - 1) * turnMs(shortage.bottleneck, request));
}

function lookOf({ shortfalls, retryAfterMs }: Shortage, nowMs: number): ShortLook {
  // Only limits that refill know their time; what others hold is given back when it is.
  const isTimed = shortfalls.every((short) => short.retryAfterMs !== null);
  return {
    isHeld: false,
    short: shortfalls.map(({ bucketId }) => bucketId),
    retryAtMs: isTimed && retryAfterMs !== null ? nowMs + retryAfterMs : null,
  };
}
