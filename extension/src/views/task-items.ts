/** How tasks read in the tasks tree and in the status bar. Pure data. */
import { failureWords, type TaskView } from '@task-router/protocol';
import type { ConnectionState } from '../daemon/connection-state.ts';
import { formatMs, formatUsd, plural, shortModelName } from '../platform/format.ts';
import { isRunning } from '../session/carry-over.ts';
import { taskName } from '../session/task-name.ts';
import type { ItemIcon, TreeItemData } from './health-items.ts';

/** Newest first: what runs is what one looks for. */
export function orderedTasks(tasks: readonly TaskView[]): TaskView[] {
  return [...tasks].sort(
    (a, b) => Number(isRunning(b)) - Number(isRunning(a)) || b.startedAtMs - a.startedAtMs,
  );
}

export function taskItem(task: TaskView): TreeItemData {
  const { words, icon, contextValue } = stateOf(task);
  const route = routeLabel(task);
  const took = task.outcome === null ? [] : [formatMs(task.outcome.timings.totalMs)];
  const description = [words, ...(route === undefined ? [] : [route]), ...took].join(' · ');
  return {
    label: taskName(task),
    description,
    icon,
    // What another tool asked is that tool's to cancel or to ask again.
    contextValue: task.tool === undefined ? contextValue : contextValue.replace('task.', 'toolTask.'),
    details: [
      ...(task.tool === undefined ? [] : ([['Asked by', task.tool]] as const)),
      ['State', task.error === null ? words : `${words}: ${task.error.message}`],
      ['Kind', task.kind],
      ...(task.queue === undefined ? [] : ([['Waits for', task.queue.reason]] as const)),
      ['Route', route ?? 'none yet'],
      ...(task.transitions.length === 0
        ? []
        : ([
            [
              'Failover',
              task.transitions
                .map(({ from, to, cause }) => `${from} → ${to} (${failureWords[cause]})`)
                .join(', '),
            ],
          ] as const)),
      ...(task.outcome === null
        ? []
        : ([
            ['Took', formatMs(task.outcome.timings.totalMs)],
            ['Cost', formatUsd(task.outcome.costUsd)],
          ] as const)),
    ],
    spoken: `Task ${taskName(task)}, ${description}`,
  };
}

/** The model that answers or answered, as people know it. */
function routeLabel(task: TaskView): string | undefined {
  const route = task.outcome?.route ?? task.transitions.at(-1)?.to ?? task.decision?.route ?? undefined;
  if (route === undefined) return undefined;
  return task.decision?.candidates.find((candidate) => candidate.route === route)?.label ?? route;
}

interface TaskState {
  readonly words: string;
  readonly icon: ItemIcon;
  readonly contextValue: string;
}

function stateOf(task: TaskView): TaskState {
  if (task.question !== undefined) {
    return {
      words: 'stopped at a budget, asks you',
      icon: { id: 'shield', color: 'list.warningForeground' },
      contextValue: 'task.running',
    };
  }
  if (task.queue !== undefined) {
    const { position, waiting } = task.queue;
    const words = `waiting in line, place ${position} of ${waiting}`;
    return { words, icon: { id: 'watch' }, contextValue: 'task.running' };
  }
  if (isRunning(task)) {
    return { words: 'running', icon: { id: 'loading~spin' }, contextValue: 'task.running' };
  }
  switch (task.outcome?.status) {
    case 'succeeded':
      return {
        words:
          task.transitions.length === 0
            ? 'answered'
            : `answered after ${plural(task.transitions.length, 'failover')}`,
        icon: { id: 'pass', color: 'testing.iconPassed' },
        contextValue: 'task.answered',
      };
    case 'cancelled':
      return { words: 'cancelled', icon: { id: 'circle-slash' }, contextValue: 'task.ended' };
    case 'interrupted':
      return { words: 'interrupted', icon: { id: 'debug-disconnect' }, contextValue: 'task.ended' };
    case 'failed':
    case undefined:
      return {
        words: 'failed',
        icon: { id: 'error', color: 'list.errorForeground' },
        contextValue: 'task.ended',
      };
  }
}

export interface StatusData {
  readonly icon: string;
  readonly text: string;
  readonly details: readonly (readonly [label: string, value: string])[];
  readonly spoken: string;
}

/** The status bar belongs to everyone; the whole name stands in the hover. */
const statusChars = 30;

/** One glance: which model answers, or answered last; and whether the daemon is there at all. */
export function statusData(connection: ConnectionState, tasks: readonly TaskView[]): StatusData {
  const running = tasks.filter(isRunning);
  const last = running.at(-1) ?? tasks.at(-1);
  const model = last === undefined ? undefined : routeLabel(last);
  const details = [
    ['Daemon', connectionWords(connection)] as const,
    ...(last === undefined ? [] : lastTask(last)),
  ];
  if (running.length > 0) {
    const more = running.length > 1 ? ` (+${running.length - 1})` : '';
    const text = shortModelName(model ?? 'Routing…', statusChars) + more;
    return { icon: 'loading~spin', text, details, spoken: `Task Router, running: ${text}` };
  }
  if (connection.type === 'failed') {
    return {
      icon: 'warning',
      text: 'Task Router',
      details,
      spoken: 'Task Router, the daemon is not running',
    };
  }
  const text = shortModelName(model ?? 'Task Router', statusChars);
  const spoken = model === undefined ? 'Task Router' : `Task Router, last answered by ${model}`;
  return { icon: 'compass', text, details, spoken };
}

function lastTask(task: TaskView): (readonly [string, string])[] {
  const { description } = taskItem(task);
  return [
    ['Task', taskName(task)],
    ['State', description],
    ...(task.decision === null ? [] : [['Why', task.decision.summary] as const]),
  ];
}

export function connectionWords(connection: ConnectionState): string {
  switch (connection.type) {
    case 'idle':
      return 'not needed yet';
    case 'starting':
      return 'starting';
    case 'connected':
      return 'connected';
    case 'disconnected':
      return `reconnecting (${connection.error.message})`;
    case 'failed':
      return `not running (${connection.error.message})`;
    case 'stopped':
      return 'stopped';
  }
}
