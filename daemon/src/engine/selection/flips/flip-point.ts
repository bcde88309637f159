/** What a flip point is, and how one is applied to the facts of a decision. */
import { clamp } from '../../math/clamp.ts';
import type { Weights } from '../../model/policy.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { SelectionInput } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';
import { expectedOf, inputTokenFactor } from '../expected.ts';

export type FlipFactor =
  | 'price'
  | 'firstToken'
  | 'speed'
  | 'quality'
  | 'promptTokens'
  | 'weight.capability'
  | 'weight.performance'
  | 'weight.resources'
  | 'weight.history';

export type RouteFactor = Extract<FlipFactor, 'price' | 'firstToken' | 'speed' | 'quality'>;

/**
 * The smallest change of one factor that changes the choice, all else being equal. Units: `price` US dollars for this
 * task, `firstToken` ms to the first token of a usual prompt in good health, `speed` tokens a second, `quality` and
 * weights 0..1, `promptTokens` whole tokens (the answer's size stays).
 */
export interface FlipPoint {
  readonly factor: FlipFactor;
  /** The route whose fact changes; null: the factor belongs to the task or to the policy. */
  readonly of: string | null;
  /** null: unknown now (a price). */
  readonly from: number | null;
  readonly to: number;
  /** The nearest amount, on the side of now, at which the choice is proven to stand: beside `to` but for rounding. */
  readonly before: number;
  /** The route that is chosen then. */
  readonly becomes: string;
  /** How far it is, 0..1: change over the larger of the two amounts; for quality and weights the change itself. */
  readonly distance: number;
  readonly sentence: string;
}

export const weightNames = ['capability', 'performance', 'resources', 'history'] as const;

/**
 * The same facts with one factor changed. Exploration is left out, because a draw would hide what the factor does; a
 * weight replaces what the pacer made of the policy's.
 */
export function applyFlip(
  input: SelectionInput,
  { factor, of, to }: Pick<FlipPoint, 'factor' | 'of' | 'to'>,
  weights: Weights,
): SelectionInput {
  const { exploration: _, ...plain } = input;
  switch (factor) {
    case 'price':
    case 'firstToken':
    case 'speed':
    case 'quality':
      return {
        ...plain,
        routes: input.routes.map((route) =>
          route.routeId === of ? changedRoute(route, factor, to, input.task) : route,
        ),
      };
    case 'promptTokens':
      return { ...plain, task: { ...input.task, inputTokens: to } };
    case 'weight.capability':
    case 'weight.performance':
    case 'weight.resources':
    case 'weight.history': {
      const { pacing: __, ...unpaced } = plain;
      const moved = movedWeights(weights, nameOfWeight(factor), to);
      const layer = { level: 'task', name: 'flip point', policy: { weights: moved } } as const;
      return { ...unpaced, policy: [...input.policy, layer] };
    }
  }
}

/** A route with one fact changed. Speeds become what is believed without measurements, so that they count in full. */
export function changedRoute(
  route: RouteFacts,
  factor: RouteFactor,
  value: number,
  task: TaskFacts,
): RouteFacts {
  const { performance } = route;
  switch (factor) {
    case 'price':
      return { ...route, prices: pricesFor(route, value, task) };
    case 'firstToken': {
      const speedPrior = { ...performance.speedPrior, firstTokenMs: value };
      return { ...route, performance: { ...performance, firstTokenMs: null, speedPrior } };
    }
    case 'speed': {
      const speedPrior = { ...performance.speedPrior, tokensPerSecond: value };
      return { ...route, performance: { ...performance, tokensPerSecond: null, speedPrior } };
    }
    case 'quality': {
      if (route.quality === undefined) return { ...route, capabilityPrior: value };
      const counts = route.quality.alpha + route.quality.beta;
      return { ...route, quality: { alpha: value * counts, beta: (1 - value) * counts } };
    }
  }
}

/** Prices at which the task costs `usd`: those of now in proportion, or the same for every token. */
function pricesFor(route: RouteFacts, usd: number, task: TaskFacts): RouteFacts['prices'] {
  const now = expectedOf(task, route).costUsd;
  if (route.prices !== null && now !== null && now > 0) {
    const factor = usd / now;
    return {
      inputPerMTok: route.prices.inputPerMTok * factor,
      outputPerMTok: route.prices.outputPerMTok * factor,
    };
  }
  const tokens =
    clamp(task.inputTokens * inputTokenFactor(route), 0, 1e15) + clamp(task.outputTokens, 0, 1e15);
  const perMTok = tokens > 0 ? (usd * 1e6) / tokens : 0;
  return { inputPerMTok: perMTok, outputPerMTok: perMTok };
}

/** One weight set, the others sharing the rest in their proportion of now. They add up to 1. */
export function movedWeights(weights: Weights, name: keyof Weights, to: number): Weights {
  const others = weightNames.filter((each) => each !== name);
  const sum = others.reduce((total, each) => total + weights[each], 0);
  const share = (each: keyof Weights) =>
    sum > 0 ? weights[each] * ((1 - to) / sum) : (1 - to) / others.length;
  return {
    capability: share('capability'),
    performance: share('performance'),
    resources: share('resources'),
    history: share('history'),
    [name]: to,
  };
}

function nameOfWeight(factor: Extract<FlipFactor, `weight.${string}`>): keyof Weights {
  switch (factor) {
    case 'weight.capability':
      return 'capability';
    case 'weight.performance':
      return 'performance';
    case 'weight.resources':
      return 'resources';
    case 'weight.history':
      return 'history';
  }
}
