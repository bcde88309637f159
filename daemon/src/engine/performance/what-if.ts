/**
 * What would another policy have done? Estimates its success, cost and time from a log of choices and outcomes, without a
 * single call: the doubly robust estimator (Dudík, Langford, Li 2011).
 *
 *   V = mean_i [ Σ_a π(a|x_i) q(x_i, a)  +  w_i (y_i − q(x_i, a_i)) ],   w_i = π(a_i|x_i) / p_i, at most `maxWeight`
 *
 * A task that would not move counts with what truly happened to it; one that moves counts with a prediction `q`, which
 * is the expectation stored with its decision, calibrated on what the route's own calls took (`outcome-models.ts`). Draws
 * of exploration correct the prediction. The interval holds the scatter of the tasks and the doubt in each prediction
 * that moved tasks share. Where those predictions rest on too few outcomes there is no estimate, and the reason is said.
 */
import type { FigureName, LoggedChoice } from './logged-choice.ts';
import { fitRatios, fitSuccess, type OutcomeModel, type Prediction } from './outcome-models.ts';

export interface Estimate {
  readonly value: number;
  /** 95 %. */
  readonly low: number;
  readonly high: number;
}

export interface FigureEstimate {
  readonly before: Estimate;
  readonly after: Estimate | null;
  readonly change: Estimate | null;
}

export interface PolicyEstimate {
  readonly figures: Readonly<Record<FigureName, FigureEstimate>>;
  /** How many unweighted outcomes the weighted ones are worth. */
  readonly effectiveSampleSize: number;
  /** Why `after` and `change` are null; null: they are not. */
  readonly notEnoughData: string | null;
}

/** Fewer decisions, or fewer outcomes behind a prediction, say nothing. */
const whatIfBounds = {
  minDecisions: 50,
  minEvidence: 20,
  maxUnsupported: 0.05,
  maxWeight: 20,
} as const;
const z95 = 1.96;

/** Linear in the choices. */
export function estimatePolicy(choices: readonly LoggedChoice[]): PolicyEstimate {
  const weights = choices.map(weightOf);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  const success = fitSuccess(choices);
  const notEnoughData = whyNot(choices, success);
  const estimate = (name: FigureName, model: OutcomeModel): FigureEstimate =>
    figure({ choices, weights, name, model, isSupported: notEnoughData === null });
  return {
    figures: {
      success: estimate('success', success),
      costUsd: estimate('costUsd', fitRatios(choices, 'costUsd')),
      totalMs: estimate('totalMs', fitRatios(choices, 'totalMs')),
    },
    effectiveSampleSize: squares > 0 ? (sum * sum) / squares : 0,
    notEnoughData,
  };
}

/** Ended tasks on a route and of a kind: what a prediction of its success rests on. */
export function evidenceFor(choices: readonly LoggedChoice[], routeId: string): number {
  return choices.filter((choice) => choice.routeId === routeId).length;
}

function weightOf({ target, routeId, propensity }: LoggedChoice): number {
  const chance = target.find((each) => each.routeId === routeId)?.propensity ?? 0;
  return Math.min(whatIfBounds.maxWeight, chance / Math.max(propensity, 1e-6));
}

function whyNot(choices: readonly LoggedChoice[], success: OutcomeModel): string | null {
  const { minDecisions, minEvidence, maxUnsupported } = whatIfBounds;
  if (choices.length < minDecisions)
    return `${choices.length} ended tasks; an estimate takes at least ${minDecisions}.`;
  const weak = new Map<string, number>();
  let unsupported = 0;
  for (const choice of choices) {
    for (const { routeId, propensity } of choice.target) {
      if (routeId === choice.routeId || success.evidence(choice, routeId) >= minEvidence) continue;
      unsupported += propensity;
      weak.set(routeId, (weak.get(routeId) ?? 0) + 1);
    }
  }
  if (unsupported <= maxUnsupported * choices.length) return null;
  const names = [...weak].sort((a, b) => b[1] - a[1]).map(([routeId]) => routeId);
  const share = Math.round((100 * unsupported) / choices.length);
  return `${share} % of the tasks would move to routes with fewer than ${minEvidence} ended tasks of their kind: ${names.slice(0, 5).join(', ')}.`;
}

interface FigureInput {
  readonly choices: readonly LoggedChoice[];
  readonly weights: readonly number[];
  readonly name: FigureName;
  readonly model: OutcomeModel;
  readonly isSupported: boolean;
}

function figure({ choices, weights, name, model, isSupported }: FigureInput): FigureEstimate {
  const before: number[] = [];
  const after: number[] = [];
  const doubts: Doubts = new Map();
  let unknown = 0;
  for (const [index, choice] of choices.entries()) {
    const actual = choice.outcome[name];
    if (actual === null) continue;
    const predicted = predictTarget(choice, model, doubts, weights[index] ?? 0);
    before.push(actual);
    if (predicted === null) unknown += 1;
    else {
      after.push(predicted + correction(choice, model, actual, weights[index]));
    }
  }
  const isKnown = unknown <= whatIfBounds.maxUnsupported * before.length && before.length > 0;
  if (!isSupported || !isKnown) return { before: interval(before, 0), after: null, change: null };
  const variance = sharedDoubt(doubts) / Math.max(1, after.length) ** 2;
  const changes = after.length === before.length ? after.map((value, at) => value - (before[at] ?? 0)) : null;
  return {
    before: interval(before, 0),
    after: interval(after, variance),
    change: changes && interval(changes, variance),
  };
}

/** w (y − q): what the outcome says beyond the prediction. */
function correction(choice: LoggedChoice, model: OutcomeModel, actual: number, weight = 0): number {
  return weight * (actual - (model.predict(choice, choice.routeId)?.value ?? actual));
}

/** By cell: how much its shared prediction weighs in the sum, and how uncertain it is. */
type Doubts = Map<string, { weight: number; readonly variance: number }>;

function sharedDoubt(doubts: Doubts): number {
  return [...doubts.values()].reduce((sum, { weight, variance }) => sum + weight * weight * variance, 0);
}

/** Σ_a π(a) q(x, a); notes how much each shared prediction weighs beyond what an outcome corrects. */
function predictTarget(
  choice: LoggedChoice,
  model: OutcomeModel,
  doubts: Doubts,
  weight: number,
): number | null {
  let sum = 0;
  for (const { routeId, propensity } of choice.target) {
    const prediction: Prediction | null = model.predict(choice, routeId);
    if (prediction === null) return null;
    sum += propensity * prediction.value;
    const corrected = routeId === choice.routeId ? weight : 0;
    const known = doubts.get(prediction.cell) ?? { weight: 0, variance: prediction.variance };
    known.weight += (propensity - corrected) * prediction.scale;
    doubts.set(prediction.cell, known);
  }
  // A task without a route fails; it costs and takes nothing.
  return sum;
}

function interval(values: readonly number[], extraVariance: number): Estimate {
  const count = values.length;
  if (count === 0) return { value: 0, low: 0, high: 0 };
  const value = values.reduce((sum, each) => sum + each, 0) / count;
  const squares = values.reduce((sum, each) => sum + (each - value) ** 2, 0);
  const own = squares / Math.max(1, count - 1) / count;
  // The same outcomes count for themselves and in the predictions: the two errors go together, so they add up.
  const reach = z95 * (Math.sqrt(own) + Math.sqrt(extraVariance));
  return { value, low: value - reach, high: value + reach };
}
