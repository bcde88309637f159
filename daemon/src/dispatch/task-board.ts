/**
 * Running tasks by id: lets a reloaded window wait for, or cancel, a task that its former connection started. The
 * answers themselves live in the client's event stream, not here.
 */
import { RouterError } from '@task-router/protocol';
import { Roster } from '../platform/roster.ts';

interface RunningTask<Result> {
  readonly taskId: string;
  readonly clientId: string;
  readonly cancel: AbortController;
  readonly result: Promise<Result>;
}

export class TaskBoard<Result> {
  readonly #running = new Roster<RunningTask<Result>>();
  readonly #mostPerClient: number;

  /** `mostPerClient`: beyond it a task is refused instead of queued out of sight. */
  constructor(mostPerClient: number) {
    this.#mostPerClient = mostPerClient;
  }

  get size(): number {
    return this.#running.size;
  }

  hasTasksOf(clientId: string): boolean {
    return this.#running.all().some((task) => task.clientId === clientId);
  }

  /** Runs `start` under a cancel signal of the task's own, which follows `signal`, and keeps it attachable until it ends. */
  run(
    taskId: string,
    { clientId, signal }: { readonly clientId: string; readonly signal: AbortSignal },
    start: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    this.#checkRoom(clientId);
    const cancel = new AbortController();
    const onAbort = () => {
      cancel.abort();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const result = start(cancel.signal);
    const onEnd = () => {
      signal.removeEventListener('abort', onAbort);
      this.#running.delete(task);
    };
    const task = { taskId, clientId, cancel, result };
    this.#running.add(task);
    // Before whoever awaits the result: they come after.
    result.then(onEnd, onEnd);
    return result;
  }

  /** Waits for a running task of the same client; aborting `signal` cancels the task. */
  async attach(taskId: string, clientId: string, signal: AbortSignal): Promise<Result> {
    const task = this.#running.all().find((each) => each.taskId === taskId);
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
    for (const task of this.#running.all()) task.cancel.abort();
  }

  /** Resolves when nothing runs any more. */
  async drained(): Promise<void> {
    await Promise.allSettled(this.#running.all().map((task) => task.result));
  }

  #checkRoom(clientId: string): void {
    if (this.#running.size < this.#mostPerClient) return;
    const mine = this.#running.all().filter((task) => task.clientId === clientId).length;
    if (mine < this.#mostPerClient) return;
    throw new RouterError('task.tooMany', `${mine} tasks of this window are running already.`);
  }
}
