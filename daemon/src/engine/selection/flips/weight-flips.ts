/**
 * Flip points of a weight, the others keeping their proportions. Every score is then a straight line in that weight, so
 * the weights at which a route comes first are one interval, and its ends are quotients of differences: closed form.
 */
import { clampUnit } from '../../math/clamp.ts';
import type { Weights } from '../../model/policy.ts';
import type { ScoreParts } from '../../model/selection.ts';
import type { Ranked } from '../ranked.ts';
import { calculateRouteScore } from '../score.ts';
import { isGated } from '../gate.ts';
import type { Threshold } from './bisect.ts';
import { movedWeights } from './flip-point.ts';
import { comesBefore, type Situation } from './situation.ts';

export interface WeightFlip extends Threshold {
  readonly from: number;
}

/** The nearest value of the weight at which `rival` comes before every other route; null: there is none. */
export function weightFlip(situation: Situation, rival: Ranked, name: keyof Weights): WeightFlip | null {
  const { chosen, others, weights, input } = situation;
  // Tier and gate stand above every score, so above every weight.
  const peers = [chosen, ...others].filter(
    (each) => each !== rival && each.tier === rival.tier && isGated(each) === isGated(rival),
  );
  if (!peers.includes(chosen)) return null;
  const from = weights[name];
  const holds = (value: number) =>
    value >= 0 &&
    value <= 1 &&
    winsAt(rival, peers, { at: movedWeights(weights, name, value), seed: input.seed });
  const range = winningRange(rival, peers, { name, weights, seed: input.seed });
  const crossing = range === null ? null : enter(range, from);
  if (crossing !== null && holds(crossing.at)) return { from, ...crossing };
  return edgeOf(from, holds);
}

/** The nearer end of the range, a margin inside of it and one short of it; null where it begins at 0 or 1. */
function enter({ low, high }: WinningRange, from: number): Threshold | null {
  const goesUp = from <= low.at;
  const end = goesUp ? low : high;
  if (end.slope === 0 || (!goesUp && from < high.at)) return null;
  // Within this of the crossing, rounding decides; beyond it, the lines do.
  const margin = Math.max(1e-12, 1e-15 / Math.abs(end.slope));
  if (2 * margin > high.at - low.at) return null;
  const inwards = goesUp ? margin : -margin;
  return { at: end.at + inwards, before: clampUnit(end.at - inwards) };
}

/** At the very end of the scale a part counts for nothing, or alone, and routes may tie that tie nowhere else. */
function edgeOf(from: number, holds: (value: number) => boolean): WeightFlip | null {
  const edges = [
    { at: 0, before: Math.min(from, 1e-9) },
    { at: 1, before: Math.max(from, 1 - 1e-9) },
  ].filter(({ at }) => at !== from && holds(at));
  const [nearest] = edges.sort((a, b) => Math.abs(a.at - from) - Math.abs(b.at - from));
  return nearest === undefined ? null : { from, ...nearest };
}

interface WinningRange {
  readonly low: Crossing;
  readonly high: Crossing;
}

interface Crossing {
  readonly at: number;
  /** Of the lead over the route that is crossed there; 0: an end of 0..1, where no route is. */
  readonly slope: number;
}

interface Along {
  readonly name: keyof Weights;
  readonly weights: Weights;
  readonly seed: number;
}

/** Where the lead over every peer is positive: it is linear, from `lead(0)` to `lead(1)`. */
function winningRange(rival: Ranked, peers: readonly Ranked[], along: Along): WinningRange | null {
  let [low, high]: [Crossing, Crossing] = [
    { at: 0, slope: 0 },
    { at: 1, slope: 0 },
  ];
  const [none, all] = [
    movedWeights(along.weights, along.name, 0),
    movedWeights(along.weights, along.name, 1),
  ];
  for (const peer of peers) {
    const lead = (by: Weights) => scoreBy(rival, by) - scoreBy(peer, by);
    const [first, last] = [lead(none), lead(all)];
    const slope = last - first;
    if (first <= 0 && last <= 0) {
      // Equal all along: the draw decides, whatever the weight.
      if (first === 0 && last === 0 && comesBefore(sameScore(rival, peer), peer, along.seed)) continue;
      return null;
    }
    const at = first / (first - last);
    if (first <= 0 && at > low.at) low = { at, slope };
    if (last <= 0 && at < high.at) high = { at, slope };
  }
  return low.at < high.at ? { low, high } : null;
}

function winsAt(
  rival: Ranked,
  peers: readonly Ranked[],
  { at, seed }: { readonly at: Weights; readonly seed: number },
): boolean {
  const own = withScore(rival, scoreBy(rival, at));
  return peers.every((peer) => comesBefore(own, withScore(peer, scoreBy(peer, at)), seed));
}

function scoreBy({ candidate }: Ranked, weights: Weights): number {
  const parts: ScoreParts = candidate.parts;
  return calculateRouteScore({ parts, weights }).score;
}

function sameScore(ranked: Ranked, other: Ranked): Ranked {
  return withScore(ranked, other.candidate.score);
}

function withScore(ranked: Ranked, score: number): Ranked {
  return { ...ranked, candidate: { ...ranked.candidate, score } };
}
