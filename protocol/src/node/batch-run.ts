/**
 * Runs a batch through the daemon, for the command line and the editor alike: plan, send each task where the plan wants it,
 * and append each result to its file when it is there. That file is the journal: a run that was cut short goes on where
 * it stopped, and nothing that succeeded is paid for twice. One failed task never stops the rest.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { RouterError, toRouterError } from '../errors.ts';
import { limits } from '../limits.ts';
import { readBatchResults, type BatchResult, type BatchRow } from '../data/batch.ts';
import type { Outcome } from '../data/outcome.ts';
import type { PolicyLayer } from '../data/policy.ts';
import type { TaskInput } from '../data/task.ts';
import type { planBatchRequest, routeRequest } from '../methods/index.ts';
import type { ParamsInputOf, ResultOf } from '../rpc.ts';

type Plan = ResultOf<typeof planBatchRequest>;
type RunInput = Extract<ParamsInputOf<typeof routeRequest>, { type: 'run' }>;

/** What a batch needs of a connection. Both reject with `RouterError`. */
export interface BatchPorts {
  plan(params: ParamsInputOf<typeof planBatchRequest>, signal: AbortSignal): Promise<Plan>;
  /** Resolves when the task has ended, with its whole answer. */
  route(
    params: RunInput,
    signal: AbortSignal,
  ): Promise<{ readonly decisionId: string; readonly outcome: Outcome; readonly text: string }>;
}

export interface BatchOptions {
  readonly rows: readonly BatchRow[];
  /** Throws `RouterError` where a named file can't be used: that task fails, the others go on. */
  readonly contextOf: (row: BatchRow) => Pick<TaskInput, 'context' | 'skippedContext'>;
  readonly outputFile: string;
  readonly policy?: readonly PolicyLayer[];
  readonly allowFoundAccounts: boolean;
  /** Ends what runs; what has not ended then is not in the results and runs the next time. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BatchProgress) => void;
}

export type BatchProgress =
  | { readonly type: 'planned'; readonly plan: Plan; readonly total: number; readonly done: number }
  | { readonly type: 'started'; readonly id: string; readonly route: string | null }
  | { readonly type: 'ended'; readonly result: BatchResult; readonly done: number; readonly total: number };

export interface BatchSummary {
  readonly succeeded: number;
  readonly failed: number;
  /** Done by an earlier run. */
  readonly resumed: number;
  /** Not done, because the batch was cancelled. */
  readonly left: number;
}

const atOnce = 16;
const privateMode = 0o600;

interface Job {
  readonly row: BatchRow;
  readonly rowSha256: string;
  readonly context: Pick<TaskInput, 'context' | 'skippedContext'>;
}

/** Rejects with `RouterError` only where the batch as a whole can't run: no daemon, no plan, no results file. */
export async function runBatch(options: BatchOptions, ports: BatchPorts): Promise<BatchSummary> {
  const journal = new Journal(options.outputFile);
  try {
    return await new Run(options, ports, journal).all();
  } finally {
    journal.close();
  }
}

class Run {
  readonly #options: BatchOptions;
  readonly #ports: BatchPorts;
  readonly #journal: Journal;
  #succeeded = 0;
  #failed = 0;
  #resumed = 0;

  constructor(options: BatchOptions, ports: BatchPorts, journal: Journal) {
    this.#options = options;
    this.#ports = ports;
    this.#journal = journal;
  }

