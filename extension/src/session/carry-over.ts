/**
 * What a window keeps of its tasks when the daemon is another process than before: the new daemon knows nothing of
 * them, but their answers are on the screen and must not vanish. A task that was running is marked interrupted; it is
 * never sent again by itself, because it may have cost money.
 */
import { errorCatalog, type Snapshot, type TaskView, type WireError } from '@task-router/protocol';

/** As many ended tasks as the daemon itself would keep. */
const keptTasks = 30;

const interrupted: WireError = {
  code: 'route.interrupted',
  message: 'This task was cut off.',
  next: errorCatalog['route.interrupted'].next,
};

/** `next` with the tasks of `previous` that it lacks, when the two come from different daemons. */
export function carryOver(previous: Snapshot | undefined, next: Snapshot): Snapshot {
  if (previous === undefined || previous.epoch === next.epoch) return next;
  const known = new Set(next.tasks.map((task) => task.taskId));
  const missing = previous.tasks.filter((task) => !known.has(task.taskId)).map(ended);
  if (missing.length === 0) return next;
  return { ...next, tasks: [...missing.slice(-keptTasks), ...next.tasks] };
}

function ended(task: TaskView): TaskView {
  if (!isRunning(task)) return task;
  const { queue: _queue, question: _question, ...rest } = task;
  return { ...rest, error: interrupted };
}

export function isRunning(task: TaskView): boolean {
  return task.outcome === null && task.error === null;
}
