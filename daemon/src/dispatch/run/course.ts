/**
 * What the next attempt of a task is, as plan and failures left it. One object, for most tasks end with their first answer:
 * the plan is made when it is asked for, and what it is made of costs no closure for each call.
 */
import type { FailoverPlan } from '../../engine/index.ts';
import type { AttemptOrder } from './attempt-route.ts';
import type { Held } from './ended-attempt.ts';
import { deadlineOf, planOf } from './plan-of.ts';
import { recordTransition } from './record.ts';
import type { ShownAnswer } from './shown-answer.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';

/** A step of the plan. */
export interface NextStep {
  readonly routeId: string;
  readonly plan: FailoverPlan;
  readonly continuesText: boolean;
}

export class Course implements AttemptOrder {
  readonly routeId: string;
  readonly answer: ShownAnswer;
  readonly deadlineAtMs: number;
  readonly continuesText: boolean;
  readonly waived: Set<string>;
  readonly held: Held | null;
  readonly #run: TaskRun;
  readonly #deps: TaskRunDeps;
  #plan: FailoverPlan | null;

  private constructor(
    run: TaskRun,
    deps: TaskRunDeps,
    from: Pick<Course, 'routeId' | 'answer' | 'deadlineAtMs' | 'continuesText' | 'waived' | 'held'>,
    plan: FailoverPlan | null,
  ) {
    this.routeId = from.routeId;
    this.answer = from.answer;
    this.deadlineAtMs = from.deadlineAtMs;
    this.continuesText = from.continuesText;
    this.waived = from.waived;
    this.held = from.held;
    this.#run = run;
    this.#deps = deps;
    this.#plan = plan;
  }

  /** The chosen route; where a broken answer is taken up again, from where it broke off. */
  static first(run: TaskRun, deps: TaskRunDeps, answer: ShownAnswer, startedAtMs: number): Course {
    const course = new Course(
      run,
      deps,
      {
        routeId: run.record.selection.chosen ?? '',
        answer,
        deadlineAtMs: deadlineOf(run.record, startedAtMs),
        continuesText: false,
        waived: new Set(),
        held: null,
      },
      null,
    );
    return run.resume === null ? course : course.#resumed(run.resume.route);
  }

  plan(): FailoverPlan {
    return (this.#plan ??= planOf(this.#run.record, this.#run.handles, {
      deadlineAtMs: this.deadlineAtMs,
      // To go on, a call is translated, and would lose what no translation carries.
      canContinue: this.#run.outside === null || this.#run.outside.call.untranslatable.length === 0,
    }));
  }

  /** The course after this one. `held`: what is held for it already. */
  next({ routeId, plan, continuesText }: NextStep, held: Held | null): Course {
    const { answer, waived } = this;
    const { deadlineAtMs } = plan;
    const from = { routeId, answer, deadlineAtMs, continuesText, waived, held };
    return new Course(this.#run, this.#deps, from, plan);
  }

  /** A model that was to go on began anew: its answer is taken, and what was shown is void. */
  onStartOver(): boolean {
    const { routeId, answer } = this;
    if (answer.isFinal) return false;
    recordTransition(this.#run, this.#deps, {
      from: routeId,
      to: routeId,
      cause: 'truncated',
      message: 'It did not go on from the break but answers from the start.',
      mode: 'restart',
      answer,
    });
    return true;
  }

  #resumed(from: string): Course {
    const { routeId, answer } = this;
    const plan = this.plan();
    const continuesText = plan.ranked.find((route) => route.routeId === routeId)?.canContinue === true;
    recordTransition(this.#run, this.#deps, {
      from,
      to: routeId,
      cause: 'truncated',
      message: 'Taken up again where it broke off.',
      mode: continuesText ? 'continue' : 'restart',
      answer,
    });
    return this.next({ routeId, plan: { ...plan, continues: continuesText ? 1 : 0 }, continuesText }, null);
  }
}
