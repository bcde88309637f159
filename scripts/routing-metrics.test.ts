/** The measures on cases small enough to work out by hand, and on what a random router must get. */
import { describe, expect, it } from 'vitest';
import {
  auroc,
  bootstrap,
  brier,
  calibrationError,
  choiceMeasures,
  curveMeasures,
  pairedBootstrap,
  quantile,
  routeAuc,
  type PairRow,
} from './routing-metrics.ts';
import { createRandom } from './routing/engine.ts';

/** 1,000 rows: the weak model does 400, the strong one 700 of them, 300 of which the weak one fails. */
function pairs(score: (gain: number, random: number) => number): PairRow[] {
  const random = createRandom(3);
  return Array.from({ length: 1_000 }, (_, at) => {
    const weak = at < 400 ? 1 : 0;
    const strong = at < 700 ? 1 : 0;
    return { weak, strong, score: score(strong - weak, random.next()) };
  });
}

describe('curveMeasures', () => {
  it('gives a random router about one half, 50 and 80', () => {
    const runs = Array.from({ length: 40 }, (_, run) =>
      curveMeasures(pairs((_gain, random) => (random * (run + 1)) % 1)),
    );
    const mean = (of: (run: (typeof runs)[number]) => number) =>
      runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
    expect(mean((run) => run.apgr)).toBeCloseTo(0.5, 1);
    expect(Math.abs(mean((run) => run.cpt50) - 50)).toBeLessThan(3);
    expect(Math.abs(mean((run) => run.cpt80) - 80)).toBeLessThan(3);
  });

  it('gives a router that knows the gain the whole gap within the share that gains', () => {
    const { apgr, cpt50, cpt80 } = curveMeasures(pairs((gain, random) => gain + 0.001 * random));
    // All of the gap is won within the first 30 % of the calls: the area is 1 - 0.3 / 2.
    expect(apgr).toBeCloseTo(0.85, 2);
    expect(cpt50).toBeCloseTo(15, 0);
    expect(cpt80).toBeCloseTo(24, 0);
  });

  it('turns with the score', () => {
    const { apgr } = curveMeasures(pairs((gain, random) => -gain + 0.001 * random));
    expect(apgr).toBeLessThan(0.2);
  });

  it('collapses ties: a constant score leaves only all and none', () => {
    expect(curveMeasures(pairs(() => 0.3)).apgr).toBeCloseTo(0.5, 12);
  });
});

describe('routeAuc', () => {
  const row = (score: number, gain: number, strongUsd: number): PairRow => ({
    score,
    weak: 0,
    strong: gain,
    weakUsd: 0,
    strongUsd,
  });
  it('runs over cost, not over calls', () => {
    // Worked out: the dear row without gain last: after 1 of 4 dollars the whole gain is there.
    expect(routeAuc([row(2, 1, 1), row(1, 0, 3)])).toBeCloseTo(0.125 + 0.75, 12);
    expect(routeAuc([row(1, 1, 1), row(2, 0, 3)])).toBeCloseTo(0.125, 12);
  });
});

describe('choiceMeasures', () => {
  it('counts performance, money and regret', () => {
    const { avgPerf, totalUsd, cumReg } = choiceMeasures([
      { chosen: 0, outcomes: [1, 1], costsUsd: [2, 1] },
      { chosen: 1, outcomes: [1, 0.5], costsUsd: [1, 0] },
    ]);
    expect(avgPerf).toBe(75);
    expect(totalUsd).toBe(2);
    // 0.9 - 0.8, and 0.9 - 0.5.
    expect(cumReg).toBeCloseTo(0.5, 12);
  });
});

describe('forecasts', () => {
  const forecasts = [
    { chance: 0.1, outcome: 0 },
    { chance: 0.4, outcome: 1 },
    { chance: 0.4, outcome: 0 },
    { chance: 0.9, outcome: 0.6 },
  ];
  it('counts a tie half in AUROC', () => {
    // Pairs success-failure: .4 > .1, .4 = .4, .9 > .1, .9 > .4: 3.5 of 4.
    expect(auroc(forecasts)).toBeCloseTo(3.5 / 4, 12);
  });
  it('squares errors', () => {
    expect(brier(forecasts)).toBeCloseTo((0.01 + 0.36 + 0.16 + 0.09) / 4, 12);
  });
  it('compares means bin by bin', () => {
    expect(calibrationError(forecasts)).toBeCloseTo((0.1 + 0.2 + 0.3) / 4, 12);
    expect(calibrationError([{ chance: 1, outcome: 1 }])).toBe(0);
  });
});

describe('bootstrap', () => {
  const rows = Array.from({ length: 400 }, (_, at) => at % 2);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  it('holds the value inside an interval as wide as theory has it, the same every time', () => {
    const interval = bootstrap(rows, mean);
    expect(interval.value).toBe(0.5);
    expect(interval.high - interval.low).toBeCloseTo(2 * 1.96 * 0.025, 1);
    expect(bootstrap(rows, mean)).toEqual(interval);
  });
  it('pairs: what both routers share cancels', () => {
    const other = rows.map((value) => value + 0.1);
    const { value, low, high } = pairedBootstrap(other, rows, mean);
    expect([value, low, high].map((x) => Number(x.toFixed(9)))).toEqual([0.1, 0.1, 0.1]);
    expect(() => pairedBootstrap(rows, [1], mean)).toThrow('equally many');
  });
});

describe('quantile', () => {
  it('interpolates between order statistics', () => {
    expect([0, 0.5, 0.75, 1].map((share) => quantile([0, 10, 20], share))).toEqual([0, 10, 15, 20]);
  });
});
