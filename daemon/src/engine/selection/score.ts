/**
 * `calculateRouteScore`: the specification's function, `0.4 capability + 0.3 performance + 0.2 resources + 0.1
 * history` with the objective's weights in place of the constants. Parts are absolute: what other routes there are
 * changes none of them.
 */
import { clampUnit } from '../math/clamp.ts';
import type { Weights } from '../model/policy.ts';
import type { RouteFacts } from '../model/route.ts';
import type { Expected, ScoreParts } from '../model/selection.ts';
import type { TaskFacts } from '../model/task.ts';
import { expectedOf } from './expected.ts';
import { capabilityPart } from './scorers/capability.ts';
import { historyPart } from './scorers/history.ts';
import { performancePart } from './scorers/performance.ts';
import { resourcesPart } from './scorers/resources.ts';

/** Parts already known, or the facts to take them from. Weights add up to 1. */
export type ScoreRequest =
  | { readonly parts: ScoreParts; readonly weights: Weights }
  | {
      readonly task: TaskFacts;
      readonly route: RouteFacts;
      /** Saves working it out again. */
      readonly expected?: Expected;
      readonly weights: Weights;
    };

/** Score and parts, each 0..1. Monotone in each part; parts out of range are bounded. */
export function calculateRouteScore(request: ScoreRequest): {
  readonly score: number;
  readonly parts: ScoreParts;
} {
  const { weights } = request;
  const parts = 'parts' in request ? bounded(request.parts) : partsOf(request);
  return { score: weightedScore(parts, weights), parts };
}

/** Of parts that are within 0..1. */
export function weightedScore(parts: ScoreParts, weights: Weights): number {
  const score =
    weights.capability * parts.capability +
    weights.performance * parts.performance +
    weights.resources * parts.resources +
    weights.history * parts.history;
  return clampUnit(score);
}

export function scoreParts(task: TaskFacts, route: RouteFacts, expected: Expected): ScoreParts {
  return {
    capability: capabilityPart(route),
    performance: performancePart(task.kind, expected, route),
    resources: resourcesPart(task, expected),
    history: historyPart(route),
  };
}

function partsOf({ task, route, expected }: Extract<ScoreRequest, { task: TaskFacts }>): ScoreParts {
  return scoreParts(task, route, expected ?? expectedOf(task, route));
}

function bounded(parts: ScoreParts): ScoreParts {
  return {
    capability: clampUnit(parts.capability),
    performance: clampUnit(parts.performance),
    resources: clampUnit(parts.resources),
    history: clampUnit(parts.history),
  };
}
