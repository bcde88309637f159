/**
 * Moves and swaps from the route that is done last to the others, as long as the sum of squares falls. It falls with
 * every step and there are finitely many placements, so this ends, unlike a loop that runs until a target is met; steps
 * and looks are bounded besides.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every position is below the length of arrays made together */
import { batch } from '../../config/balancing.ts';
import { cvOfSquares, loadsOf, squares } from './imbalance.ts';
import type { BatchProblem, Placement } from './model.ts';

interface Step {
  readonly task: number;
  readonly to: number;
  /** Swapped with the first; -1: a plain move. */
  readonly other: number;
  readonly gain: number;
}

/** Changes `placement` in place until its imbalance is at most `goal` or no step helps. */
export function improve(problem: BatchProblem, placement: Placement, goal: number): void {
  const search = new Search(problem, placement);
  const steps = batch.stepsPerTask * placement.length;
  for (let step = 0; step < steps && search.cv() > goal; step += 1) if (!search.improve()) return;
}

class Search {
  readonly #problem: BatchProblem;
  readonly #placement: Placement;
  readonly #loads: number[];
  readonly #isAllowed: readonly ReadonlySet<number>[];
  #looksLeft: number = batch.looks;

  constructor(problem: BatchProblem, placement: Placement) {
    this.#problem = problem;
    this.#placement = placement;
    this.#loads = loadsOf(problem, placement);
    this.#isAllowed = problem.allowed.map((routes) => new Set(routes));
  }

  cv(): number {
    const { speeds } = this.#problem;
    return cvOfSquares(squares(this.#loads, speeds), this.#loads, speeds);
  }

  /** Takes the best step from the latest route, or from the next latest one that has any. */
  improve(): boolean {
    const { speeds } = this.#problem;
    const finish = this.#loads.map((load, route) => load / speeds[route]!);
    const latest = finish.map((_, route) => route).sort((a, b) => finish[b]! - finish[a]!);
    for (const from of latest) {
      const step = this.#bestFrom(from);
      if (step !== null) {
        this.#take(step);
        return true;
      }
      if (this.#looksLeft <= 0) return false;
    }
    return false;
  }

  #bestFrom(from: number): Step | null {
    let best: Step | null = null;
    for (let task = 0; task < this.#placement.length; task += 1) {
      if (this.#placement[task] !== from) continue;
      for (const step of this.#stepsOf(task)) {
        if (step.gain > (best?.gain ?? this.#leastGain())) best = step;
      }
      if (this.#looksLeft <= 0) break;
    }
    return best;
  }

  *#stepsOf(task: number): Generator<Step> {
    const from = this.#placement[task]!;
    for (const to of this.#problem.allowed[task]!) {
      if (to === from) continue;
      this.#looksLeft -= 1;
      yield { task, to, other: -1, gain: this.#gain(from, to, this.#problem.work[task]!) };
    }
    for (let other = 0; other < this.#placement.length && this.#looksLeft > 0; other += 1) {
      const to = this.#placement[other]!;
      if (to === from || !this.#isAllowed[task]!.has(to) || !this.#isAllowed[other]!.has(from)) continue;
      this.#looksLeft -= 1;
      const amount = this.#problem.work[task]! - this.#problem.work[other]!;
      yield { task, to, other, gain: this.#gain(from, to, amount) };
    }
  }

  /** How much the sum of squares falls when `amount` goes from one route to the other. */
  #gain(from: number, to: number, amount: number): number {
    const { speeds } = this.#problem;
    const [a, b] = [this.#loads[from]!, this.#loads[to]!];
    return (a ** 2 - (a - amount) ** 2) / speeds[from]! + (b ** 2 - (b + amount) ** 2) / speeds[to]!;
  }

  /** Below this a gain is rounding. */
  #leastGain(): number {
    return 1e-12 * squares(this.#loads, this.#problem.speeds);
  }

  #take({ task, to, other }: Step): void {
    const from = this.#placement[task]!;
    this.#shift(task, to);
    if (other >= 0) this.#shift(other, from);
  }

  #shift(task: number, to: number): void {
    const from = this.#placement[task]!;
    const work = this.#problem.work[task]!;
    this.#loads[from] = this.#loads[from]! - work;
    this.#loads[to] = this.#loads[to]! + work;
    this.#placement[task] = to;
  }
}
