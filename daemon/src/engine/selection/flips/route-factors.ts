/**
 * Flip points of the facts of one route: price, first token, speed, quality. Each moves one part of one route's score,
 * and moves it monotonically, so the point at which two routes change places is a single one: bracketed between the
 * value of now and the furthest one, then closed in on to the last bit with the engine's own arithmetic. Cost caps are
 * as monotone, and part of the condition.
 */
import { cost, timing } from '../../config/selection.ts';
import { expectedTimes } from '../../math/prediction.ts';
import type { RouteFacts } from '../../model/route.ts';
import { isGated } from '../gate.ts';
import { rankEligible } from '../rank.ts';
import type { Ranked } from '../ranked.ts';
import { firstHolding, type Threshold } from './bisect.ts';
import { changedRoute, type RouteFactor } from './flip-point.ts';
import { comesBefore, rescored, type Situation } from './situation.ts';

export const routeFactors: readonly RouteFactor[] = ['price', 'firstToken', 'speed', 'quality'];

export interface RouteFlip extends Threshold {
  readonly factor: RouteFactor;
  readonly of: string;
  readonly from: number | null;
}

/**
 * How bad the chosen route's factor must get until the runner-up comes first, or a cost cap rejects it; what is taken
 * then, a last resort perhaps, is for a full decision to say.
 */
export function chosenFlip(situation: Situation, factor: RouteFactor): RouteFlip | null {
  const { chosen, others, input } = situation;
  const rival = others[0];
  return flip(situation, chosen, { factor, end: worst(factor) }, (changed) => {
    return changed === null || (rival !== undefined && comesBefore(rival, changed, input.seed));
  });
}

/** How good a rival's factor must get until it comes before the chosen route, and so before all. */
export function rivalFlip(situation: Situation, rival: Ranked, factor: RouteFactor): RouteFlip | null {
  const { chosen, input } = situation;
  return flip(situation, rival, { factor, end: best(factor) }, (changed) => {
    return changed !== null && comesBefore(changed, chosen, input.seed);
  });
}

/**
 * How bad a rival's factor must get until a filter rejects it, where the choice rests on its standing: the best history
 * of a tier holds the gate shut for weaker ones, and with it gone one of them may come first.
 */
export function leavingFlip(situation: Situation, rival: Ranked, factor: RouteFactor): RouteFlip | null {
  const { chosen, others, input } = situation;
  if (rival.route.quality === undefined || !others.some(isGated)) return null;
  const [first] = rankEligible([chosen, ...others.filter((each) => each !== rival)], input.seed);
  if (first === undefined || first.route.routeId === chosen.route.routeId) return null;
  return flip(situation, rival, { factor, end: worst(factor) }, (changed) => changed === null);
}

function flip(
  situation: Situation,
  ranked: Ranked,
  { factor, end }: { readonly factor: RouteFactor; readonly end: number },
  flips: (changed: Ranked | null) => boolean,
): RouteFlip | null {
  const { task } = situation.input;
  const { route } = ranked;
  const from = valueOf(ranked, factor, situation);
  const holds = (value: number) =>
    flips(rescored(situation, ranked, changedRoute(route, factor, value, task), task));
  const threshold = firstHolding(startFor(from, end), end, holds);
  if (threshold === null) return null;
  const at = from === null ? threshold.at : beyond(from, end, threshold.at);
  return { at, before: threshold.before, factor, of: route.routeId, from };
}

/**
 * The value of now, moved away from `end` by less than anyone measures: read back out of a prediction it may be a few
 * bits off, and between two routes that tie each bit counts. An unknown price is approached from where nothing flips.
 */
function startFor(from: number | null, end: number): number {
  if (from === null) return end === 0 ? worst('price') : 0;
  return end > from ? from * (1 - 1e-12) : from * (1 + 1e-12);
}

/** Between two routes that tie the point may come out at the value of now, or a few bits before it. */
function beyond(from: number, end: number, at: number): number {
  return end > from ? Math.max(at, from * (1 + 1e-12)) : Math.min(at, from * (1 - 1e-12));
}

/** Beyond these nothing changes any more: parts are 0 or 1, or as close as doubles come. */
function worst(factor: RouteFactor): number {
  switch (factor) {
    case 'price':
      return 1e6 * cost.maxUsd;
    case 'firstToken':
      return 10 * timing.maxMs;
    case 'speed':
      return 1e-9;
    case 'quality':
      return 0;
  }
}

function best(factor: RouteFactor): number {
  switch (factor) {
    case 'price':
      return 0;
    case 'firstToken':
      return 1e-6;
    case 'speed':
      return 1e12;
    case 'quality':
      return 1;
  }
}

/** The factor's value of now, in the unit in which it is changed. */
function valueOf(ranked: Ranked, factor: RouteFactor, { input }: Situation): number | null {
  const { route, candidate } = ranked;
  switch (factor) {
    case 'price':
      return candidate.expected.costUsd;
    case 'quality':
      return candidate.parts.capability;
    case 'firstToken':
      return believedTimes(route, 0).firstTokenMs;
    case 'speed': {
      const [none, thousand] = [believedTimes(route, 0), believedTimes(route, 1000)];
      return input.task.outputTokens > 0 ? 1e6 / (thousand.totalMs - none.totalMs) : null;
    }
  }
}

/** As selection reckons them for a short prompt, without the slowdown of poor health. */
function believedTimes({ performance }: RouteFacts, outputTokens: number) {
  return expectedTimes(performance, { input: 0, output: outputTokens }, 1, timing);
}
