/**
 * The one owner of the connection to the daemon: connects or starts it, notices its loss, backs off, tries again, and
 * gives up on a daemon that keeps crashing. Single flight: whoever needs the daemon waits for the same try. What a
 * connection is made of comes in as ports, so that every path is tested without an editor.
 */
import { RouterError, toRouterError, type ErrorCode } from '@task-router/protocol';
import { Emitter } from '../platform/emitter.ts';
import { backoffMs } from './backoff.ts';
import type { ConnectionState } from './connection-state.ts';
import { closedBreaker, isOpen, recordLoss, type CrashBreaker } from './crash-breaker.ts';

/** One open socket. */
export interface Link {
  /** Resolves when the socket is closed, for whatever reason; never rejects. */
  readonly closed: Promise<LinkEnd>;
  /** False from the moment the socket is gone, which is some turns before anyone has been told. */
  readonly isOpen: boolean;
  terminate(): void;
}

/** `leaving`: the daemon said that it goes on purpose. `lost`: anything else. */
export type LinkEnd = 'leaving' | 'lost';

export interface ConnectionPorts<L extends Link> {
  /**
   * Connects to the running daemon; when none runs and `mayLaunch`, starts one. Rejects with a `RouterError`.
   */
  open(mayLaunch: boolean, signal: AbortSignal): Promise<L>;
  /** Runs the handshake over the link and settles when requests may be sent. Rejects when it fails. */
  start(link: L, signal: AbortSignal): Promise<void>;
  /** Settles when what `start` set up has noticed the end of its link and can be started again. */
  settled(): Promise<void>;
  /** Waits; settles early when the signal aborts. Never rejects. */
  delay(ms: number, signal: AbortSignal): Promise<void>;
  nowMs(): number;
  random(): number;
}

/** A connection that lived this long was a good one: the next loss starts the back-off anew. */
const stableAfterMs = 10_000;

/**
 * A daemon that left on purpose is not started again behind the developer's back: another window may have stopped it.
 * It may also have been restarted, so for this many tries (about 8 s) its successor is looked for.
 */
const successorTries = 6;

/** Trying again by itself would change nothing. */
const hopeless: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'daemon.protocolVersion',
  'daemon.runtimeFolderUnsafe',
  'daemon.nodeVersion',
]);

export class Connection<L extends Link> {
  readonly #ports: ConnectionPorts<L>;
  readonly #changed = new Emitter<ConnectionState>();
  #state: ConnectionState = { type: 'idle' };
  #loop: AbortController | undefined;
  #link: L | undefined;
  #breaker: CrashBreaker = closedBreaker;
  #mayLaunch = true;

  constructor(ports: ConnectionPorts<L>) {
    this.#ports = ports;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  readonly onDidChange = this.#changed.listen;

  /**
   * Settles when connected. Starts the daemon when nothing has needed it before or when it was stopped.
   * @param patienceMs how long to wait while tries go on
   * @throws RouterError the reason of the last failed try, when given up or out of patience
   */
  async ensure(patienceMs: number): Promise<void> {
    if (this.#isUsable()) return;
    if (this.#state.type === 'failed') throw this.#state.error;
    this.#mayLaunch = true;
    this.#kick();
    await this.#whenConnected(patienceMs);
  }

  /** Starts connecting in the background for something that merely shows; a stopped daemon stays stopped. */
  wake(): void {
    if (this.#state.type === 'idle') this.#kick();
  }

  /** Forgets past losses and connects anew, also when connected: the developer asked for it. */
  async reconnect(patienceMs: number): Promise<void> {
    await this.#halt();
    this.#breaker = closedBreaker;
    this.#mayLaunch = true;
    this.#kick();
    await this.#whenConnected(patienceMs);
  }

  /** Ends the connection on purpose; it stays down until something needs it. */
  async stop(): Promise<void> {
    await this.#halt();
    this.#set({ type: 'stopped' });
  }

  dispose(): void {
    this.#loop?.abort();
    this.#link?.terminate();
    this.#changed.dispose();
  }

  #kick(): void {
    if (this.#loop !== undefined) return;
    const loop = new AbortController();
    this.#loop = loop;
    this.#set({ type: 'starting' });
    void this.#keepConnected(loop.signal).finally(() => {
      if (this.#loop === loop) this.#loop = undefined;
    });
  }

  async #halt(): Promise<void> {
    this.#loop?.abort();
    this.#loop = undefined;
    const link = this.#link;
    this.#link = undefined;
    if (link === undefined) return;
    link.terminate();
    await link.closed;
    await this.#ports.settled();
  }

  /** Ends when aborted, or when it gives up. Never rejects. */
  async #keepConnected(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const { error, wasGood } = await this.#oneConnection(signal);
      if (signal.aborted) return;
      failures = wasGood ? 1 : failures + 1;
      const end = this.#givesUp(error, failures);
      this.#set(end ?? { type: 'disconnected', error });
      if (end !== undefined) return;
      await this.#ports.delay(backoffMs(failures, this.#ports.random()), signal);
    }
  }