  async all(): Promise<BatchSummary> {
    const jobs = this.#open();
    if (jobs.length > 0) await this.#run(jobs);
    const [succeeded, failed, resumed] = [this.#succeeded, this.#failed, this.#resumed];
    return { succeeded, failed, resumed, left: this.#options.rows.length - succeeded - failed - resumed };
  }

  /** Rows that are not done yet and whose context can be read. */
  #open(): Job[] {
    return this.#options.rows.flatMap((row) => {
      const { line: _, ...content } = row;
      const rowSha256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
      if (this.#journal.isDone(row.id, rowSha256)) {
        this.#resumed += 1;
        return [];
      }
      try {
        return [{ row, rowSha256, context: this.#options.contextOf(row) }];
      } catch (thrown) {
        this.#end({ row, rowSha256, context: {} }, { error: toRouterError(thrown) });
        return [];
      }
    });
  }

  async #run(jobs: readonly Job[]): Promise<void> {
    const { signal, policy = [], allowFoundAccounts, onProgress, rows } = this.#options;
    const plan = await this.#ports.plan(
      {
        tasks: jobs.map(({ row, context }) => ({
          id: row.id,
          prompt: row.prompt.slice(0, limits.batchPromptChars),
          ...(row.kind !== undefined && { kind: row.kind }),
          chars: charsOf(row, context),
        })),
        policy: [...policy],
        allowFoundAccounts,
      },
      signal,
    );
    onProgress({ type: 'planned', plan, total: rows.length, done: this.#done() });
    const routeOf = new Map(plan.assignment.map(({ id, route }) => [id, route]));
    const queues = Map.groupBy(jobs, ({ row }) => routeOf.get(row.id) ?? null);
    const slots = new Map(plan.routes.map((each) => [each.route, each.slots]));
    await Promise.all(
      [...queues].flatMap(([route, queue]) => {
        const workers = Math.min(queue.length, slots.get(route ?? '') ?? 1, share(queues.size));
        return Array.from({ length: workers }, () => this.#work(queue, route));
      }),
    );
  }

  async #work(queue: Job[], route: string | null): Promise<void> {
    for (let job = queue.shift(); job !== undefined && !this.#options.signal.aborted; job = queue.shift()) {
      this.#options.onProgress({ type: 'started', id: job.row.id, route });
      try {
        const routed = await this.#route(job, route);
        if (routed.outcome.status !== 'cancelled') this.#end(job, routed);
      } catch (thrown) {
        if (!this.#options.signal.aborted) this.#end(job, { error: toRouterError(thrown) });
      }
    }
  }

  /** First where the plan wants it; when that route can't, wherever the daemon finds best then. */
  async #route({ row, context }: Job, route: string | null): ReturnType<BatchPorts['route']> {
    const { signal, policy = [], allowFoundAccounts } = this.#options;
    const { prompt, kind, language, constraints } = row;
    const task: TaskInput = {
      ...{ prompt, constraints, priority: 'batch', ...context },
      ...(kind !== undefined && { kind }),
      ...(language !== undefined && { language }),
    };
    const run: RunInput = {
      type: 'run',
      task,
      policy: [...policy],
      allowFoundAccounts,
      onDisconnect: 'cancel',
    };
    if (route === null) return this.#ports.route(run, signal);
    try {
      return await this.#ports.route({ ...run, pin: route }, signal);
    } catch (thrown) {
      const { code } = toRouterError(thrown);
      if (signal.aborted || (code !== 'route.none' && code !== 'route.allFailed')) throw thrown;
      return this.#ports.route({ ...run, exclude: [route] }, signal);
    }
  }

  #end(
    { row, rowSha256 }: Job,
    ended: { error: RouterError } | { decisionId: string; outcome: Outcome; text: string },
  ): void {
    const isError = 'error' in ended;
    const succeeded = !isError && ended.outcome.status === 'succeeded';
    const result: BatchResult = {
      ...{ id: row.id, status: succeeded ? 'succeeded' : 'failed', rowSha256 },
      decisionId: isError ? null : ended.decisionId,
      text: isError ? '' : ended.text.slice(0, limits.answerChars),
      outcome: isError ? null : ended.outcome,
      error: isError ? ended.error.toWire() : null,
    };
    this.#journal.append(result);
    if (succeeded) this.#succeeded += 1;
    else this.#failed += 1;
    this.#options.onProgress({
      ...{ type: 'ended', result },
      ...{ done: this.#done(), total: this.#options.rows.length },
    });
  }

  #done(): number {
    return this.#succeeded + this.#failed + this.#resumed;
  }
}

/** Workers that each of so many routes may have, so that they stay within the bound together. */
function share(routes: number): number {
  return Math.max(1, Math.floor(atOnce / routes));
}

function charsOf(row: BatchRow, { context = [] }: Pick<TaskInput, 'context'>): number {
  const chars = context.reduce((sum, span) => sum + span.text.length, row.prompt.length);
  return Math.min(chars, limits.contextBytes);
}

/** The results file, appended to line by line and held open. */
class Journal {
  readonly #file: number;
  readonly #earlier: ReadonlyMap<string, BatchResult>;

  /** Throws `usage.invalid` where it can't be read or written. */
  constructor(path: string) {
    try {
      this.#file = openSync(path, 'a+', privateMode);
      if (statSync(path).size > limits.batchBytes * 8)
        throw new RouterError('usage.invalid', `${path} is too large to go on with.`);
      const text = readFileSync(path, 'utf8');
      this.#earlier = readBatchResults(text);
      // A line that broke off must not swallow the next one.
      if (text !== '' && !text.endsWith('\n')) writeSync(this.#file, '\n');
    } catch (error) {
      if (error instanceof RouterError) throw error;
      throw new RouterError('usage.invalid', `The results file ${path} can't be written.`);
    }
  }

  isDone(id: string, rowSha256: string): boolean {
    const earlier = this.#earlier.get(id);
    return earlier?.status === 'succeeded' && earlier.rowSha256 === rowSha256;
  }

  append(result: BatchResult): void {
    writeSync(this.#file, `${JSON.stringify(result)}\n`);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
