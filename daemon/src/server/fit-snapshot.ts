/** Makes a snapshot fit into one message: thirty long answers could be longer than any message may be. */
import type { Snapshot, TaskView } from '@task-router/protocol';
import { limits } from '@task-router/protocol';

/** Leaves room for the envelope and for text whose JSON form is longer than its bytes. */
const maxBytes = Math.floor(0.75 * limits.messageBytes);

/** Ended tasks go first, oldest first; they are still in the history. Then the longest texts lose their end. */
export function fitSnapshot(snapshot: Snapshot): Snapshot {
  const sizes = new Map(snapshot.tasks.map((task) => [task, bytesOf(task)]));
  let surplus = bytesOf({ ...snapshot, tasks: [] }) + sum(sizes.values()) - maxBytes;
  if (surplus <= 0) return snapshot;
  const tasks: TaskView[] = [];
  for (const task of snapshot.tasks) {
    const isEnded = task.outcome !== null || task.error !== null;
    if (surplus > 0 && isEnded) surplus -= sizes.get(task) ?? 0;
    else tasks.push(task);
  }
  return { ...snapshot, tasks: surplus > 0 ? shortened(tasks, surplus) : tasks };
}

/** Each text is cut to the same length, whichever brings the total down far enough. */
function shortened(tasks: readonly TaskView[], surplusBytes: number): TaskView[] {
  const budget = sum(tasks.map((task) => bytesOf(task.text))) - surplusBytes;
  // A character takes at most six bytes in JSON.
  const chars = Math.max(0, Math.floor(budget / Math.max(1, tasks.length) / 6));
  return tasks.map((task) =>
    task.text.length <= chars ? task : { ...task, text: task.text.slice(0, chars), textTruncated: true },
  );
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
