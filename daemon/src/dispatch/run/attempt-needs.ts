/**
 * What one attempt asks of the resource desk. A class, so that what only a shortage needs (other routes, the budgets of
 * this moment) is put together when it is asked for, without an object of closures for every call.
 */
import type { AllocationView, RouterEvent } from '@task-router/protocol';
import type { FailoverPlan } from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';
import type { RouteHandle } from '../decide/facts.ts';
import type { AcquireRequest } from '../resources/acquisition.ts';
import type { TaskBudgets } from '../resources/budget-book.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';

/** Which attempt of a task it is. */
export interface AttemptPlace {
  readonly routeId: string;
  plan(): FailoverPlan;
  /** Of the whole task. */
  readonly deadlineAtMs: number;
  /** Names of budgets that the developer has waived for the task. */
  readonly waived: Set<string>;
}

export class AttemptNeeds implements AcquireRequest {
  readonly attemptId: string;
  readonly handle: RouteHandle;
  readonly waived: Set<string>;
  readonly deadlineAtMs: number;
  readonly #run: TaskRun;
  readonly #deps: TaskRunDeps;
  readonly #order: AttemptPlace;

  constructor(
    run: TaskRun,
    deps: TaskRunDeps,
    { order, handle }: { readonly order: AttemptPlace; readonly handle: RouteHandle },
  ) {
    this.attemptId = deps.createId();
    this.handle = handle;
    this.waived = order.waived;
    this.deadlineAtMs = order.deadlineAtMs;
    this.#run = run;
    this.#deps = deps;
    this.#order = order;
  }

  get record(): DecisionRecord {
    return this.#run.record;
  }

  get budgets(): TaskBudgets {
    return this.#run.budgets();
  }

  get maxOutputTokens(): number | null {
    return this.#run.maxOutputTokens;
  }

  get clientId(): string {
    return this.#run.clientId;
  }

  get onBudget(): 'ask' | 'fail' {
    return this.#run.onBudget;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** Ranked routes that are left after this one, best first. */
  get others(): readonly RouteHandle[] {
    const { ranked, tried, skippedNodes } = this.#order.plan();
    return ranked.flatMap(({ routeId, nodeId }) => {
      const other = this.#run.handles.get(routeId);
      const isLeft = routeId !== this.#order.routeId && !tried.includes(routeId);
      return other && isLeft && !skippedNodes.includes(nodeId) ? [other] : [];
    });
  }

  createId(): string {
    return this.#deps.createId();
  }

  emit(event: RouterEvent): void {
    this.#deps.emit(event);
  }

  isHeard(): boolean {
    return this.#deps.isHeard();
  }

  keep(allocation: AllocationView): void {
    this.#deps.store.saveAllocation({ decisionId: this.record.decisionId, allocation });
  }

  /** The developer lets the task pass a budget, for all its attempts. */
  waive(budgetName: string): void {
    this.waived.add(budgetName);
  }
}
