/**
 * `optimizeDistribution`: spreads tasks that came together over routes of unequal speed. Longest first, then moves and
 * swaps, and a small batch is searched through to the end. The specification's loop runs until the variance is below its
 * target and on many batches never ends; this one ends always, and says whether more was possible.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every position is below the length of arrays made together */
import { batch } from '../../config/balancing.ts';
import { certificate, type Certificate } from './certificate.ts';
import { searchSmall } from './exhaustive.ts';
import { cvOfSquares, imbalance, loadsOf, squares } from './imbalance.ts';
import { improve } from './local-search.ts';
import { longestFirst } from './longest-first.ts';
import type {
  BatchDistribution,
  BatchProblem,
  BatchRoute,
  BatchStatus,
  BatchTask,
  Placement,
} from './model.ts';

/**
 * Pure and bounded: at most `batch.maxTasks` tasks, below 50 ms for 500 tasks on 16 routes. Throws a RangeError for more
 * tasks, and for work or speed that is no positive finite number.
 */
export function optimizeDistribution(
  tasks: readonly BatchTask[],
  routes: readonly BatchRoute[],
  targetCv: number = batch.targetCv,
): BatchDistribution {
  check(tasks, routes);
  const { problem, order, unassigned } = prepare(tasks, routes);
  const proven = certificate(problem);
  let placement = longestFirst(problem);
  improve(problem, placement, Math.max(targetCv, proven.cv + batch.certSlack));
  let isOptimal = false;
  if (cvOf(problem, placement) > targetCv && proven.cv <= targetCv) {
    const searched = searchSmall(problem, placement, squares(loadsOf(problem, placement), problem.speeds));
    ({ placement, isOptimal } = searched);
  }
  const assignment = order.map((task, at) => ({
    at: task,
    taskId: tasks[task]!.taskId,
    routeId: routes[placement[at]!]!.routeId,
  }));
  assignment.sort((a, b) => a.at - b.at);
  return {
    assignment: assignment.map(({ taskId, routeId }) => ({ taskId, routeId })),
    unassigned,
    ...judged({ problem, placement, proven, isOptimal, targetCv }),
  };
}

interface Found {
  readonly problem: BatchProblem;
  readonly placement: Placement;
  readonly proven: Certificate;
  readonly isOptimal: boolean;
  readonly targetCv: number;
}

function judged(found: Found): Omit<BatchDistribution, 'assignment' | 'unassigned'> {
  const { problem, placement, proven } = found;
  const loads = loadsOf(problem, placement);
  const finishMs = loads.map((load, route) => load / problem.speeds[route]!);
  const cv = imbalance(loads, problem.speeds);
  // Rounding must not make a bound contradict what was found.
  const lowerBound = Math.min(cv, found.isOptimal ? cv : proven.cv);
  const status = statusOf(cv, lowerBound, found.targetCv);
  const makespanMs = Math.max(0, ...finishMs);
  return {
    ...{ finishMs, makespanMs, makespanLowerBoundMs: Math.min(makespanMs, proven.makespanMs) },
    ...{ cv, lowerBound, status, reason: reasonOf(status, cv, found) },
  };
}

function statusOf(cv: number, lowerBound: number, targetCv: number): BatchStatus {
  if (cv <= targetCv) return 'reachedTarget';
  return lowerBound > targetCv ? 'provenInfeasible' : 'bestEffort';
}

function reasonOf(status: BatchStatus, cv: number, { proven, isOptimal, targetCv }: Found): string {
  const target = percent(targetCv);
  switch (status) {
    case 'reachedTarget':
      return `The routes end within ${percent(cv)} of each other (target ${target}).`;
    case 'provenInfeasible':
      return isOptimal
        ? `No assignment is below ${percent(cv)}; all were looked at (target ${target}).`
        : `No assignment can be below ${percent(proven.cv)} (target ${target}); this one has ${percent(cv)}.`;
    case 'bestEffort':
      return `No step improves on ${percent(cv)} (target ${target}); below ${percent(proven.cv)} none can be.`;
  }
}

function percent(cv: number): string {
  return `${(100 * cv).toFixed(1)} %`;
}

function cvOf({ speeds, ...problem }: BatchProblem, placement: Placement): number {
  const loads = loadsOf({ ...problem, speeds }, placement);
  return cvOfSquares(squares(loads, speeds), loads, speeds);
}

function prepare(
  tasks: readonly BatchTask[],
  routes: readonly BatchRoute[],
): { problem: BatchProblem; order: readonly number[]; unassigned: readonly string[] } {
  const fastest = routes.map((_, at) => at).sort((a, b) => routes[b]!.speed - routes[a]!.speed || a - b);
  const allowed = tasks.map(({ allowed: ids }) =>
    ids === undefined ? fastest : fastest.filter((at) => ids.includes(routes[at]!.routeId)),
  );
  const order = tasks.map((_, at) => at).filter((at) => allowed[at]!.length > 0);
  order.sort((a, b) => tasks[b]!.workMs - tasks[a]!.workMs || a - b);
  return {
    problem: {
      work: order.map((at) => tasks[at]!.workMs),
      allowed: order.map((at) => allowed[at]!),
      speeds: routes.map(({ speed }) => speed),
      busy: routes.map(({ busyMs }) => Math.max(0, busyMs)),
    },
    order,
    unassigned: tasks.filter((_, at) => allowed[at]!.length === 0).map(({ taskId }) => taskId),
  };
}

function check(tasks: readonly BatchTask[], routes: readonly BatchRoute[]): void {
  if (tasks.length > batch.maxTasks) throw new RangeError(`at most ${batch.maxTasks} tasks at once`);
  const isAmount = (value: number) => value > 0 && value < Infinity;
  if (!tasks.every(({ workMs }) => isAmount(workMs))) throw new RangeError('work must be positive');
  if (!routes.every(({ speed, busyMs }) => isAmount(speed) && busyMs < Infinity))
    throw new RangeError('speed must be positive, and what a route has already finite');
}
