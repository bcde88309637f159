/**
 * Spreads a batch: every task is read and scored as if it came alone, and among the routes that are about as good for it
 * `optimizeDistribution` chooses, so that all are done early. Decisions are made anew when the tasks run; this only says
 * where each is best sent.
 */
import type { ParamsOf, ResultOf, planBatchRequest } from '@task-router/protocol';
import { routeRequest } from '@task-router/protocol';
import type { BatchRoute, BatchTask, Selection } from '../engine/index.ts';
import { estimateTokens, optimizeDistribution, selectPrimaryRoute } from '../engine/index.ts';
import type { RouteHandle } from './decide/facts.ts';
import { currentHandles, policiesOf } from './decide/decide-task.ts';
import type { DecideTaskDeps } from './decide/decide-task.ts';
import type { ClientContext } from './service.ts';
import { taskFacts } from './decide/task-reader.ts';
import type { RunParams } from './decide/task-reader.ts';

type Params = ParamsOf<typeof planBatchRequest>;
type Result = ResultOf<typeof planBatchRequest>;

/** A route whose score is this much below the best one is not as good for the task. */
const band = 0.1;
/** Where no limit is known. */
const assumedSlots = 4;
/** Tasks scored before others get a turn: scoring takes about a millisecond. */
const atOnce = 10;

/** Times in ms that a task is expected to take, by route. */
type Times = ReadonlyMap<string, number>;

export async function planBatch(
  params: Params,
  client: ClientContext,
  deps: DecideTaskDeps,
): Promise<Result> {
  await deps.fleet.refresh(client.clientId);
  deps.states.elapse();
  const handles = new Map<string, RouteHandle>();
  const times: Times[] = [];
  for (const [at, task] of params.tasks.entries()) {
    if (at % atOnce === atOnce - 1) await others();
    times.push(expectedTimes({ task, params, client }, deps, handles));
  }
  const routes = routesOf(times, handles);
  const batch = params.tasks.flatMap(({ id }, at) => batchTask(id, times[at] ?? new Map(), routes));
  const { assignment, cv, lowerBound, status, reason } = optimizeDistribution(batch, routes);
  const routeOf = new Map(assignment.map(({ taskId, routeId }) => [taskId, routeId]));
  return {
    assignment: params.tasks.map(({ id }, at) => {
      const route = routeOf.get(id) ?? null;
      return { id, route, expectedMs: route === null ? null : (times[at]?.get(route) ?? null) };
    }),
    routes: routes.map(({ routeId }) => ({
      route: routeId,
      slots: slotsOf(handles.get(routeId)),
      expectedMs: mean(times.flatMap((each) => each.get(routeId) ?? [])),
    })),
    ...{ cv, lowerBound, status, reason },
  };
}

/** Lets what waits have its turn. */
function others(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Of the routes that are about as good for the task as the best one. */
function expectedTimes(
  asked: {
    readonly task: Params['tasks'][number];
    readonly params: Params;
    readonly client: ClientContext;
  },
  deps: DecideTaskDeps,
  handles: Map<string, RouteHandle>,
): Times {
  const { task, params, client } = asked;
  const run = routeRequest.params.parse({
    type: 'run',
    task: { prompt: task.prompt, priority: 'batch', ...(task.kind !== undefined && { kind: task.kind }) },
    policy: params.policy,
    allowFoundAccounts: params.allowFoundAccounts,
  }) as RunParams;
  const read = deps.reader.read(run);
  const { understanding } = read;
  const facts = {
    ...taskFacts(task.id, run, { understanding, chars: 0 }),
    inputTokens: estimateTokens(task.chars),
  };
  const found = currentHandles({ taskId: task.id, params: run, client }, { facts, read }, deps);
  for (const handle of found.list()) handles.set(handle.facts.routeId, handle);
  const selection = selectPrimaryRoute({
    task: facts,
    routes: found.facts,
    policy: policiesOf(params, deps).layers,
    seed: 0,
  });
  return alike(selection, handles);
}

function alike({ candidates, ranked }: Selection, handles: ReadonlyMap<string, RouteHandle>): Times {
  const [first] = candidates;
  if (first?.eligible !== true || ranked.length === 0) return new Map();
  const { isDemo, isLocal } = handles.get(first.routeId)?.facts ?? {};
  const good = candidates.flatMap((candidate) => {
    const facts = handles.get(candidate.routeId)?.facts;
    const isAlike = candidate.eligible && candidate.score >= first.score - band && facts?.isDemo === isDemo;
    return isAlike && facts?.isLocal === isLocal ? [candidate] : [];
  });
  return new Map(
    good.map(({ routeId, expected }) => [
      routeId,
      Math.max(1, expected.totalMs - (handles.get(routeId)?.facts.predicted?.waitMs ?? 0)),
    ]),
  );
}

/** Speeds follow from how long each route takes for its tasks against the fastest one; slots do tasks side by side. */
function routesOf(times: readonly Times[], handles: ReadonlyMap<string, RouteHandle>): BatchRoute[] {
  const ids = [...new Set(times.flatMap((each) => [...each.keys()]))];
  return ids.map((routeId) => {
    const ratios = times.flatMap((each) => {
      const own = each.get(routeId);
      return own === undefined ? [] : [Math.min(...each.values()) / own];
    });
    const handle = handles.get(routeId);
    const slots = slotsOf(handle);
    const busyMs =
      (handle?.facts.load.inFlight ?? 0) * mean(times.flatMap((each) => each.get(routeId) ?? []));
    return { routeId, speed: mean(ratios) * slots, busyMs };
  });
}

function batchTask(id: string, times: Times, routes: readonly BatchRoute[]): BatchTask[] {
  const known = routes.filter(({ routeId }) => times.has(routeId)).map(({ routeId }) => routeId);
  // Without any route the task stays in the answer, assigned to none.
  return known.length === 0 ? [] : [{ taskId: id, workMs: Math.min(...times.values()), allowed: known }];
}

function slotsOf(handle: RouteHandle | undefined): number {
  return Math.max(1, handle?.facts.load.slots ?? assumedSlots);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