  #givesUp(error: RouterError, failures: number): ConnectionState | undefined {
    if (hopeless.has(error.code)) return { type: 'failed', error, crashing: false };
    if (isOpen(this.#breaker)) return { type: 'failed', error: keepsCrashing(error), crashing: true };
    if (!this.#mayLaunch && failures > successorTries) return { type: 'stopped' };
    return undefined;
  }

  /** One connection from its first try to its end: why it ended, and whether the back-off may start anew. */
  async #oneConnection(signal: AbortSignal): Promise<{ error: RouterError; wasGood: boolean }> {
    let link: L | undefined;
    try {
      link = await this.#ports.open(this.#mayLaunch, signal);
      // Whoever aborted may have begun another connection by now: this one just goes.
      if (signal.aborted) {
        link.terminate();
        return { error: lost('lost'), wasGood: false };
      }
      this.#link = link;
      await this.#ports.start(link, signal);
    } catch (thrown) {
      return { error: await this.#failed(thrown, link, signal), wasGood: false };
    }
    const startedMs = this.#ports.nowMs();
    this.#mayLaunch = true;
    if (!signal.aborted) this.#set({ type: 'connected' });
    const end = await link.closed;
    if (signal.aborted) return { error: lost(end), wasGood: false };
    await this.#ports.settled();
    this.#link = undefined;
    const nowMs = this.#ports.nowMs();
    if (end === 'leaving') this.#mayLaunch = false;
    else this.#breaker = recordLoss(this.#breaker, nowMs);
    return { error: lost(end), wasGood: end === 'leaving' || nowMs - startedMs >= stableAfterMs };
  }

  /** Closes what a failed try has opened and waits for its end, before which nothing may start again. */
  async #failed(thrown: unknown, link: L | undefined, signal: AbortSignal): Promise<RouterError> {
    link?.terminate();
    if (signal.aborted) return lost('lost');
    if (link !== undefined) {
      await link.closed;
      await this.#ports.settled();
      this.#link = undefined;
    }
    // Not finding a successor is no crash.
    if (this.#mayLaunch) this.#breaker = recordLoss(this.#breaker, this.#ports.nowMs());
    return asConnectionError(thrown);
  }

  async #whenConnected(patienceMs: number): Promise<void> {
    const waiting = new AbortController();
    const arrived = new Promise<void>((resolve, reject) => {
      const look = (state: ConnectionState): void => {
        if (state.type === 'connected') {
          // A loss that has not been noticed yet shows as connected; the next change tells.
          if (this.#isUsable()) resolve();
        } else if (state.type === 'failed') reject(state.error);
        else if (state.type === 'stopped') reject(unreachable('The daemon was stopped.'));
      };
      const subscription = this.onDidChange(look);
      waiting.signal.addEventListener('abort', () => subscription.dispose());
      look(this.#state);
    });
    const outOfPatience = this.#ports.delay(patienceMs, waiting.signal).then(() => {
      if (waiting.signal.aborted) return;
      throw this.#state.type === 'disconnected'
        ? this.#state.error
        : unreachable('The daemon did not answer in time.');
    });
    try {
      await Promise.race([arrived, outOfPatience]);
    } finally {
      waiting.abort();
    }
  }

  #isUsable(): boolean {
    return this.#state.type === 'connected' && this.#link?.isOpen === true;
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}

function unreachable(message: string): RouterError {
  return new RouterError('daemon.unreachable', message);
}

function lost(end: LinkEnd): RouterError {
  return unreachable(end === 'leaving' ? 'The daemon has ended.' : 'The connection to the daemon was lost.');
}

function asConnectionError(thrown: unknown): RouterError {
  if (thrown instanceof RouterError) return thrown;
  return new RouterError('daemon.unreachable', 'The daemon can’t be reached.', {
    cause: toRouterError(thrown),
  });
}

function keepsCrashing(last: RouterError): RouterError {
  return new RouterError('daemon.startFailed', `The daemon keeps crashing. Last: ${last.message}`, {
    next: 'See the log for the cause, then run "Task Router: Reconnect".',
    cause: last,
  });
}
