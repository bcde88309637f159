/**
 * The way out of "no eligible route": which single setting or limit, if it alone gave way, would make routes
 * eligible. Exact, not guessed: a route counts when all that speaks against it is that one thing.
 */
import { assumedContextWindow } from '../config/tokens.ts';
import type { RouteFacts } from '../model/route.ts';
import type { Rejection, RejectionCode, Selection, SelectionInput } from '../model/selection.ts';
import { expectedOf, neededTokens, reckonedCostUsd } from './expected.ts';
import { allObjections, costCaps, standingFilters, type FilterContext } from './filters/index.ts';
import { resolvePolicy } from './policy/index.ts';
import { capabilityPart } from './scorers/capability.ts';
import { wordTokens, wordUsd } from './words.ts';

/** One thing that could give way. */
export interface Relaxation {
  readonly code: RejectionCode;
  /** The setting to change; null when it isn't one. */
  readonly setting: string | null;
  /** Routes that would become eligible, in input order; never empty. */
  readonly routeIds: readonly string[];
  /**
   * How far it has to give, for the nearest route: the share by which a limit is exceeded (0.22: by 22 %), or a fixed
   * figure that stands for the effort.
   */
  readonly distance: number;
  /** What to do, as a sentence. */
  readonly suggestion: string;
}

/** Nearest first; of equal ones the more helpful first. Empty when a route is chosen, or each lost for two reasons. */
export function relaxations(selection: Selection, input: SelectionInput): Relaxation[] {
  if (selection.chosen !== null) return [];
  const groups = new Map<string, Obstacle[]>();
  for (const obstacle of soleObstacles(input)) {
    const key = JSON.stringify([obstacle.rejection.code, obstacle.rejection.setting]);
    groups.set(key, [...(groups.get(key) ?? []), obstacle]);
  }
  return [...groups.values()]
    .map(relaxation)
    .sort((a, b) => a.distance - b.distance || b.routeIds.length - a.routeIds.length);
}

interface Obstacle {
  readonly route: RouteFacts;
  readonly rejection: Rejection;
  readonly context: FilterContext;
}

/** For each route with exactly one objection, that objection. */
function soleObstacles({ task, routes, policy: layers }: SelectionInput): Obstacle[] {
  const policy = resolvePolicy(layers);
  const standing = standingFilters(policy, task.needs);
  return routes.flatMap((route) => {
    const context = { task, policy, expected: expectedOf(task, route) };
    const [rejection, second] = allObjections(route, context, standing);
    return rejection === undefined || second !== undefined ? [] : [{ route, rejection, context }];
  });
}

function relaxation(obstacles: readonly Obstacle[]): Relaxation {
  const measured = obstacles.map((obstacle) => ({ obstacle, ...measure(obstacle) }));
  const nearest = measured.reduce((best, each) => (each.distance < best.distance ? each : best));
  const { code, setting } = nearest.obstacle.rejection;
  return {
    code,
    setting,
    routeIds: obstacles.map(({ route }) => route.routeId),
    distance: nearest.distance,
    suggestion: setting === null ? `${nearest.advice}.` : `${nearest.advice} (${setting}).`,
  };
}

interface Measure {
  readonly distance: number;
  readonly advice: string;
}

function measure({ route, rejection, context }: Obstacle): Measure {
  const { task, expected } = context;
  switch (rejection.code) {
    case 'capability.contextWindow': {
      const limit = route.contextWindow ?? assumedContextWindow;
      const excess = Math.ceil(neededTokens(task, route) - limit);
      return {
        distance: excess / Math.max(1, limit),
        advice: `Shorten the task by ${wordTokens(excess)} tokens`,
      };
    }
    case 'capability.outputTokens': {
      const limit = route.maxOutputTokens ?? 0;
      const excess = task.outputTokens - limit;
      return {
        distance: excess / Math.max(1, limit),
        advice: `Ask for an answer shorter by ${wordTokens(excess)} tokens`,
      };
    }
    case 'policy.costCap': {
      const usd = reckonedCostUsd(task, expected);
      const capUsd = costCaps(context).find(({ setting }) => setting === rejection.setting)?.value ?? 0;
      return {
        distance: (usd - capUsd) / Math.max(capUsd, usd / 100),
        advice: `Raise the cost cap to ${wordUsd(usd)}`,
      };
    }
    case 'policy.qualityFloor': {
      const quality = capabilityPart(route);
      const floor = Math.max(...context.policy.qualityFloors.map(({ value }) => value));
      // Rounded down: at the figure that is named the route must stand.
      const lower = Math.floor(quality * 100) / 100;
      return { distance: floor - quality, advice: `Lower the quality floor to ${lower.toFixed(2)}` };
    }
    default:
      return { distance: efforts[rejection.code].distance, advice: efforts[rejection.code].advice(route) };
  }
}

type CodeWithoutAmount = Exclude<
  RejectionCode,
  'capability.contextWindow' | 'capability.outputTokens' | 'policy.costCap' | 'policy.qualityFloor'
>;

/** What to do where no amount is involved. Waiting and one click are near; giving up a rule or a need is far. */
const efforts: Readonly<
  Record<CodeWithoutAmount, { readonly distance: number; readonly advice: (route: RouteFacts) => string }>
> = {
  'resources.noSlot': { distance: 0.05, advice: ({ nodeId }) => `Wait for a free slot on ${nodeId}` },
  'health.ejected': { distance: 0.05, advice: ({ routeId }) => `Wait until ${routeId} is back in rotation` },
  'access.consentNeeded': { distance: 0.1, advice: ({ nodeId }) => `Confirm that ${nodeId} may be used` },
  'access.otherWindow': { distance: 0.1, advice: () => 'Ask from the window the model belongs to' },
  'task.excluded': { distance: 0.1, advice: () => 'Let this task use other routes' },
  'health.draining': { distance: 0.15, advice: ({ nodeId }) => `Enable ${nodeId} again` },
  'health.disabled': { distance: 0.15, advice: ({ nodeId }) => `Enable ${nodeId} again` },
  'access.keyMissing': { distance: 0.3, advice: ({ nodeId }) => `Add a key for ${nodeId}` },
  'access.keyRejected': { distance: 0.3, advice: ({ nodeId }) => `Enter a valid key for ${nodeId}` },
  'health.unreachable': { distance: 0.3, advice: ({ nodeId }) => `Start the server of ${nodeId}` },
  'policy.denied': { distance: 0.5, advice: () => 'Take the route off the deny list' },
  'policy.notAllowed': { distance: 0.5, advice: () => 'Put the route on the allow list' },
  'policy.localOnly': { distance: 0.5, advice: () => 'Allow models that run elsewhere' },
  'capability.tools': { distance: 1, advice: () => 'Ask without tool calls' },
  'capability.vision': { distance: 1, advice: () => 'Ask without images' },
  'capability.structuredOutput': { distance: 1, advice: () => 'Ask without structured output' },
  'capability.reasoning': { distance: 1, advice: () => 'Ask without reasoning' },
};
