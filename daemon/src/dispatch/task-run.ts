/**
 * The life of a decided task: attempt → record → on failure the next ranked route, until there is an answer or the
 * plan ends. The attempt loop exists once, here.
 */
import type { Outcome } from '@task-router/protocol';
import type { AttemptFailure, Clock, FailoverPlan, FailoverStep } from '../engine/index.ts';
import { executeFailover } from '../engine/index.ts';
import { cutSentence } from './local/context-guard.ts';
import { stepToMoreRoom } from './local/cut-prompt.ts';
import { attemptRoute } from './run/attempt-route.ts';
import type { EndedAttempt, Held } from './run/ended-attempt.ts';
import { deadlineOf, planOf } from './run/plan-of.ts';
import { prepareTransition } from './run/prepare-transition.ts';
import { recordOutcome, recordTransition } from './run/record.ts';
import { TextAnswer } from './run/shown-answer.ts';
import type { ShownAnswer } from './run/shown-answer.ts';
import type { TaskRun, TaskRunDeps } from './run/task-run-deps.ts';
import { waitUntil } from './run/wait.ts';

/** What the next attempt is, as plan and failures left it. */
interface Course {
  readonly routeId: string;
  /** Made when it is asked for: most tasks end with the first answer. */
  readonly plan: () => FailoverPlan;
  readonly deadlineAtMs: number;
  readonly continuesText: boolean;
}

/** Runs the plan of a decision that chose a route. Resolves with the outcome (also when cancelled); rejects with
 * `route.allFailed` or `route.incomplete` after recording the failed outcome. */
export async function runTask(run: TaskRun, deps: TaskRunDeps): Promise<Outcome> {
  const startedAtMs = deps.clock.nowMs();
  const attempts: EndedAttempt[] = [];
  const answer: ShownAnswer = run.outside?.answer ?? textAnswer(run, deps);
  deps.retries.begin();
  let course = firstCourse(run, deps, { answer, startedAtMs });
  let held: Held | null = null;
  const waived = new Set<string>();
  for (;;) {
    const { routeId, deadlineAtMs, continuesText, plan } = course;
    const onStartOver = startOverAt(run, deps, { routeId, answer });
    const order = { routeId, deadlineAtMs, continuesText, plan, held, waived, answer, onStartOver };
    const attempt: EndedAttempt = await attemptRoute(run, deps, order);
    attempts.push(attempt);
    run.outside?.answer.attemptEnded(attempt.end);
    held = attempt.rerouted ?? null;
    const failure = failureOf({ attempt, answer }, deps.clock);
    const next =
      failure === null
        ? null
        : await nextCourse(run, deps, {
            ...{ attempt, failure, answer },
            plan: planAfter(plan(), attempt, answer),
          });
    if (next === null) {
      held?.lease.release();
      return await recordOutcome(run, deps, { attempts, last: attempt, startedAtMs, answer });
    }
    course = next;
  }
}

function textAnswer({ record: { taskId }, resume }: TaskRun, { emit }: TaskRunDeps): TextAnswer {
  return new TextAnswer((text) => emit({ type: 'delta', taskId, text }), resume?.text);
}

/** The route in front for which resources are held already; what was never sent has used up nothing of the plan. */
function planAfter(
  plan: FailoverPlan,
  { rerouted, askedMs, wasCalled, continued }: EndedAttempt,
  { text }: ShownAnswer,
): FailoverPlan {
  const first = plan.ranked.filter(({ routeId }) => routeId === rerouted?.routeId);
  const ranked = [...first, ...plan.ranked.filter((route) => !first.includes(route))];
  return {
    ...plan,
    ranked: text === null ? ranked.map((route) => ({ ...route, canContinue: false })) : ranked,
    deadlineAtMs: plan.deadlineAtMs + askedMs,
    continues: plan.continues - (continued && !wasCalled ? 1 : 0),
  };
}

/** The chosen route; where a broken answer is taken up again, from where it broke off. */
function firstCourse(
  run: TaskRun,
  deps: TaskRunDeps,
  { answer, startedAtMs }: { readonly answer: ShownAnswer; readonly startedAtMs: number },
): Course {
  // To go on, a call is translated, and would lose what no translation carries.
  const canContinue = (run.outside?.call.untranslatable ?? []).length === 0;
  const deadlineAtMs = deadlineOf(run.record, startedAtMs);
  const make = (): FailoverPlan => planOf(run.record, run.handles, { deadlineAtMs, canContinue });
  const routeId = run.record.selection.chosen ?? '';
  if (run.resume === null) return { routeId, plan: once(make), deadlineAtMs, continuesText: false };
  const plan = make();
  const continuesText = plan.ranked.find((route) => route.routeId === routeId)?.canContinue === true;
  recordTransition(run, deps, {
    from: run.resume.route,
    to: routeId,
    cause: 'truncated',
    message: 'Taken up again where it broke off.',
    mode: continuesText ? 'continue' : 'restart',
    answer,
  });
  return courseOf({ ...plan, continues: continuesText ? 1 : 0 }, routeId, continuesText);
}

