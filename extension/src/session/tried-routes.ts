/** Which routes a task has been on, with those of the tasks that it is a retry of: "another" means none of these. */
import type { TaskView } from '@task-router/protocol';

/** Retries of retries of retries: far more than a person makes. */
const maxChain = 50;

export function triedRoutes(tasks: readonly TaskView[], taskId: string): string[] {
  const tried = new Set<string>();
  let next: string | null = taskId;
  for (let depth = 0; next !== null && depth < maxChain; depth++) {
    const wanted: string = next;
    const task = tasks.find((each) => each.taskId === wanted);
    if (task === undefined) break;
    for (const route of routesOf(task)) tried.add(route);
    next = task.retryOf;
  }
  return [...tried];
}

function routesOf(task: TaskView): string[] {
  const routes = [
    task.decision?.route,
    ...task.transitions.flatMap(({ from, to }) => [from, to]),
    task.outcome?.route,
  ];
  return routes.filter((route) => route !== undefined).filter((route) => route !== null);
}
