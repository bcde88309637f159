/**
 * "What would have to be different?": for each factor of a decision the smallest change that makes another route the
 * chosen one. Found by inverting the engine's own score, term by term: weights in closed form, the facts of one route
 * on their monotone terms, the prompt's size by a search that skips only what is proven. No factor is listed for which
 * no value flips, and each point is held against a full decision before it is told: applied it flips, and just short
 * of it it does not.
 *
 * For the decision card, not for the decision: it costs a few milliseconds at 100 routes (bench `decide`).
 */
import type { Selection, SelectionInput } from '../model/selection.ts';
import { applyFlip, weightNames, type FlipFactor, type FlipPoint } from './flips/flip-point.ts';
import { promptFlips } from './flips/prompt-size.ts';
import { chosenFlip, leavingFlip, routeFactors, rivalFlip } from './flips/route-factors.ts';
import { situationOf, type Situation } from './flips/situation.ts';
import { weightFlip } from './flips/weight-flips.ts';
import { flipSentence } from './flips/words.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

export { type FlipFactor, type FlipPoint } from './flips/flip-point.ts';

/** This many of the next routes are asked about. */
const nextRoutes = 3;

/**
 * Nearest first. Empty when nothing was chosen or could be chosen instead, and when exploration made the choice: then
 * it was no comparison that decided.
 * @param selection what `selectPrimaryRoute` made of just this input
 */
export function flipPoints(input: SelectionInput, selection: Selection): FlipPoint[] {
  if (selection.exploration?.explored === true) return [];
  const { exploration: _, ...plain } = input;
  const situation = situationOf(plain, selection);
  if (situation === null) return [];
  return found(situation)
    .flatMap((each) => proven(situation, each))
    .sort((a, b) => a.distance - b.distance);
}

/** The input with a flip point applied, for a second look: `selectPrimaryRoute` of it chooses `flip.becomes`. */
export function withFlip(
  input: SelectionInput,
  flip: Pick<FlipPoint, 'factor' | 'of' | 'to'>,
  selection: Pick<Selection, 'weights'>,
): SelectionInput {
  return applyFlip(input, flip, selection.weights);
}

interface Found {
  readonly factor: FlipFactor;
  readonly of: string | null;
  readonly from: number | null;
  readonly at: number;
  readonly before: number;
  /** Which route must win; null: any other than the chosen one. */
  readonly winner: string | null;
}

function found(situation: Situation): Found[] {
  const rivals = situation.others.slice(0, nextRoutes);
  const all: (Found | null)[] = [
    ...routeFactors.map((factor) => tagged(chosenFlip(situation, factor), { winner: null })),
    ...rivals.flatMap((rival) => {
      const winner = rival.route.routeId;
      return [
        ...routeFactors.flatMap((factor) => [
          tagged(rivalFlip(situation, rival, factor), { winner }),
          tagged(leavingFlip(situation, rival, factor), { winner: null }),
        ]),
        ...weightNames.map((name) =>
          tagged(weightFlip(situation, rival, name), { factor: `weight.${name}` as const, of: null, winner }),
        ),
      ];
    }),
    ...promptFlips(situation).map((flip) =>
      tagged(flip, { factor: 'promptTokens' as const, of: null, winner: null }),
    ),
  ];
  return all.filter((each) => each !== null);
}

function tagged<Threshold, Tag>(threshold: Threshold | null, tag: Tag): (Threshold & Tag) | null {
  return threshold === null ? null : { ...threshold, ...tag };
}

/** Two full decisions: at the point another route is chosen, and just before it not yet. */
function proven(situation: Situation, { factor, of, from, at, before, winner }: Found): FlipPoint[] {
  const chosen = situation.chosen.route.routeId;
  const decided = (to: number) =>
    selectPrimaryRoute(applyFlip(situation.input, { factor, of, to }, situation.weights), situation.prepared)
      .chosen;
  const becomes = decided(at);
  const holds =
    winner === null
      ? becomes !== chosen && decided(before) === chosen
      : becomes === winner && decided(before) !== winner;
  if (becomes === null || !holds) return [];
  const flip = { factor, of, from, to: at, before, becomes };
  return [{ ...flip, distance: distanceOf(flip), sentence: flipSentence(flip) }];
}

function distanceOf({ factor, from, to }: Pick<FlipPoint, 'factor' | 'from' | 'to'>): number {
  if (from === null) return 1;
  const change = Math.abs(to - from);
  switch (factor) {
    case 'price':
    case 'firstToken':
    case 'speed':
    case 'promptTokens':
      return change / Math.max(from, to, Number.MIN_VALUE);
    default:
      return change;
  }
}