function courseOf(plan: FailoverPlan, routeId: string, continuesText: boolean): Course {
  return { routeId, plan: () => plan, deadlineAtMs: plan.deadlineAtMs, continuesText };
}

function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | null = null;
  return () => (made ??= make());
}

/** null: the task has ended with this attempt. */
async function nextCourse(
  run: TaskRun,
  deps: TaskRunDeps,
  at: {
    readonly attempt: EndedAttempt;
    readonly failure: AttemptFailure;
    readonly plan: FailoverPlan;
    readonly answer: ShownAnswer;
  },
): Promise<Course | null> {
  const { failure } = at;
  const after = stepAfter(run, at, failure);
  if (after === null) return null;
  const step = prepareTransition(run, deps, { step: after, failure, isRetry: at.attempt.wasCalled });
  const told = { from: failure.routeId, cause: failure.kind, message: failure.message, answer: at.answer };
  switch (step.type) {
    case 'exhausted':
      return null;
    case 'transition':
      recordTransition(run, deps, { ...told, to: step.to, mode: step.mode });
      return courseOf(step.plan, step.to, step.continuesText);
    case 'wait':
      return (await waitForReset(run, deps, { step, told })) ?? null;
  }
}

/** null: the answer stands. */
function stepAfter(
  run: TaskRun,
  { attempt, plan }: { readonly attempt: EndedAttempt; readonly plan: FailoverPlan },
  failure: AttemptFailure,
): FailoverStep | null {
  const { routeId, cut, costUsd } = attempt;
  if (cut === null) return executeFailover(plan, failure);
  const isDemo = (id: string) => run.handles.get(id)?.node.isDemo ?? false;
  return stepToMoreRoom(plan, { routeId, cut, atMs: failure.atMs, costUsd }, isDemo);
}

type Told = Omit<Parameters<typeof recordTransition>[2], 'to' | 'mode'>;

async function waitForReset(
  run: TaskRun,
  deps: TaskRunDeps,
  {
    step,
    told,
  }: {
    readonly step: Extract<FailoverStep, { type: 'wait' }>;
    readonly told: Told;
  },
): Promise<Course | null> {
  const { routeId, untilMs, plan } = step;
  const seconds = Math.ceil((untilMs - deps.clock.nowMs()) / 1_000);
  recordTransition(run, deps, {
    ...told,
    to: routeId,
    message: `${told.message} No other route is left; its limit is reset in ${seconds} s.`,
    mode: told.answer.chars === 0 ? 'continue' : 'restart',
  });
  if (!(await waitUntil(untilMs, deps.clock, run.signal))) return null;
  deps.states.elapse();
  return courseOf(plan, routeId, false);
}

function failureOf(
  { attempt, answer }: { readonly attempt: EndedAttempt; readonly answer: ShownAnswer },
  clock: Clock,
): AttemptFailure | null {
  const { routeId, end, costUsd, continued, cut } = attempt;
  const kind = cut === null ? end.failure : 'contextLength';
  if (kind === null) return null;
  return {
    routeId,
    kind,
    message: cut === null ? (end.message ?? '') : cutSentence(cut),
    atMs: clock.nowMs(),
    emittedChars: answer.chars,
    isFinal: answer.isFinal,
    emittedToolCall: end.emittedToolCall && !answer.isUnseen,
    retryAfterMs: end.retryAfterMs,
    costUsd,
    // Some models take no beginning of an answer at all; then the request was wrong and not the task.
    continuationFailed: continued && (end.seamBroken || (end.failure === 'badRequest' && !end.wroteText)),
  };
}

/** A model that was to go on began anew: its answer is taken, and what was shown is void. */
function startOverAt(
  run: TaskRun,
  deps: TaskRunDeps,
  { routeId, answer }: { readonly routeId: string; readonly answer: ShownAnswer },
): () => boolean {
  return () => {
    if (answer.isFinal) return false;
    recordTransition(run, deps, {
      from: routeId,
      to: routeId,
      cause: 'truncated',
      message: 'It did not go on from the break but answers from the start.',
      mode: 'restart',
      answer,
    });
    return true;
  };
}
