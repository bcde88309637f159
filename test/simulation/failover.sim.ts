/**
 * `npm run simulate -- failover`: detectors and outages on the engine's own code, beside the breakers that gateways and
 * libraries ship and the specification to the letter. Virtual time and seeds: the same code gives the same bytes.
 */
import type { Measured } from '../bench/report.ts';
import { cutCalls } from './failover/detection.ts';
import { bars, compare, type PolicyFigures } from './failover/comparison.ts';
import { transitionsUnderNoise, type Transitions } from './failover/noise.ts';

export const name = 'failover';

const sizes = { runs: 1_500, calls: 400_000, seeds: 200 };
/** A developer's pace. */
const callEveryMs = 10_000;

export function run(): Promise<Measured> {
  const noise = transitionsUnderNoise(0.05, callEveryMs, sizes.runs);
  return Promise.resolve(measured(compare(sizes), noise));
}

function measured(all: readonly PolicyFigures[], noise: Transitions): Measured {
  const own = all.find(({ policy }) => policy === 'ours')!;
  return {
    ...sizes,
    callsToNotice20P95: own.callsToNotice20.p95,
    callsToNotice20P95Bar: bars.callsToNotice20,
    falseAlarmsPer10k: digits(Math.max(own.falseAlarms1, own.falseAlarms2)),
    falseAlarmsPer10kBar: bars.falseAlarmsPer10k,
    callsBurnt: own.refuses.burnt,
    callsBurntBar: bars.callsBurnt,
    recoveryS: digits(own.refuses.recoveryS),
    recoverySBar: bars.recoveryS,
    healthyBenched: digits(own.refuses.benched),
    healthyBenchedBar: bars.benched,
    transitionsIn10MinAt5: noise.p95,
    transitionsIn10MinAt5Bar: bars.transitions,
    transitionsIn10MinAt5Mean: digits(noise.mean),
    passes:
      own.callsToNotice20.p95 <= bars.callsToNotice20 &&
      own.falseAlarms1 <= bars.falseAlarmsPer10k &&
      own.falseAlarms2 <= bars.falseAlarmsPer10k &&
      own.refuses.burnt <= bars.callsBurnt &&
      own.refuses.recoveryS <= bars.recoveryS &&
      noise.p95 <= bars.transitions,
    rows: all.map(row),
    seed: 1,
  };
}

/** `null`: never within the run. */
function row({
  policy,
  refuses,
  hangs,
  partly,
  ...figures
}: PolicyFigures): Record<string, number | string | null> {
  return {
    policy,
    callsBurnt: refuses.burnt,
    callsToNotice20: seen(figures.callsToNotice20.p95),
    callsToNotice20Median: seen(figures.callsToNotice20.p50),
    callsToNotice30: seen(figures.callsToNotice30.p95),
    callsToNotice30Median: seen(figures.callsToNotice30.p50),
    falseAlarmsPer10k: digits(figures.falseAlarms1),
    falseAlarmsPer10kAt2: digits(figures.falseAlarms2),
    recoveryS: digits(refuses.recoveryS),
    recoveryWorstS: digits(refuses.recoveryWorstS),
    hangBurnt: hangs.burnt,
    hangBlind: hangs.blind,
    hangAddedWaitS: digits(hangs.addedWaitS),
    partlyBurnt: partly.burnt,
    visibleErrors: refuses.visibleErrors,
    amplification: digits(refuses.amplification),
    healthyBenched: digits(refuses.benched),
    healthyPassedOver: digits(refuses.passedOver),
  };
}

function seen(calls: number): number | null {
  return calls >= cutCalls ? null : calls;
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
