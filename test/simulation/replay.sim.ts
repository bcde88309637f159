/**
 * `npm run simulate -- replay`: does the what-if tell the truth? In each of many worlds a log is made under two policies and
 * the estimate for another is held against what that policy truly does on new tasks: the error in points of success,
 * the relative error of cost, and how often the 95 % interval holds the truth. Worlds in which the log says too little
 * are counted, not judged: there the answer is "not enough data"; nor are those in which hardly a task would move.
 * One seed, the same bytes.
 */
import { estimatePolicy } from '@task-router/daemon/engine';
import type { Measured, Row } from '../bench/report.ts';
import { Randomness } from './base/randomness.ts';
import { median } from './base/statistics.ts';
import { World, type Policy } from './replay/world.ts';

export const name = 'replay';

const seed = 11;
const worlds = 100;
const logged = 2_000;
const fresh = 4_000;
/** Where fewer tasks would move, any estimate is right: such worlds are not judged. */
const leastMoved = 0.05;

/** Weights a developer may have set; the log holds two of them, one after the other. */
function anyPolicy(random: Randomness): Policy {
  const [capability, performance, resources, history] = random.dirichlet(4, 1.5) as [
    number,
    number,
    number,
    number,
  ];
  return { weights: { capability, performance, resources, history } };
}

const changes: readonly { readonly name: string; readonly policyFor: (random: Randomness) => Policy }[] = [
  { name: 'other weights', policyFor: anyPolicy },
  { name: 'objective quality', policyFor: () => ({ objective: 'quality' }) },
  { name: 'objective cost', policyFor: () => ({ objective: 'cost' }) },
  { name: 'a cost cap', policyFor: (random) => ({ ...anyPolicy(random), maxCostPerTaskUsd: 0.01 }) },
];

interface Judged {
  readonly error: number;
  readonly costError: number;
  readonly covered: boolean;
  readonly costCovered: boolean;
  readonly moved: number;
  /** Error of the naive answer: the mean of those logged tasks that would not move. */
  readonly naiveError: number;
}

export function run(): Promise<Measured> {
  const random = new Randomness(seed);
  const rows: Row[] = [];
  const all: Judged[] = [];
  let refused = 0;
  for (const change of changes) {
    const seen = Array.from({ length: worlds }, (_, at) =>
      judge(change.policyFor, random.fork(`${change.name} ${at}`)),
    );
    const judged = seen.filter((each) => typeof each === 'object');
    const notEnoughData = seen.filter((each) => each === 'notEnoughData').length;
    refused += notEnoughData;
    all.push(...judged);
    rows.push({ change: change.name, notEnoughData, ...figures(judged) });
  }
  const overall = figures(all);
  const coverage = Number(overall['coverage']);
  const meanErrorPoints = Number(overall['meanErrorPoints']);
  return Promise.resolve({
    worlds: worlds * changes.length,
    logged,
    notEnoughData: refused,
    meanErrorPoints,
    errorPointsBar: 2,
    withinTwoPoints: share(all, ({ error }) => error <= 0.02),
    naiveMeanErrorPoints: points(all.map(({ naiveError }) => naiveError)),
    coverage,
    coverageBar: 0.9,
    medianCostError: Number(overall['medianCostError']),
    costCoverage: Number(overall['costCoverage']),
    passes: meanErrorPoints <= 2 && coverage >= 0.9,
    rows,
    seed,
  });
}

/** Else: there is not enough data, or hardly a task would move. */
function judge(
  policyFor: (random: Randomness) => Policy,
  random: Randomness,
): Judged | 'notEnoughData' | 'tooEasy' {
  const world = new World(random.fork('world'));
  const tasks = random.fork('log');
  const policies = random.fork('policies');
  const [first, second, policy] = [anyPolicy(policies), anyPolicy(policies), policyFor(policies)];
  const choices = Array.from({ length: logged }, (_, at) =>
    world.log(at < logged / 2 ? first : second, policy, tasks),
  );
  const stayed = choices.filter(({ target, routeId }) => target.some((each) => each.routeId === routeId));
  const moved = 1 - stayed.length / choices.length;
  if (moved < leastMoved) return 'tooEasy';
  const estimate = estimatePolicy(choices);
  const { success, costUsd } = estimate.figures;
  if (success.after === null || costUsd.after === null) return 'notEnoughData';
  const truth = world.truth(policy, fresh, random.fork('truth'));
  const naive = stayed.reduce((sum, { outcome }) => sum + outcome.success, 0) / Math.max(1, stayed.length);
  return {
    error: Math.abs(success.after.value - truth.success),
    costError: Math.abs(costUsd.after.value / truth.costUsd - 1),
    covered: success.after.low <= truth.success && truth.success <= success.after.high,
    costCovered: costUsd.after.low <= truth.costUsd && truth.costUsd <= costUsd.after.high,
    moved,
    naiveError: Math.abs(naive - truth.success),
  };
}

function figures(judged: readonly Judged[]): Row {
  if (judged.length === 0) return { judged: 0 };
  return {
    judged: judged.length,
    movedShare: Number(median(judged.map(({ moved }) => moved)).toFixed(2)),
    meanErrorPoints: points(judged.map(({ error }) => error)),
    coverage: share(judged, ({ covered }) => covered),
    medianCostError: Number(median(judged.map(({ costError }) => costError)).toFixed(4)),
    costCoverage: share(judged, ({ costCovered }) => costCovered),
  };
}

function points(errors: readonly number[]): number {
  return Number(
    ((100 * errors.reduce((sum, error) => sum + error, 0)) / Math.max(1, errors.length)).toFixed(2),
  );
}

function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return Number((items.filter(holds).length / Math.max(1, items.length)).toFixed(3));
}
