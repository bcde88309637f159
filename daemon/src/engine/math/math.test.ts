import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaQuantile } from './beta.ts';
import { clamp, clampUnit } from './clamp.ts';
import { massAt, observe, type DecayedMean } from './decayed-mean.ts';
import { expectedCostUsd, expectedTimes, type SpeedFacts, type SpeedModel } from './prediction.ts';
import { createRandom, seedFor } from './random.ts';
import { wilsonLowerBound } from './wilson.ts';

const z05 = -1.6448536269514722;

describe('clamp', () => {
  it('bounds numbers, and takes the lower bound for what is no number', () => {
    expect([clamp(5, 0, 3), clamp(-1, 0, 3), clamp(2, 0, 3), clamp(Number.NaN, 1, 3)]).toEqual([3, 0, 2, 1]);
    expect([clampUnit(Infinity), clampUnit(-Infinity), clampUnit(0.25)]).toEqual([1, 0, 0.25]);
  });
});

describe('createRandom', () => {
  it('gives the published mulberry32 sequence', () => {
    const random = createRandom(1);
    expect([random.next(), random.next(), random.next()]).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
    ]);
  });

  it('stays in [0, 1) and fills it evenly', () => {
    const random = createRandom(42);
    const buckets = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw += 1) {
      const value = random.next();
      expect(value >= 0 && value < 1).toBe(true);
      buckets[Math.floor(value * 10)]! += 1;
    }
    for (const count of buckets) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  it('keeps seeds apart that differ only above 32 bits, as clock times do', () => {
    const early = createRandom(1_700_000_000_000).next();
    const late = createRandom(1_700_000_000_000 + 2 ** 32).next();
    expect(early).not.toBe(late);
  });

  it('is a function of its seed', () => {
    fc.assert(
      fc.property(fc.double(), (seed) => {
        const [a, b] = [createRandom(seed), createRandom(seed)];
        expect([a.next(), a.next()]).toEqual([b.next(), b.next()]);
      }),
    );
  });

  it('seeds names apart from each other', () => {
    const seeds = new Set(Array.from({ length: 1_000 }, (_, index) => seedFor(7, `node/model-${index}`)));
    expect(seeds.size).toBe(1_000);
    expect(seedFor(7, 'a')).not.toBe(seedFor(8, 'a'));
  });
});

describe('betaQuantile', () => {
  it('stays near the exact quantile for shapes of at least 2', () => {
    let worst = 0;
    for (const a of [2, 2.5, 5, 9, 10, 18, 20, 60, 118, 400, 509]) {
      for (const b of [2, 2.2, 3, 4, 10, 30, 101, 300]) {
        for (const [p, z] of [
          [0.05, z05],
          [0.5, 0],
          [0.95, -z05],
        ] as const) {
          worst = Math.max(worst, Math.abs(betaQuantile(a, b, z) - exactBetaQuantile(p, a, b)));
        }
      }
    }
    expect(worst).toBeLessThan(0.005);
  });

  it('rises with successes and falls with failures', () => {
    const count = fc.integer({ min: 0, max: 600 });
    fc.assert(
      fc.property(count, count, (good, bad) => {
        const bound = betaQuantile(18 + good, 2 + bad, z05);
        expect(betaQuantile(19 + good, 2 + bad, z05)).toBeGreaterThanOrEqual(bound);
        expect(betaQuantile(18 + good, 3 + bad, z05)).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 5_000 },
    );
  });

  /** Regularised incomplete beta by its continued fraction (Numerical Recipes), inverted by bisection. */
  function exactBetaQuantile(p: number, a: number, b: number): number {
    let [low, high] = [0, 1];
    for (let step = 0; step < 60; step += 1) {
      const middle = (low + high) / 2;
      if (incompleteBeta(middle, a, b) < p) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  function incompleteBeta(x: number, a: number, b: number): number {
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    const front = Math.exp(
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x),
    );
    return x < (a + 1) / (a + b + 2)
      ? (front * fraction(x, a, b)) / a
      : 1 - (front * fraction(1 - x, b, a)) / b;
  }

  function fraction(x: number, a: number, b: number): number {
    let [c, d] = [1, 1 / guard(1 - ((a + b) * x) / (a + 1))];
    let result = d;
    for (let m = 1; m < 500; m += 1) {
      for (const term of [
        (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
        (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
      ]) {
        d = 1 / guard(1 + term * d);
        c = guard(1 + term / c);
        result *= d * c;
      }
      if (Math.abs(d * c - 1) < 1e-14) break;
    }
    return result;
  }

  function guard(value: number): number {
    return Math.abs(value) < 1e-300 ? 1e-300 : value;
  }

  function logGamma(x: number): number {
    if (x < 8) return logGamma(x + 1) - Math.log(x);
    const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
  }
});

describe('wilsonLowerBound', () => {
  it('agrees with worked values', () => {
    // 10 of 100 at 95 % two-sided: the textbook interval is 0.0552 to 0.1744.
    expect(wilsonLowerBound(10, 100, 1.959964)).toBeCloseTo(0.0552, 4);
    expect(wilsonLowerBound(0, 20, 1.959964)).toBe(0);
    expect(wilsonLowerBound(0, 0, 2)).toBe(0);
  });

  it('stays below the rate and approaches it with more calls', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const hits = Math.floor(n * share);
          const bound = wilsonLowerBound(hits, n, 2.3);
          expect(bound).toBeLessThanOrEqual(hits / n + 1e-12);
          expect(wilsonLowerBound(hits * 10, n * 10, 2.3)).toBeGreaterThanOrEqual(bound - 1e-12);
        },
      ),
    );
  });
});

