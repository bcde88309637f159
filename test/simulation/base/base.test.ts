import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventHeap } from './event-heap.ts';
import { Randomness } from './randomness.ts';
import { Simulation } from './simulation.ts';
import { bootstrap, median } from './statistics.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

describe('EventHeap', () => {
  it('gives events back by time, and those of one time in the order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (times) => {
        const heap = new EventHeap<number>();
        times.forEach((atMs, index) => heap.push(atMs, index));
        const expected = times.map((atMs, event) => ({ atMs, event })).sort((a, b) => a.atMs - b.atMs);
        expect(draw2(heap)).toEqual(expected);
      }),
      { numRuns: 10_000 },
    );
  });

  it('keeps its order when events come in between', () => {
    const operation = fc.oneof(fc.nat(50), fc.constant(null));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const heap = new EventHeap<number>();
        const model: { atMs: number; event: number }[] = [];
        operations.forEach((atMs, event) => {
          if (atMs !== null) {
            heap.push(atMs, event);
            model.push({ atMs, event });
            return;
          }
          model.sort((a, b) => a.atMs - b.atMs || a.event - b.event);
          expect(heap.nextAtMs).toBe(model[0]?.atMs ?? null);
          expect(heap.pop()).toEqual(model.shift() ?? null);
          expect(heap.size).toBe(model.length);
        });
      }),
      { numRuns: 10_000 },
    );
  });

  it('takes no event without a time', () => {
    for (const atMs of [Number.NaN, Infinity])
      expect(() => new EventHeap().push(atMs, 1)).toThrow(RangeError);
  });

  function draw2(heap: EventHeap<number>) {
    const events = [];
    for (let next = heap.pop(); next !== null; next = heap.pop()) events.push(next);
    return events;
  }
});

describe('Simulation', () => {
  it('runs everything in virtual time, never backwards, and the same way for the same seed', () => {
    const run = (seed: number) => {
      const simulation = new Simulation(seed);
      const seen: number[] = [];
      const gaps = simulation.random.fork('gaps');
      const next = (left: number): void => {
        seen.push(simulation.clock.nowMs());
        if (left > 0) simulation.after(gaps.exponential(1_000), () => next(left - 1));
      };
      next(50);
      simulation.after(0, () => seen.push(-simulation.clock.nowMs()));
      simulation.run();
      return seen;
    };
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
    const times = run(3).filter((atMs) => atMs > 0);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('stops where it is told and goes on from there', () => {
    const simulation = new Simulation(1);
    const seen: number[] = [];
    for (const delay of [10, 20, 30]) simulation.after(delay, () => seen.push(delay));
    simulation.run(20);
    expect([seen, simulation.clock.nowMs()]).toEqual([[10, 20], 20]);
    simulation.run(25);
    simulation.after(1, () => seen.push(26));
    simulation.run();
    expect(seen).toEqual([10, 20, 26, 30]);
    expect(() => simulation.after(-1, () => undefined)).toThrow(RangeError);
  });
});

describe('Randomness', () => {
  it('gives each fork a stream that the others do not shift', () => {
    const [one, other] = [new Randomness(5), new Randomness(5)];
    draw(10, () => one.uniform());
    expect(draw(5, () => one.fork('a').uniform())).toEqual(draw(5, () => other.fork('a').uniform()));
    expect(one.fork('a').uniform()).not.toBe(one.fork('b').uniform());
  });

  it('draws what the distributions promise', () => {
    const random = new Randomness(11);
    const many = (next: () => number) => draw(20_000, next);
    expect(mean(many(() => random.normal(2, 3)))).toBeCloseTo(2, 0);
    expect(Math.sqrt(mean(many(() => random.normal(0, 3) ** 2)))).toBeCloseTo(3, 0);
    expect(mean(many(() => random.exponential(4)))).toBeCloseTo(4, 0);
    for (const shape of [0.3, 1, 2.5])
      expect(Math.abs(mean(many(() => random.gamma(shape))) - shape)).toBeLessThan(0.06);
    expect(mean(many(() => random.beta(3, 1)))).toBeCloseTo(0.75, 1);
    expect(mean(many(() => (random.chance(0.2) ? 1 : 0)))).toBeCloseTo(0.2, 1);
    expect(mean(many(() => (random.pick([0.1, 0.6, 0.3]) === 1 ? 1 : 0)))).toBeCloseTo(0.6, 1);
    expect(random.dirichlet(8, 2).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(Math.max(...many(() => random.index(4)))).toBe(3);
  });
});

describe('statistics', () => {
  it('the median has as many values above as below', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
    expect(() => median([])).toThrow(RangeError);
  });

  it('an interval holds the value it was made around, and covers the truth about 95 times in 100', () => {
    let covered = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const random = new Randomness(seed);
      const interval = bootstrap(
        draw(40, () => random.normal(1, 1)),
        (sample) => mean(sample),
      );
      expect(interval.low).toBeLessThanOrEqual(interval.value);
      expect(interval.high).toBeGreaterThanOrEqual(interval.value);
      covered += interval.low <= 1 && interval.high >= 1 ? 1 : 0;
    }
    expect(covered).toBeGreaterThanOrEqual(87);
  });
});
