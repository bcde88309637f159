/**
 * Who goes next: higher priorities first, first come first served within one. A task that does not fit keeps its place:
 * nobody behind it may take what it waits for, or a large one would wait for ever; what it does not need stays free.
 */
import type { Priority } from '../model/task.ts';

export interface QueuedTask {
  readonly taskId: string;
  readonly priority: Priority;
  /** Order of arrival. */
  readonly sequence: number;
  /** Buckets it waits for: those of the shortage it was told. */
  readonly waitsFor: readonly string[];
  /** It waits no longer than until then. */
  readonly untilMs: number;
}

const rank: Readonly<Record<Priority, number>> = { critical: 0, interactive: 1, background: 2, batch: 3 };

export function queueOrder<Task extends QueuedTask>(waiting: readonly Task[]): readonly Task[] {
  return [...waiting].sort((a, b) => rank[a.priority] - rank[b.priority] || a.sequence - b.sequence);
}

/** From 1; null: not in line. */
export function queuePosition(waiting: readonly QueuedTask[], taskId: string): number | null {
  const index = queueOrder(waiting).findIndex((task) => task.taskId === taskId);
  return index === -1 ? null : index + 1;
}

/** The first in order that fits and takes nothing that an earlier one waits for; null: none. */
export function nextInQueue<Task extends QueuedTask>(
  waiting: readonly Task[],
  fits: (task: Task) => boolean,
): Task | null {
  const wanted = new Set<string>();
  for (const task of queueOrder(waiting)) {
    if (!task.waitsFor.some((bucketId) => wanted.has(bucketId)) && fits(task)) return task;
    for (const bucketId of task.waitsFor) wanted.add(bucketId);
  }
  return null;
}

/** Waited long enough: to be turned away, in the order of the queue. */
export function overdue<Task extends QueuedTask>(waiting: readonly Task[], nowMs: number): readonly Task[] {
  return queueOrder(waiting).filter(({ untilMs }) => untilMs <= nowMs);
}
