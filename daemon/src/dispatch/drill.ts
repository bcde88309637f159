/**
 * The drill: the facts of this moment, changed as each failure would change them, put to the same engine as every task.
 * Nothing is sent, stored or spent.
 */
import type { DrillFailure, ParamsOf, ResultOf, drillRequest } from '@task-router/protocol';
import { drillFailures, routeRequest, taskKinds } from '@task-router/protocol';
import type {
  PolicyLayer,
  RouteFacts,
  Selection,
  SelectionInput,
  TaskFacts,
  TaskKind,
} from '../engine/index.ts';
import { expectedOutputTokens, selectPrimaryRoute } from '../engine/index.ts';

type Drill = ResultOf<typeof drillRequest>;

export interface DrillRequest {
  /** The facts of every route, for a task of this kind. */
  readonly factsFor: (kind: TaskKind) => readonly RouteFacts[];
  readonly policy: readonly PolicyLayer[];
}

/** Tokens of a task of ordinary size: a question with a file. */
const inputTokens = 2_000;
/** What loading a model of some gigabytes takes. */
const loadMs = 20_000;

export function drill(request: DrillRequest): Drill {
  return {
    cells: taskKinds.flatMap((kind) => {
      const routes = request.factsFor(kind);
      const usual = select(kind, routes, request.policy).chosen;
      return drillFailures.map((failure) => {
        const { chosen, summary } = select(kind, suffer(failure, routes, usual), request.policy, {
          maxCostUsd: failure === 'budgetZero' ? 0 : null,
        });
        return { kind, failure, route: chosen, reason: summary };
      });
    }),
  };
}

/** The size of a drilled task. */
export function drillTask(kind: TaskKind): Pick<TaskFacts, 'inputTokens' | 'outputTokens'> {
  return { inputTokens, outputTokens: expectedOutputTokens(kind, inputTokens) };
}

/** The same task as a client would send it. */
export function drillParams(kind: TaskKind): Extract<ParamsOf<typeof routeRequest>, { type: 'run' }> {
  const params = routeRequest.params.parse({ type: 'run', task: { kind, prompt: `A drill: ${kind}.` } });
  if (params.type !== 'run') throw new Error('A drill is a task to run.');
  return params;
}

/** Where a task of the kind would go. */
export function select(
  kind: TaskKind,
  routes: readonly RouteFacts[],
  policy: readonly PolicyLayer[],
  { maxCostUsd }: { readonly maxCostUsd: number | null } = { maxCostUsd: null },
): Selection {
  const input: SelectionInput = {
    task: {
      taskId: `drill-${kind}`,
      kind,
      language: null,
      ...drillTask(kind),
      needs: { tools: false, vision: false, structuredOutput: false, reasoning: false },
      priority: 'interactive',
      deadlineMs: null,
      maxCostUsd,
      pin: null,
      exclude: [],
    },
    routes,
    policy,
    // The same draw in every cell, so that a row differs by its failure alone.
    seed: 1,
  };
  return selectPrimaryRoute(input);
}

/** The routes as they would be. `usual` is where the task goes when all is well. */
function suffer(
  failure: DrillFailure,
  routes: readonly RouteFacts[],
  usual: string | null,
): readonly RouteFacts[] {
  const usualNode = routes.find(({ routeId }) => routeId === usual)?.nodeId;
  switch (failure) {
    case 'none':
    case 'budgetZero':
      return routes;
    case 'providerDown':
      return routes.map((route) =>
        route.nodeId === usualNode ? { ...route, access: 'unreachable' } : route,
      );
    case 'offline':
      return routes.map((route) => (route.isLocal ? route : { ...route, access: 'unreachable' }));
    case 'quotaOut':
      return routes.map((route) =>
        route.nodeId === usualNode
          ? {
              ...route,
              health: 'ejected',
              healthReason: 'account out of money or quota',
              lastResort: false,
            }
          : route,
      );
    case 'localUnloaded':
      return routes.map((route) => (route.isLocal && !route.isDemo ? unloaded(route) : route));
  }
}

function unloaded(route: RouteFacts): RouteFacts {
  const { performance } = route;
  const firstTokenMs = loadMs + (performance.firstTokenMs ?? performance.speedPrior.firstTokenMs);
  return {
    ...route,
    performance: {
      ...performance,
      firstTokenMs,
      speedPrior: { ...performance.speedPrior, firstTokenMs },
    },
  };
}
