/**
 * `npm run simulate -- balancing`: load distribution on real traces in virtual time, the engine's own code beside the
 * published policies. Each figure is the median of paired seeds; `p95Ratio` is ours over the policy with its bootstrap
 * interval, `off` the largest relative difference to the reference table of the design. Same code, same bytes.
 */
import type { Measured, Row as ReportRow } from '../bench/report.ts';
import { measureLoop } from './balancing/batches.ts';
import { bars, deviation, standingOf, type Standing } from './balancing/bars.ts';
import { compare, type Row, type Scene, type Sizes } from './balancing/comparison.ts';
import { slowing, worstAndMiddle, wrongCoefficients } from './balancing/robustness.ts';

export const name = 'balancing';

const sizes: Sizes = { seeds: 8, sessions: 400, calls: Infinity };

export function run(): Promise<Measured> {
  const scenes = compare(sizes);
  const standings = scenes.map(standingOf);
  const wrong = wrongCoefficients(sizes);
  const { callsToLose, secondsToRegain } = slowing(sizes);
  const [lose, regain] = [worstAndMiddle(callsToLose), worstAndMiddle(secondsToRegain)];
  return Promise.resolve({
    seeds: sizes.seeds,
    sessions: sizes.sessions,
    ...Object.assign({}, ...standings.map(figuresOf)),
    wrongCoefficientsMean: digits(wrong),
    callsToLoseShare: lose.middle,
    callsToLoseShareWorst: lose.worst,
    secondsToRegainShare: digits(regain.middle),
    secondsToRegainShareWorst: digits(regain.worst),
    ...measureLoop(),
    passes:
      standings.every(({ passes }) => passes) &&
      wrong <= bars.wrongCoefficients &&
      lose.worst <= bars.callsToLoseShare &&
      regain.worst <= bars.secondsToRegainShare,
    rows: scenes.flatMap((scene) => scene.rows.map((row) => reportRow(scene, row))),
    seed: 1,
  });
}

function figuresOf(standing: Standing): Record<string, number | null> {
  const at = `${standing.trace}${standing.load === null ? '' : ` ${standing.load}`}`;
  return {
    [`${at}: p95 over peers of our cost`]:
      standing.p95AtOurCost === null ? null : digits(standing.p95AtOurCost),
    [`${at}: p95 over any peer`]: digits(standing.p95AtAnyCost),
    [`${at}: mean over any peer`]: digits(standing.mean),
    [`${at}: p99 over any peer`]: digits(standing.p99),
  };
}

function reportRow({ trace, load }: Scene, row: Row): ReportRow {
  const { meanS, p95S, p99S, cost, p95Ratio, policy } = row;
  const isReproduced = trace === 'claude-code' && load === 0.03;
  const off = isReproduced ? deviation(row) : null;
  return {
    ...{ trace, policy, load },
    ...{ meanS: digits(meanS), p95S: digits(p95S), p99S: digits(p99S), cost: digits(cost) },
    p95Ratio: digits(p95Ratio.value),
    interval: `${p95Ratio.low.toFixed(3)} to ${p95Ratio.high.toFixed(3)}`,
    off: off === null ? null : digits(off),
  };
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
