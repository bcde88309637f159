/**
 * What this window remembers of its tasks beside the daemon's view of them: where the context came from, the grade,
 * and (only while the window lives) what was sent, so that a retry need not ask again. Prompts and file contents are
 * never written to disk; places and grades are, so that a reload loses nothing that matters.
 */
import * as z from 'zod';
import { memoryKeys } from '../contributions.ts';
import { originSchema, type Origin } from '../context/origin.ts';
import type { NewTask } from './task-runs.ts';

/** The part of the editor's Memento that is needed. */
export interface WorkspaceMemory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

export type Grade = 'good' | 'bad';

export interface SentTask {
  readonly task: NewTask;
  /** The document whose folder decides about policy, also when the context was no single place in it. */
  readonly document: string | undefined;
  readonly origin: Origin | null;
}

const keptTasks = 50;

const rememberedSchema = z.array(
  z.strictObject({
    taskId: z.string().max(200),
    origin: originSchema.nullable(),
    grade: z.enum(['good', 'bad']).nullable(),
  }),
);
type Remembered = z.infer<typeof rememberedSchema>[number];

export class TaskMemory {
  readonly #memory: WorkspaceMemory;
  readonly #sent = new Map<string, SentTask>();
  #tasks: Remembered[];

  constructor(memory: WorkspaceMemory) {
    this.#memory = memory;
    // Another version may have written something else: then it is forgotten.
    this.#tasks = rememberedSchema.safeParse(memory.get(memoryKeys.tasks)).data ?? [];
  }

  remember(taskId: string, sent: SentTask): void {
    this.#sent.set(taskId, sent);
    for (const old of [...this.#sent.keys()].slice(0, -keptTasks)) this.#sent.delete(old);
    this.#put({ ...this.#get(taskId), taskId, origin: sent.origin });
  }

  setGrade(taskId: string, grade: Grade): void {
    this.#put({ ...this.#get(taskId), taskId, grade });
  }

  origin(taskId: string): Origin | null {
    return this.#get(taskId).origin;
  }

  /** What was sent; undefined after a reload. */
  sent(taskId: string): SentTask | undefined {
    return this.#sent.get(taskId);
  }

  /** Lets go of every task that is not among these. */
  keepOnly(taskIds: ReadonlySet<string>): void {
    for (const old of this.#sent.keys()) if (!taskIds.has(old)) this.#sent.delete(old);
    this.#tasks = this.#tasks.filter(({ taskId }) => taskIds.has(taskId));
    void this.#memory.update(memoryKeys.tasks, this.#tasks);
  }

  get grades(): Record<string, Grade> {
    return Object.fromEntries(
      this.#tasks.flatMap(({ taskId, grade }) => (grade === null ? [] : [[taskId, grade] as const])),
    );
  }

  #get(taskId: string): Remembered {
    return this.#tasks.find((task) => task.taskId === taskId) ?? { taskId, origin: null, grade: null };
  }

  #put(task: Remembered): void {
    this.#tasks = [...this.#tasks.filter(({ taskId }) => taskId !== task.taskId), task].slice(-keptTasks);
    void this.#memory.update(memoryKeys.tasks, this.#tasks);
  }
}
