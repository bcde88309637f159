/**
 * The tasks this window waits for: those it starts, and those that it finds running after a reload. A task outlives
 * its connection: when the answer is lost with the socket, the run waits for the next connection and attaches again.
 * A task itself is sent once and never again.
 *
 * The wire names a task only once it has started, so tasks are started one after the other: the next task that
 * appears is then the one that was sent.
 */
import {
  RouterError,
  isErrorCode,
  type ParamsInputOf,
  type ResultOf,
  type TaskView,
  type daemonRequests,
} from '@task-router/protocol';
import { connectionLost } from '../daemon/router-client.ts';
import { Emitter } from '../platform/emitter.ts';
import { isRunning } from './carry-over.ts';
import type { SessionStore } from './session-store.ts';

type RouteParams = ParamsInputOf<typeof daemonRequests.route>;
export type RouteResult = ResultOf<typeof daemonRequests.route>;
export type NewTask = Omit<Extract<RouteParams, { type: 'run' }>, 'type' | 'onBudget' | 'onDisconnect'>;

export interface TaskRunPorts {
  /** Sends `router/route` once. */
  route(params: RouteParams, signal: AbortSignal): Promise<RouteResult>;
  /** Settles when connected again; rejects with a `RouterError` when that is given up. */
  whenConnected(): Promise<void>;
}

/** Waiting for one task. */
export interface TaskRun {
  /** Settles when the task has its id; rejects when it could not be started. */
  readonly started: Promise<string>;
  /** Settles when the task has ended; rejects with a `RouterError`. */
  readonly result: Promise<RouteResult>;
  readonly taskId: string | undefined;
  /** Whether it was found running after a reload. */
  readonly isAttached: boolean;
  cancel(): void;
}

class Run implements TaskRun {
  readonly #started = Promise.withResolvers<string>();
  readonly #cancel = new AbortController();
  readonly isAttached: boolean;
  readonly result: Promise<RouteResult>;
  taskId: string | undefined;

  constructor(isAttached: boolean, drive: (run: Run) => Promise<RouteResult>) {
    this.isAttached = isAttached;
    // Whoever cares about the start or the end listens; nobody has to.
    this.#started.promise.catch(() => undefined);
    this.result = Promise.resolve().then(() => drive(this));
    this.result.then(
      ({ taskId }) => this.adopt(taskId),
      (error: unknown) => this.#started.reject(error),
    );
  }

  get started(): Promise<string> {
    return this.#started.promise;
  }

  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  adopt(taskId: string): void {
    this.taskId ??= taskId;
    this.#started.resolve(this.taskId);
  }

  cancel(): void {
    this.#cancel.abort();
  }
}

export class TaskRuns {
  readonly #ports: TaskRunPorts;
  readonly #store: SessionStore;
  readonly #runs = new Set<Run>();
  readonly #began: Emitter<TaskRun>;
  #lastStart: Promise<void> = Promise.resolve();

  constructor(ports: TaskRunPorts, store: SessionStore, onListenerError?: (error: unknown) => void) {
    this.#ports = ports;
    this.#store = store;
    this.#began = new Emitter(onListenerError);
  }

  /** Every run, before it has an id. */
  get onDidBegin(): Emitter<TaskRun>['listen'] {
    return this.#began.listen;
  }

  get count(): number {
    return this.#runs.size;
  }

  start(task: NewTask): TaskRun {
    const params: RouteParams = { type: 'run', ...task, onBudget: 'ask', onDisconnect: 'continue' };
    return this.#begin(new Run(false, (run) => this.#driveNew(run, params)));
  }

  /** Waits for tasks that run and that nobody waits for: after a reload these are all that run. */
  attachToRunning(): void {
    for (const task of this.#store.tasks.filter((each) => isRunning(each) && each.tool === undefined)) {
      if (this.#runOf(task.taskId) !== undefined || this.#isStarting()) continue;
      const run = new Run(true, (self) => this.#untilEnd(self));
      run.adopt(task.taskId);
      this.#begin(run);
    }
  }

  /** False when that task is not running. */
  cancel(taskId: string): boolean {
    const run = this.#runOf(taskId);
    run?.cancel();
    return run !== undefined;
  }

  #begin(run: Run): Run {
    this.#runs.add(run);
    const end = (): void => {
      this.#runs.delete(run);
    };
    run.result.then(end, end);
    this.#began.fire(run);
    return run;
  }

  #runOf(taskId: string): Run | undefined {
    return [...this.#runs].find((run) => run.taskId === taskId);
  }

  #isStarting(): boolean {
    return [...this.#runs].some((run) => run.taskId === undefined);
  }

  async #driveNew(run: Run, params: RouteParams): Promise<RouteResult> {
    const { promise: myStart, resolve: letNextStart } = Promise.withResolvers<undefined>();
    const previous = this.#lastStart;
    this.#lastStart = myStart.then(() => undefined);
    await previous;
    const known = new Set(this.#store.tasks.map(({ taskId }) => taskId));
    const adopt = (): void => {
      const mine = this.#store.tasks.find((task) => !known.has(task.taskId) && isStartOf(task, params));
      if (mine === undefined) return;
      run.adopt(mine.taskId);
      letNextStart(undefined);
    };
    const subscription = this.#store.onDidChange(adopt);
    try {
      if (run.signal.aborted) throw cancelledBeforeStart();
      return await this.#ports.route(params, run.signal);
    } catch (error) {
      if (!connectionLost(error)) throw error;
      await this.#ports.whenConnected();
      adopt();
      if (run.taskId === undefined) throw neverStarted(error);
      return await this.#untilEnd(run);
    } finally {
      subscription.dispose();
      letNextStart(undefined);
    }
  }

  /** Attaches until the task has ended, over as many connections as it takes. */
  async #untilEnd(run: Run): Promise<RouteResult> {
    const taskId = run.taskId ?? '';
    while (true) {
      await this.#ports.whenConnected();
      const ended = this.#endOf(taskId);
      if (ended !== undefined) return ended;
      try {
        return await this.#ports.route({ type: 'attach', taskId }, run.signal);
      } catch (error) {
        // It may have ended just before: then the events that came with the connection tell how.
        const known = this.#endOf(taskId);
        if (known !== undefined) return known;
        if (!connectionLost(error)) throw error;
        // Whatever the port says: without a pause in between, a loop of refusals would stop everything else.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** How a task ended as far as this window has seen. Throws the task's own error. */
  #endOf(taskId: string): RouteResult | undefined {
    const task = this.#store.task(taskId);
    if (task?.error != null) throw errorOf(task.error);
    if (task?.outcome == null) return undefined;
    return { taskId, decisionId: task.decision?.decisionId ?? '', outcome: task.outcome };
  }
}

function isStartOf(task: TaskView, params: RouteParams): boolean {
  return params.type === 'run' && task.tool === undefined && task.retryOf === (params.retryOf ?? null);
}

function errorOf(error: NonNullable<TaskView['error']>): RouterError {
  const code = isErrorCode(error.code) ? error.code : 'internal.unexpected';
  return new RouterError(code, error.message, { next: error.next, retryAfterMs: error.retryAfterMs ?? null });
}

function cancelledBeforeStart(): RouterError {
  return new RouterError('task.notFound', 'The task was cancelled before it started.');
}

function neverStarted(cause: unknown): RouterError {
  return new RouterError(
    'daemon.unreachable',
    'The connection was lost before the daemon had the task; nothing was sent to a model.',
    { next: 'Route the task again.', cause },
  );
}
