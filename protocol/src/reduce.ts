/**
 * How one event changes what a client sees. The daemon (to answer snapshots), the extension and the panel all use
 * this function, so a window that replays events and one that starts from a snapshot show the same.
 */
import type { RouterEvent, Snapshot, TaskView } from './data/events.ts';
import { limits } from './limits.ts';

/** Finished tasks a snapshot keeps; older ones are still in the store. */
export const keptTasks = 30;
/** As many as a long failover makes. */
const keptAllocations = 20;

/** The snapshot after `event`, which carries number `seq`. Pure; unchanged parts keep their identity. */
export function reduceSnapshot(snapshot: Snapshot, seq: number, event: RouterEvent): Snapshot {
  const next: Snapshot = { ...snapshot, seq };
  switch (event.type) {
    case 'health':
      return { ...next, nodes: event.nodes, ...(event.daemon && { daemon: event.daemon }) };
    case 'config':
      return { ...next, configProblems: event.problems, wantedKeys: event.wantedKeys };
    case 'spend':
      return { ...next, spend: event.spend };
    case 'budgetWarning':
      return next;
    case 'historyCleared':
      return { ...next, tasks: snapshot.tasks.filter((task) => !hasEnded(task)) };
    case 'taskStarted':
      return { ...next, tasks: dropOldest([...snapshot.tasks, event.task]) };
    default:
      return {
        ...next,
        tasks: snapshot.tasks.map((task) => (task.taskId === event.taskId ? reduceTask(task, event) : task)),
      };
  }
}

type TaskEvent = Extract<RouterEvent, { taskId: string }>;

function reduceTask(task: TaskView, event: TaskEvent): TaskView {
  switch (event.type) {
    case 'decision':
      return { ...task, decision: event.decision };
    case 'queued': {
      const { queue: _, ...rest } = task;
      return event.queue === null ? rest : { ...rest, queue: event.queue };
    }
    case 'question': {
      const { question: _, ...rest } = task;
      return event.question === null ? rest : { ...rest, question: event.question };
    }
    case 'allocation':
      return {
        ...task,
        allocations: [...(task.allocations ?? []), event.allocation].slice(-keptAllocations),
      };
    case 'delta':
      return appendText(task, event.text);
    case 'transition':
      return {
        ...task,
        transitions: [...task.transitions, event.transition],
        text: event.transition.mode === 'restart' ? '' : task.text,
      };
    case 'outcome':
      return { ...withoutWaiting(task), outcome: event.outcome };
    case 'error':
      return { ...withoutWaiting(task), error: event.error };
  }
}

/** A task that has ended waits for nothing any more. */
function withoutWaiting({ queue: _queue, question: _question, ...task }: TaskView): TaskView {
  return task;
}

function appendText(task: TaskView, text: string): TaskView {
  const room = limits.answerChars - task.text.length;
  if (text.length <= room) return { ...task, text: task.text + text };
  return { ...task, text: task.text + text.slice(0, Math.max(0, room)), textTruncated: true };
}

function hasEnded(task: TaskView): boolean {
  return task.outcome !== null || task.error !== null;
}

/** Running tasks are always kept; of the ended ones the newest. */
function dropOldest(tasks: TaskView[]): TaskView[] {
  const ended = tasks.filter(hasEnded);
  const surplus = new Set(ended.slice(0, Math.max(0, ended.length - keptTasks)));
  return surplus.size === 0 ? tasks : tasks.filter((task) => !surplus.has(task));
}

export function emptySnapshot(epoch: string): Snapshot {
  return { epoch, seq: 0, tasks: [], nodes: [], configProblems: [], wantedKeys: [] };
}
