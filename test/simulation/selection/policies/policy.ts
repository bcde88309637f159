/** What every policy of the comparison is: it sees tasks, models and outcomes, never a true chance. */
import type { Randomness } from '../../base/randomness.ts';
import type { WorldModel } from '../world.ts';

/** A model as a policy may know it. */
export type KnownModel = Omit<WorldModel, 'success'>;

export interface Task {
  readonly index: number;
  readonly taskClass: number;
  readonly nowMs: number;
}

export interface Policy {
  /** The position of the chosen model in `models`; a model keeps its position, and new ones come last. */
  choose(task: Task, models: readonly KnownModel[]): number;
  learn(task: Task, choice: number, success: boolean): void;
}

export type CreatePolicy = (random: Randomness) => Policy;

/** The position of the highest value; of equal ones the first. */
export function argmax(values: readonly number[]): number {
  return values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
}

/** Counts per model and class, made when first asked for. */
export class Counts {
  readonly #cells = new Map<string, { successes: number; calls: number }>();

  of(model: number, taskClass: number): { successes: number; calls: number } {
    const key = `${model}/${taskClass}`;
    const known = this.#cells.get(key) ?? { successes: 0, calls: 0 };
    this.#cells.set(key, known);
    return known;
  }

  add(model: number, taskClass: number, success: boolean): void {
    const cell = this.of(model, taskClass);
    cell.calls += 1;
    cell.successes += success ? 1 : 0;
  }
}
