/**
 * Ours beside every peer on every trace: medians over paired seeds, bootstrap intervals of the ratios, and the bars that
 * the project set itself. The same sizes give the same figures to the last digit.
 */
import { bootstrap, median, type Interval } from '../base/statistics.ts';
import { ours } from './policies/ours.ts';
import { peers } from './policies/peers.ts';
import type { CreatePolicy } from './policies/policy.ts';
import { reference } from './policies/reference.ts';
import { quantile, runPolicy, type Workload } from './run-policy.ts';
import { loadTrace } from './traces.ts';
import { codingSessions, recorded } from './workloads.ts';

export type Figures = Readonly<Record<'meanS' | 'p95S' | 'p99S' | 'cost', number>>;

export interface Sizes {
  readonly seeds: number;
  /** Of the closed coding trace; the reference table has 400. */
  readonly sessions: number;
  /** The first calls of each open trace; Infinity: all. */
  readonly calls: number;
}

export interface Scene {
  readonly trace: string;
  /** Sessions a second; null: as recorded. */
  readonly load: number | null;
  readonly rows: readonly Row[];
}

export interface Row extends Figures {
  readonly policy: string;
  readonly isPeer: boolean;
  /** Ours over this one, paired by seed; below 1 is better for us. */
  readonly p95Ratio: Interval;
}

/** Seconds per 1,000 price units; the engine's default and the reference's. */
const lambda = 0.05;
export const oursName = 'ours';
const references: Readonly<Record<string, CreatePolicy>> = {
  'reference ECT, lambda 0': reference({ lambda: 0, decays: true }),
  'reference ECT, lambda .05': reference({ lambda, decays: true }),
  'reference ECT, lambda .2': reference({ lambda: 0.2, decays: true }),
  'reference ECT, no decay': reference({ lambda: 0, decays: false }),
};
const loads = [0.03, 0.045] as const;
const failingShare = 0.03;
const openTraces = ['azure-code', 'azure-conv', 'mooncake'] as const;

export function compare(sizes: Sizes): readonly Scene[] {
  const seeds = Array.from({ length: sizes.seeds }, (_, at) => at + 1);
  const coding = loads.map((load) => {
    const workloads = seeds.map((seed) => codingSessions(seed, load, sizes.sessions));
    return { trace: 'claude-code', load, rows: rowsOf(workloads) };
  });
  const failing = {
    ...{ trace: 'claude-code, 3 % of calls fail', load: loads[0] },
    rows: rowsOf(
      seeds.map((seed) => ({ ...codingSessions(seed, loads[0], sizes.sessions), failing: failingShare })),
    ),
  };
  const open = openTraces.map((trace) => {
    const calls = loadTrace(trace).slice(0, sizes.calls);
    return { trace, load: null, rows: rowsOf(seeds.map((seed) => recorded(seed, calls))) };
  });
  return [...coding, failing, ...open];
}

/** The same workloads under ours with the options given; for what is varied alone. */
export function measureOurs(
  workloads: readonly Workload[],
  options: Partial<Parameters<typeof ours>[0]> = {},
): Figures {
  return middle(workloads.map((workload) => measure(ours({ lambda, ...options }), workload)));
}

function rowsOf(workloads: readonly Workload[]): Row[] {
  const own = workloads.map((workload) => measure(ours({ lambda }), workload));
  const row = (policy: string, isPeer: boolean, figures: readonly Figures[]): Row => ({
    policy,
    isPeer,
    ...middle(figures),
    p95Ratio: bootstrap(
      own.map((each, at) => ({ own: each.p95S, other: figures[at]!.p95S })),
      (sample) => median(sample.map((each) => each.own)) / median(sample.map((each) => each.other)),
    ),
  });
  const others = (policies: Readonly<Record<string, CreatePolicy>>, isPeer: boolean) =>
    Object.entries(policies).map(([policy, create]) =>
      row(
        policy,
        isPeer,
        workloads.map((workload) => measure(create, workload)),
      ),
    );
  return [row(oursName, false, own), ...others(peers, true), ...others(references, false)];
}

function measure(create: CreatePolicy, workload: Workload): Figures {
  const { latenciesS, cost } = runPolicy(create, workload);
  const meanS = latenciesS.reduce((sum, each) => sum + each, 0) / latenciesS.length;
  return { meanS, p95S: quantile(latenciesS, 0.95), p99S: quantile(latenciesS, 0.99), cost };
}

function middle(figures: readonly Figures[]): Figures {
  const of = (measure: keyof Figures) => median(figures.map((each) => each[measure]));
  return { meanS: of('meanS'), p95S: of('p95S'), p99S: of('p99S'), cost: of('cost') };
}
