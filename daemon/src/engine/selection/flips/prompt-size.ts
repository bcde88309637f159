/**
 * Flip points of the prompt's size, the answer's size staying as it is: the nearest larger and the nearest smaller
 * number of tokens at which another route is chosen. Sizes at which a filter begins or ceases to object (windows, cost
 * caps) divide them into ranges in which the same routes stand; within a range only scores can decide.
 */
import { cost } from '../../config/selection.ts';
import { assumedContextWindow } from '../../config/tokens.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { SelectionInput } from '../../model/selection.ts';
import { expectedOf, inputTokenFactor, reckonedCostUsd } from '../expected.ts';
import { costCaps } from '../filters/index.ts';
import type { Ranked } from '../ranked.ts';
import { selectPrimaryRoute } from '../select-primary-route.ts';
import { isGated } from '../gate.ts';
import { lastHolding } from './bisect.ts';
import { comesBefore, rescored, situationOf, type Situation } from './situation.ts';
import { hasSameSizeCurve, sizeCorners } from './size-curve.ts';
import { nearestFlip } from './size-search.ts';

export interface SizeFlip {
  readonly from: number;
  readonly at: number;
  readonly before: number;
}

/** No prompt is looked for beyond this. */
const maxTokens = 20_000_000;

/** The nearest larger and the nearest smaller size, where there are any. */
export function promptFlips(situation: Situation): SizeFlip[] {
  const from = situation.input.task.inputTokens;
  if (!Number.isSafeInteger(from) || from < 0 || from > maxTokens) return [];
  const starts = rangeStarts(situation);
  return [promptFlip(situation, starts, 'larger'), promptFlip(situation, starts, 'smaller')].filter(
    (flip) => flip !== null,
  );
}

function promptFlip(
  situation: Situation,
  starts: readonly number[],
  direction: 'larger' | 'smaller',
): SizeFlip | null {
  const from = situation.input.task.inputTokens;
  const step = direction === 'larger' ? 1 : -1;
  for (const { near, far } of rangesFrom(from, starts, direction)) {
    const at = flipWithin(situation, near, far);
    if (at !== null) return { from, at, before: at - step };
  }
  return null;
}

/** The first flip in a range in which no filter changes its mind. */
function flipWithin(situation: Situation, near: number, far: number): number | null {
  const { chosen, weights } = situation;
  const input = sized(situation.input, near);
  const there = situationOf(input, selectPrimaryRoute(input, situation.prepared));
  if (there === null) return null;
  if (there.chosen.route.routeId !== chosen.route.routeId) return near;
  const peers = there.others.filter(
    (each) =>
      each.tier === there.chosen.tier &&
      isGated(each) === isGated(there.chosen) &&
      !hasSameSizeCurve(each, there.chosen),
  );
  return peers.reduce<number | null>((nearest, rival) => {
    const range = { near, far: nearest ?? far };
    const duel = {
      chosen: there.chosen,
      rival,
      task: input.task,
      weights,
      flipsAt: (tokens: number) => isAhead(situation, rival, tokens),
    };
    return nearestFlip(duel, range) ?? nearest;
  }, null);
}

function isAhead(situation: Situation, rival: Ranked, tokens: number): boolean {
  const task = { ...situation.input.task, inputTokens: tokens };
  const [own, other] = [situation.chosen, rival].map((each) => rescored(situation, each, each.route, task));
  return own != null && other != null && comesBefore(other, own, situation.input.seed);
}

/** Each size at which a new range begins, rising; every filter and every corner has its own. */
function rangeStarts({ input, policy, prepared }: Situation): readonly number[] {
  const { task, routes } = input;
  const standing = routes.filter((_, index) => prepared.routes[index]?.rejection === null);
  const caps = costCaps({ task, policy }).map(({ value }) => value);
  const least = Math.min(...caps);
  const windows = standing.flatMap((route) => {
    const factor = inputTokenFactor(route);
    const last = ((route.contextWindow ?? assumedContextWindow) - task.outputTokens) / factor;
    // A quotient may be a bit off: then the sizes around it are ranges of their own.
    return factor === 1 ? [last] : [last - 1, last, last + 1];
  });
  const affordable = caps.length === 0 ? [] : standing.map((route) => lastAffordable(input, route, least));
  const starts = [
    ...sizeCorners(task, standing),
    ...[...windows, ...affordable].map((last) => Math.floor(last) + 1),
  ];
  const inRange = starts.filter((start) => start > 0 && start <= maxTokens);
  return [...new Set([0, ...inRange, maxTokens])].sort((a, b) => a - b);
}

/** The largest prompt within the cap: solved for, then settled to the token, because cost rises with every token. */
function lastAffordable({ task }: SelectionInput, route: RouteFacts, capUsd: number): number {
  const isAffordable = (tokens: number) => {
    const sizedTask = { ...task, inputTokens: tokens };
    return reckonedCostUsd(sizedTask, expectedOf(sizedTask, route)) <= capUsd;
  };
  if (isAffordable(maxTokens)) return maxTokens;
  if (!isAffordable(0)) return -1;
  const { inputPerMTok, outputPerMTok } = route.prices ?? cost.assumedPrices;
  const factor = route.prices === null ? 1 : inputTokenFactor(route);
  const guess = Math.floor((capUsd * 1e6 - task.outputTokens * outputPerMTok) / (inputPerMTok * factor));
  const isClose = guess > 2 && guess < maxTokens - 2 && isAffordable(guess - 2) && !isAffordable(guess + 2);
  return isClose ? lastHolding(guess - 1, guess + 1, isAffordable) : lastHolding(0, maxTokens, isAffordable);
}

/** Ranges from the size of now outwards, each with its nearer end first. */
function rangesFrom(
  from: number,
  starts: readonly number[],
  direction: 'larger' | 'smaller',
): { readonly near: number; readonly far: number }[] {
  const ranges = starts.flatMap((start, index) => {
    const next = starts[index + 1];
    return next === undefined ? [] : [{ low: start, high: next - 1 }];
  });
  return direction === 'larger'
    ? ranges
        .filter(({ high }) => high > from)
        .map(({ low, high }) => ({ near: Math.max(low, from + 1), far: high }))
    : ranges
        .filter(({ low }) => low < from)
        .map(({ low, high }) => ({ near: Math.min(high, from - 1), far: low }))
        .reverse();
}

function sized(input: SelectionInput, inputTokens: number): SelectionInput {
  return { ...input, task: { ...input.task, inputTokens } };
}
