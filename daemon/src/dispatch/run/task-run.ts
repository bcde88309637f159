/**
 * The life of a decided task: attempt → record → on failure the next ranked route, until there is an answer or the
 * plan ends. The attempt loop exists once, here.
 */
import type { Outcome } from '@task-router/protocol';
import type { AttemptFailure, Clock, FailoverPlan, FailoverStep } from '../../engine/index.ts';
import { executeFailover } from '../../engine/index.ts';
import { cutSentence } from '../local/context-guard.ts';
import { stepToMoreRoom } from '../local/cut-prompt.ts';
import { attemptRoute } from './attempt-route.ts';
import { Course } from './course.ts';
import type { NextStep } from './course.ts';
import type { EndedAttempt } from './ended-attempt.ts';
import { prepareTransition } from './prepare-transition.ts';
import { recordTransition, saveOutcome, tellOutcome } from './record.ts';
import { TextAnswer } from './shown-answer.ts';
import type { ShownAnswer } from './shown-answer.ts';
import type { TaskRun, TaskRunDeps } from './task-run-deps.ts';
import { waitUntil } from './wait.ts';

/** Runs the plan of a decision that chose a route. Resolves with the outcome (also when cancelled); rejects with
 * `route.allFailed` or `route.incomplete` after recording the failed outcome. */
export async function runTask(run: TaskRun, deps: TaskRunDeps): Promise<Outcome> {
  const startedAtMs = deps.clock.nowMs();
  let attempts: readonly EndedAttempt[] = [];
  const answer: ShownAnswer = run.outside?.answer ?? textAnswer(run, deps);
  deps.retries.begin();
  let course = Course.first(run, deps, answer, startedAtMs);
  for (;;) {
    const last: EndedAttempt = await attemptRoute(run, deps, course);
    attempts = [...attempts, last];
    run.outside?.answer.attemptEnded(last.end);
    const failure = failureOf({ attempt: last, answer }, deps.clock);
    const next = failure === null ? null : await nextCourse(run, deps, { attempt: last, failure, course });
    if (next === null) {
      last.rerouted?.lease.release();
      const saved = saveOutcome(run, deps, { attempts, last, startedAtMs, answer });
      const committing = deps.store.committed();
      if (committing !== null) await committing;
      return tellOutcome(run, deps, saved);
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

/** null: the task has ended with this attempt. */
async function nextCourse(
  run: TaskRun,
  deps: TaskRunDeps,
  at: { readonly attempt: EndedAttempt; readonly failure: AttemptFailure; readonly course: Course },
): Promise<Course | null> {
  const { attempt, failure, course } = at;
  const { answer } = course;
  const after = stepAfter(run, { attempt, failure, plan: planAfter(course.plan(), attempt, answer) });
  if (after === null) return null;
  const held = attempt.rerouted ?? null;
  const step = prepareTransition(run, deps, { step: after, failure, isRetry: attempt.wasCalled });
  const told = { from: failure.routeId, cause: failure.kind, message: failure.message, answer };
  switch (step.type) {
    case 'exhausted':
      return null;
    case 'transition':
      recordTransition(run, deps, { ...told, to: step.to, mode: step.mode });
      return course.next({ ...step, routeId: step.to }, held);
    case 'wait': {
      const next = await waitForReset(run, deps, { step, told });
      return next && course.next(next, held);
    }
  }
}

/** null: the answer stands. */
function stepAfter(
  run: TaskRun,
  {
    attempt,
    failure,
    plan,
  }: { readonly attempt: EndedAttempt; readonly failure: AttemptFailure; readonly plan: FailoverPlan },
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
): Promise<NextStep | null> {
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
  return { routeId, plan, continuesText: false };
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
