/**
 * What ours must reach, and how far it is: against peers of the same cost and of any cost on coding sessions, never far
 * behind anybody elsewhere, and how near the re-implemented peers come to the table they were checked against.
 */
import { oursName, type Figures, type Row, type Scene } from './comparison.ts';

export const bars = {
  /** Ours over any peer that costs no more than ours plus 1 %, and over any peer at all. */
  p95AtOurCost: 0.75,
  p95AtAnyCost: 0.85,
  /** Mean and p99 over the best peer's on coding sessions, and everything over the best peer's elsewhere. */
  meanAndP99: 1,
  elsewhere: 1.05,
  wrongCoefficients: 1.05,
  callsToLoseShare: 8,
  secondsToRegainShare: 300,
} as const;

const sameCost = 1.01;

export interface Standing {
  readonly trace: string;
  readonly load: number | null;
  /** Worst ratio of ours to a peer, and whose. */
  readonly p95AtOurCost: number | null;
  readonly p95AtAnyCost: number;
  readonly mean: number;
  readonly p99: number;
  readonly passes: boolean;
}

export function standingOf({ trace, load, rows }: Scene): Standing {
  const own = rows.find(({ policy }) => policy === oursName)!;
  const all = rows.filter(({ isPeer }) => isPeer);
  const cheap = all.filter(({ cost }) => cost <= own.cost * sameCost);
  const p95AtOurCost = cheap.length === 0 ? null : worst(own, cheap, 'p95S');
  const p95AtAnyCost = worst(own, all, 'p95S');
  const [mean, p99] = [worst(own, all, 'meanS'), worst(own, all, 'p99S')];
  const isCoding = load !== null;
  const passes = isCoding
    ? (p95AtOurCost ?? 0) <= bars.p95AtOurCost &&
      p95AtAnyCost <= bars.p95AtAnyCost &&
      Math.max(mean, p99) <= bars.meanAndP99
    : Math.max(p95AtAnyCost, mean, p99) <= bars.elsewhere;
  return { trace, load, p95AtOurCost, p95AtAnyCost, mean, p99, passes };
}

function worst(own: Row, others: readonly Row[], measure: keyof Figures): number {
  return Math.max(...others.map((other) => own[measure] / other[measure]));
}

/** The table of the engine's design, at 0.03 sessions a second: mean, p95, p99, cost. */
const published: Readonly<Record<string, readonly [number, number, number, number]>> = {
  random: [25.3, 99, 209, 0.685],
  'round robin': [25.7, 102, 227, 0.688],
  P2C: [15.5, 47.7, 104, 0.63],
  'P2C weighted': [14.6, 44.8, 98.9, 0.606],
  'least request': [14.9, 45.6, 102, 0.615],
  'least request weighted': [13.5, 41.2, 91.1, 0.571],
  'Peak-EWMA 10 s': [16.1, 50, 111, 0.633],
  'Peak-EWMA 300 s': [14.9, 45.6, 101, 0.608],
  C3: [12.7, 38.6, 83.6, 0.543],
  'Prequal-like HCL': [11.1, 32.7, 72.8, 0.433],
  'sticky hash': [15.4, 47.4, 112, 0.22],
  'SGLang 64': [13.2, 39.6, 94.5, 0.22],
  'SGLang 4': [13.3, 39.5, 92.5, 0.259],
  specification: [11.5, 34.4, 76.4, 0.412],
  'specification, pick kept 30 s': [12.1, 36.7, 79.6, 0.4],
  'reference ECT, lambda 0': [9.39, 27, 60.9, 0.262],
  'reference ECT, lambda .05': [9.44, 27.2, 61.9, 0.232],
  'reference ECT, lambda .2': [9.72, 28.5, 64.6, 0.221],
  'reference ECT, no decay': [11.1, 31.8, 65.8, 0.248],
};

/** Largest relative difference to the published row; null: it has none. */
export function deviation(row: Row): number | null {
  const expected = published[row.policy];
  if (expected === undefined) return null;
  const measured = [row.meanS, row.p95S, row.p99S, row.cost];
  return Math.max(...expected.map((value, at) => Math.abs(measured[at]! / value - 1)));
}
