/**
 * Memory of graded tasks, to find those that were like the one at hand. Sketches stand as unit vectors in one array per
 * task class, so that looking through all of them takes some fifty microseconds; the oldest make room.
 */
import type { Neighbour } from '../../engine/index.ts';
import { sketchSize } from '../../engine/index.ts';

/** A graded answer as it is found again. */
export interface RememberedTask {
  readonly decisionId: string;
  readonly model: string;
  readonly taskClass: string;
  readonly grade: number;
  readonly sketch: Int8Array;
}

/** Graded tasks kept per class: what is older was asked of other code and other models. */
export const keptPerClass = 300;

interface ClassMemory {
  readonly vectors: Float32Array;
  readonly tasks: (Omit<RememberedTask, 'sketch'> | undefined)[];
  /** Where the next one goes. */
  next: number;
}

export class SimilarTasks {
  readonly #classes = new Map<string, ClassMemory>();
  readonly #places = new Map<string, { readonly memory: ClassMemory; readonly at: number }>();

  /** Remembers a graded task; the same decision again replaces its grade. A sketch of another size is left out. */
  remember({ sketch, ...task }: RememberedTask): void {
    const place = this.#places.get(task.decisionId);
    if (place !== undefined) {
      place.memory.tasks[place.at] = task;
      return;
    }
    const vector = unitVector(sketch);
    if (vector === null) return;
    const memory = this.#memoryOf(task.taskClass);
    const at = memory.next;
    const dropped = memory.tasks[at];
    if (dropped !== undefined) this.#places.delete(dropped.decisionId);
    memory.vectors.set(vector, at * sketchSize);
    memory.tasks[at] = task;
    memory.next = (at + 1) % keptPerClass;
    this.#places.set(task.decisionId, { memory, at });
  }

  knows(taskClass: string): boolean {
    return this.#classes.has(taskClass);
  }

  /** Graded tasks of the class with their likeness to `sketch`, by model. Linear in what is remembered. */
  near(taskClass: string, sketch: Int8Array): ReadonlyMap<string, readonly Neighbour[]> {
    const found = new Map<string, Neighbour[]>();
    const memory = this.#classes.get(taskClass);
    const vector = unitVector(sketch);
    if (memory === undefined || vector === null) return found;
    for (const [at, task] of memory.tasks.entries()) {
      if (task === undefined) continue;
      const similarity = dot(vector, memory.vectors, at * sketchSize);
      if (similarity <= 0) continue;
      const neighbours = found.get(task.model);
      if (neighbours === undefined) found.set(task.model, [{ similarity, grade: task.grade }]);
      else neighbours.push({ similarity, grade: task.grade });
    }
    return found;
  }

  #memoryOf(taskClass: string): ClassMemory {
    const known = this.#classes.get(taskClass);
    if (known !== undefined) return known;
    const memory = { vectors: new Float32Array(keptPerClass * sketchSize), tasks: [], next: 0 };
    this.#classes.set(taskClass, memory);
    return memory;
  }
}

function unitVector(sketch: Int8Array): Float32Array | null {
  if (sketch.length !== sketchSize) return null;
  let square = 0;
  for (const value of sketch) square += value * value;
  if (square === 0) return null;
  const length = Math.sqrt(square);
  const vector = new Float32Array(sketchSize);
  for (let at = 0; at < sketchSize; at += 1) vector[at] = (sketch[at] ?? 0) / length;
  return vector;
}

/** Four sums side by side: one would wait for each of its additions. A sketch has a multiple of four dimensions. */
function dot(vector: Float32Array, all: Float32Array, from: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let at = 0; at < sketchSize; at += 4) {
    const other = from + at;
    a += (vector[at] ?? 0) * (all[other] ?? 0);
    b += (vector[at + 1] ?? 0) * (all[other + 1] ?? 0);
    c += (vector[at + 2] ?? 0) * (all[other + 2] ?? 0);
    d += (vector[at + 3] ?? 0) * (all[other + 3] ?? 0);
  }
  return Math.min(1, a + b + c + d);
}
