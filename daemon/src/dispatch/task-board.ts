/**
 * Running tasks by id: lets a reloaded window wait for, or cancel, a task that its former connection started. The
 * answers themselves live in the client's event stream, not here.
 */
import type { ResultOf, routeRequest } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';

type RouteResult = ResultOf<typeof routeRequest>;

interface RunningTask {
  readonly clientId: string;
  readonly cancel: AbortController;
  readonly result: Promise<RouteResult>;
}

/** Per client; beyond it a task is refused instead of queued out of sight. */
const maxRunningPerClient = 32;

export class TaskBoard {
  readonly #running = new Map<string, RunningTask>();

  get size(): number {
    return this.#running.size;
  }

  hasTasksOf(clientId: string): boolean {
    return [...this.#running.values()].some((task) => task.clientId === clientId);
  }

  /** Runs `start` under a cancel signal of the task's own and keeps it attachable until it ends. */
  run(
    taskId: string,
    clientId: string,
    start: (signal: AbortSignal) => Promise<RouteResult>,
  ): { readonly result: Promise<RouteResult>; readonly cancel: AbortController } {
    const mine = [...this.#running.values()].filter((task) => task.clientId === clientId).length;
    if (mine >= maxRunningPerClient) {
      throw new RouterError('task.tooMany', `${mine} tasks of this window are running already.`);
    }
    const cancel = new AbortController();
    const result = start(cancel.signal).finally(() => this.#running.delete(taskId));
    this.#running.set(taskId, { clientId, cancel, result });
    return { result, cancel };
  }

  /** Waits for a running task of the same client; aborting `signal` cancels the task. */
  async attach(taskId: string, clientId: string, signal: AbortSignal): Promise<RouteResult> {
    const task = this.#running.get(taskId);
    if (task?.clientId !== clientId) {
      throw new RouterError('task.notFound', 'That task is not running any more.');
    }
    const onAbort = () => {
      task.cancel.abort();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await task.result;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  cancelAll(): void {
    for (const task of this.#running.values()) task.cancel.abort();
  }

  /** Resolves when nothing runs any more. */
  async drained(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map((task) => task.result));
  }
}
