/**
 * What goes wrong on purpose: laws that start wrong, a route that slows to a third and recovers, and the other route that
 * stands still for minutes. The last two run without any other slowdown, so that what is seen has one cause.
 */
import { median } from '../base/statistics.ts';
import { measureOurs, type Sizes } from './comparison.ts';
import { ours } from './policies/ours.ts';
import type { CreatePolicy } from './policies/policy.ts';
import { runPolicy, type Choice } from './run-policy.ts';
import { loadTrace } from './traces.ts';
import { codingSessions, recorded } from './workloads.ts';
import { law, routes, type Episode } from './world.ts';

const load = 0.03;
/** Twice, half, half and none of the true coefficients. */
const wrongStart = [2 * law.start, law.perOutput / 2, law.perUncached / 2, 0] as const;

/** Mean of a run that starts with wrong coefficients over the mean of one that starts with the engine's own. */
export function wrongCoefficients({ seeds, sessions }: Sizes): number {
  const workloads = seedsOf(seeds).map((seed) => codingSessions(seed, load, sessions));
  return measureOurs(workloads, { start: wrongStart }).meanS / measureOurs(workloads).meanS;
}

export interface Slowing {
  /** Calls sent to the route after it slowed, until it had lost half of its share; per seed. */
  readonly callsToLose: readonly number[];
  /** Seconds from its recovery until it had four fifths of its share again; per seed. */
  readonly secondsToRegain: readonly number[];
}

/** The fastest one. */
const slowedRoute = 0;
const slowed = { fromS: 600, toS: 1_000, factor: 1 / 3 };
/** Choices that a share is taken over: few where it must be seen to fall, more where luck must not look like a return. */
const windows = { lose: 12, regain: 40 } as const;
/** Slows the arrivals down, so that no route is left for want of slots. */
const stretch = 8;

/**
 * A route slows to a third for some minutes, under calls that belong to no conversation: those that do stay for a while
 * with the prefix that they have elsewhere, whatever the route is worth.
 */
export function slowing({ seeds }: Sizes): Slowing {
  const results = seedsOf(seeds).map((seed) => watched(ours({ lambda: 0.05 }), seed));
  return {
    callsToLose: results.map(({ callsToLose }) => callsToLose),
    secondsToRegain: results.map(({ secondsToRegain }) => secondsToRegain),
  };
}

export function worstAndMiddle(values: readonly number[]): { worst: number; middle: number } {
  return { worst: Math.max(...values), middle: median(values) };
}

function watched(create: CreatePolicy, seed: number): { callsToLose: number; secondsToRegain: number } {
  const episodes: readonly Episode[][] = routes.map((_, at) => (at === slowedRoute ? [slowed] : []));
  const choices: Choice[] = [];
  const calls = loadTrace('azure-conv')
    .slice(0, 1_200)
    .map((call) => ({ ...call, gapS: stretch * call.gapS }));
  runPolicy(create, { ...recorded(seed, calls), episodes }, (choice) => choices.push(choice));
  const before = shareOf(choices.filter(({ atS }) => atS >= slowed.fromS - 300 && atS < slowed.fromS));
  const lostS = firstS(choices, { fromS: slowed.fromS, count: windows.lose }, (share) => share <= before / 2);
  const regainedS = firstS(
    choices,
    { fromS: slowed.toS, count: windows.regain },
    (share) => share >= 0.8 * before,
  );
  const sentTo = choices.filter(
    ({ route, atS }) => route === slowedRoute && atS >= slowed.fromS && atS < lostS,
  );
  return { callsToLose: sentTo.length, secondsToRegain: regainedS - slowed.toS };
}

/** From when on the share of the next choices meets the condition. */
function firstS(
  choices: readonly Choice[],
  { fromS, count }: { readonly fromS: number; readonly count: number },
  isMet: (share: number) => boolean,
): number {
  const start = choices.findIndex(({ atS }) => atS >= fromS);
  for (let at = start; at + count <= choices.length; at += 1) {
    if (isMet(shareOf(choices.slice(at, at + count)))) return choices[at]!.atS;
  }
  return Infinity;
}

function shareOf(choices: readonly Choice[]): number {
  return choices.filter(({ route }) => route === slowedRoute).length / Math.max(1, choices.length);
}

function seedsOf(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
