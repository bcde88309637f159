/**
 * The distributions a simulation draws from, all from one seed. `fork(name)` gives an independent stream of its own to
 * each part of a world: what one part draws never shifts what another one gets, so two policies can be compared on
 * the very same tasks and outcomes.
 */
import { createRandom, seedFor } from '@task-router/daemon/engine';

export class Randomness {
  readonly #seed: number;
  readonly #random: { next(): number };

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed);
  }

  fork(name: string): Randomness {
    return new Randomness(seedFor(this.#seed, name));
  }

  /** In [0, 1). */
  uniform(): number {
    return this.#random.next();
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A whole number in 0..count - 1. */
  index(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Box and Muller. */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Marsaglia and Tsang 2000; scale 1. */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    for (;;) {
      const x = this.normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  beta(a: number, b: number): number {
    const [x, y] = [this.gamma(a), this.gamma(b)];
    return x / (x + y);
  }

  /** `count` shares that add up to 1. */
  dirichlet(count: number, concentration: number): number[] {
    const draws = Array.from({ length: count }, () => this.gamma(concentration));
    const sum = draws.reduce((total, draw) => total + draw, 0);
    return draws.map((draw) => draw / sum);
  }

  /** An index, each with the chance of its share; shares add up to 1. */
  pick(shares: readonly number[]): number {
    let left = this.uniform();
    const found = shares.findIndex((share) => (left -= share) < 0);
    return found === -1 ? shares.length - 1 : found;
  }
}