describe('DecayedMean', () => {
  const halfLifeMs = 60_000;
  const fold = (events: readonly (readonly [number, number])[]): DecayedMean =>
    events.reduce<DecayedMean | null>((mean, [value, atMs]) => observe(mean, value, atMs, halfLifeMs), null)!;

  it('starts at the first value and averages simultaneous ones plainly', () => {
    expect(fold([[10, 0]])).toEqual({ value: 10, mass: 1, atMs: 0 });
    expect(
      fold([
        [10, 0],
        [20, 0],
        [30, 0],
      ]).value,
    ).toBeCloseTo(20, 12);
  });

  it('halves the weight of a value with every half-life', () => {
    const mean = fold([
      [0, 0],
      [30, halfLifeMs],
    ]);
    expect(mean.mass).toBeCloseTo(1.5, 12);
    expect(mean.value).toBeCloseTo(20, 12);
    expect(massAt(mean, 3 * halfLifeMs, halfLifeMs)).toBeCloseTo(0.375, 12);
  });

  it('takes an event from before the last one as simultaneous', () => {
    const mean = fold([
      [10, 1_000_000],
      [20, 0],
    ]);
    expect(mean).toEqual({ value: 15, mass: 2, atMs: 1_000_000 });
  });

  it('stays between the smallest and the largest value', () => {
    const event = fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 1e9 }));
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 50 }), (events) => {
        const values = events.map(([value]) => value);
        const { value } = fold(events);
        expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
      }),
    );
  });
});

describe('predictions', () => {
  const model: SpeedModel = {
    usualInputTokens: 2_000,
    msPerInputToken: 0.05,
    priorCalls: 1,
    fallbackFirstTokenMs: 2_000,
    fallbackTokensPerSecond: 20,
    maxMs: 86_400_000,
  };
  const speedPrior = { firstTokenMs: 1_000, tokensPerSecond: 50 };
  const unmeasured: SpeedFacts = { firstTokenMs: null, tokensPerSecond: null, speedPrior, confidence: 0 };
  const small = { input: 1_000, output: 100 };

  it('uses the prior where nothing was measured', () => {
    expect(expectedTimes(unmeasured, small, 1, model)).toEqual({ firstTokenMs: 1_000, totalMs: 3_000 });
  });

  it('leans on measurements as far as there is evidence', () => {
    const measured = { ...unmeasured, firstTokenMs: 2_000, tokensPerSecond: 25 };
    const full = expectedTimes({ ...measured, confidence: Infinity }, small, 1, model);
    expect(full).toEqual({ firstTokenMs: 2_000, totalMs: 6_000 });
    const half = expectedTimes({ ...measured, confidence: 1 }, small, 1, model);
    expect(half).toEqual({ firstTokenMs: 1_500, totalMs: 4_500 });
    expect(expectedTimes({ ...measured, confidence: 0 }, small, 1, model).firstTokenMs).toBe(1_000);
  });

  it('reads input beyond the usual size, and stretches everything by the slowdown', () => {
    const long = { input: 42_000, output: 100 };
    expect(expectedTimes(unmeasured, long, 1, model)).toEqual({ firstTokenMs: 3_000, totalMs: 5_000 });
    expect(expectedTimes(unmeasured, long, 2, model)).toEqual({ firstTokenMs: 6_000, totalMs: 10_000 });
  });

  it('stays finite and ordered whatever it is told', () => {
    const any = fc.double();
    fc.assert(
      fc.property(any, any, any, any, (first, speed, confidence, tokens) => {
        const facts = {
          firstTokenMs: first,
          tokensPerSecond: speed,
          confidence,
          speedPrior: { firstTokenMs: speed, tokensPerSecond: first },
        };
        const times = expectedTimes(facts, { input: tokens, output: tokens }, 1.5, model);
        expect(Number.isFinite(times.firstTokenMs) && Number.isFinite(times.totalMs)).toBe(true);
        expect(times.firstTokenMs).toBeGreaterThan(0);
        expect(times.totalMs).toBeGreaterThanOrEqual(times.firstTokenMs);
      }),
    );
  });

  it('prices tokens per million', () => {
    const prices = { inputPerMTok: 3, outputPerMTok: 15 };
    expect(expectedCostUsd(prices, { input: 10_000, output: 1_000 })).toBeCloseTo(0.045, 12);
    expect(expectedCostUsd({ inputPerMTok: 0, outputPerMTok: 0 }, { input: 1e9, output: 1e9 })).toBe(0);
    expect(expectedCostUsd({ inputPerMTok: Number.NaN, outputPerMTok: -5 }, small)).toBe(0);
  });
});
