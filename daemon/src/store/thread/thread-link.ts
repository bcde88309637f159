/**
 * Starts the history thread and speaks with it. Calls are answered while the main thread waits, within a limit: a disk that
 * hangs must not hang the daemon. A thread that does not answer is asked no more until its answer came after all; one that has
 * ended is started again, at most once in a while, and applies what the journal has.
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type {
  HistoryAnswer,
  HistoryCall,
  HistoryLink,
  HistoryListener,
  PlainError,
} from './history-calls.ts';
import type { JournalSignals } from '../journal/journal-signals.ts';
import type { Beginning } from './open-history.ts';
import { StorageError, threadGone } from '../storage-problem.ts';

/** For a call. Clearing rewrites the file, however large it was. */
const answerMs = 10_000;
const rewriteMs = 120_000;
const restartEveryMs = 15_000;
/** Pages of an export are its largest answers; the file's own cache is not part of it. */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4, stackSizeMb: 2 };

/** Beside this file, as source or as the bundle of the same name. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? './history-thread.ts' : './history-thread.cjs',
  import.meta.url,
);

export interface ThreadStart {
  readonly path: string;
  readonly memory: SharedArrayBuffer;
  readonly calls: MessagePort;
  readonly nowMs: number;
}

export type ThreadMessage =
  | { readonly type: 'ready'; readonly beginning: Beginning }
  | { readonly type: 'unusable'; readonly reason: string }
  | { readonly type: 'problem'; readonly problem: string; readonly count: number }
  | { readonly type: 'refused'; readonly error: PlainError }
  | { readonly type: 'broken'; readonly error: PlainError };

export interface ThreadOptions {
  readonly path: string;
  readonly signals: JournalSignals;
  readonly nowMs: () => number;
}

export type StartedThread =
  | { readonly status: 'ready'; readonly link: HistoryLink; readonly beginning: Beginning }
  | { readonly status: 'unusable'; readonly reason: string };

/** Never rejects. */
export async function startHistoryThread(options: ThreadOptions): Promise<StartedThread> {
  const link = new ThreadLink(options);
  const started = await link.start();
  return started.type === 'ready'
    ? { status: 'ready', link, beginning: started.beginning }
    : { status: 'unusable', reason: started.reason };
}

type Started = Extract<ThreadMessage, { type: 'ready' | 'unusable' }>;

class ThreadLink implements HistoryLink {
  readonly #options: ThreadOptions;
  #calls: MessagePort | null = null;
  #lastCall = 0;
  /** The call that was not answered in time; 0: none. */
  #unanswered = 0;
  #startedAtMs = 0;
  /** Of the thread that runs: an answer told of them, or of their end. */
  #problemsSeen = 0;
  #listener: HistoryListener | null = null;
  #isClosing = false;
  #isStarting = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  get fileBytes(): number {
    return this.#options.signals.fileBytes;
  }

  listen(listener: HistoryListener): void {
    this.#listener = listener;
  }

  /** Resolves when the file is open, or can't be. */
  start(): Promise<Started> {
    const { port1, port2 } = new MessageChannel();
    const { path, signals, nowMs } = this.#options;
    this.#startedAtMs = nowMs();
    this.#isStarting = true;
    const workerData = { path, memory: signals.memory, calls: port2, nowMs: this.#startedAtMs };
    const started = Promise.withResolvers<Started>();
    const worker = new Worker(program, {
      ...{ workerData: workerData satisfies ThreadStart, transferList: [port2], resourceLimits },
      // Flags of this process (a debugger's, an evaluated script's) are not the thread's, and it has nothing to print:
      // joined to our output it would make that non-blocking.
      ...{ execArgv: [], stdout: true, stderr: true },
    });
    let last: string | null = null;
    worker.on('message', (message: ThreadMessage) => {
      if (message.type === 'ready') {
        this.#calls = port1;
        this.#unanswered = 0;
        this.#problemsSeen = 0;
        worker.unref();
      }
      if (message.type === 'ready' || message.type === 'unusable') started.resolve(message);
      else this.#tell(message);
    });
    worker.on('error', (error) => {
      last = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      port1.close();
      if (this.#calls === port1) this.#ended();
      started.resolve({
        type: 'unusable',
        reason: `The thread for the history ended${last === null ? '' : `: ${last}`}.`,
      });
    });
    port1.unref();
    return started.promise.finally(() => {
      this.#isStarting = false;
    });
  }

  revive(): void {
    if (this.#calls !== null || this.#isClosing || this.#isStarting) return;
    if (this.#options.nowMs() - this.#startedAtMs < restartEveryMs) return;
    void this.start().then(({ type }) => {
      if (type === 'ready') this.#listener?.onRevived();
    });
  }

  call(on: HistoryCall['on'], method: string, args: readonly unknown[]): unknown {
    const { signals } = this.#options;
    const calls = this.#answering();
    const id = (this.#lastCall += 1);
    if (method === 'close') this.#isClosing = true;
    calls.postMessage({ id, on, method, args } satisfies HistoryCall);
    signals.ring();
    const isRewrite = method === 'forgetRest' || method === 'close';
    if (!signals.awaitAnswer(id, isRewrite ? rewriteMs : answerMs)) {
      this.#unanswered = id;
      throw new StorageError('HISTORY_SILENT', `no answer to ${method}`);
    }
    return this.#result(answerTo(id, calls));
  }

  post(on: HistoryCall['on'], method: string): void {
    if (this.#calls === null || this.#unanswered > 0) return;
    this.#calls.postMessage({ id: 0, on, method, args: [] } satisfies HistoryCall);
    this.#options.signals.ring();
  }

  wake(): void {
    this.#options.signals.ringIfAsleep();
  }

  /** Throws where nobody would answer. */
  #answering(): MessagePort {
    if (this.#calls === null) throw new StorageError('HISTORY_GONE', 'the history thread has ended');
    if (this.#unanswered > 0 && this.#options.signals.answered !== this.#unanswered)
      throw new StorageError('HISTORY_SILENT', 'the history thread does not answer');
    this.#unanswered = 0;
    return this.#calls;
  }

  #result(answer: HistoryAnswer): unknown {
    this.#problemsSeen = answer.problems;
    if (answer.problem !== null) this.#listener?.onProblem(answer.problem);
    if (answer.status === 'done') return answer.result;
    throw errorFrom(answer.error);
  }

  #tell(message: Exclude<ThreadMessage, Started>): void {
    if (message.type !== 'problem') this.#listener?.onRefused(errorFrom(message.error));
    else if (message.count > this.#problemsSeen) this.#listener?.onProblem(message.problem);
  }

  #ended(): void {
    this.#calls = null;
    this.#unanswered = 0;
    if (this.#isClosing) return;
    this.#listener?.onProblem(threadGone);
    this.revive();
  }
}

/** Answers to calls that were given up come before it. */
function answerTo(id: number, calls: MessagePort): HistoryAnswer {
  for (;;) {
    const said = receiveMessageOnPort(calls);
    if (said === undefined) throw new StorageError('HISTORY_SILENT', 'an answer was lost');
    const answer = said.message as HistoryAnswer;
    if (answer.id === id) return answer;
  }
}

function errorFrom({ message, code }: PlainError): Error {
  return code === null ? new Error(message) : new StorageError(code, message);
}
