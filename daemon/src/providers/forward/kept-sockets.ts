/**
 * The kept connections to one server on plain HTTP, which runs on this machine. Node's own agent serves any number of
 * servers and callers: for each call it makes a name, two copies of the options, an async resource and three timers, a
 * third of what sending the call takes. One server and callers without a context need a stack of sockets.
 *
 * `addRequest` and `free` are how Node's client speaks with anything in the place of an agent (`http.request`'s "agent-like
 * object"); the rest of `http.Agent` stays as it is.
 */
import http from 'node:http';
import type { ClientRequest } from 'node:http';
import { connect } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface KeptSocketsOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: the runtime's own. */
  readonly lookup?: LookupFunction;
  /** Beyond it a call waits for another one's end. */
  readonly maxSockets: number;
  readonly maxFreeSockets: number;
  /** Shorter than the time after which servers hang up on a connection that nobody uses. */
  readonly idleMs: number;
}

interface KeptSocket {
  readonly socket: Socket;
  /** When it became free; null: a call has it. */
  freeSinceMs: number | null;
}

/** A server that says how long it keeps a connection is believed this much less: its clock began before ours. */
const hintMarginMs = 1_000;

export class KeptSockets extends http.Agent {
  readonly #options: KeptSocketsOptions;
  /** The one used last on top. */
  readonly #free: KeptSocket[] = [];
  readonly #waiting: ClientRequest[] = [];
  #open = 0;
  #idleMs: number;
  #hint: string | undefined;
  #reaper: NodeJS.Timeout | null = null;

  constructor(options: KeptSocketsOptions) {
    super({ keepAlive: true });
    this.#options = options;
    this.#idleMs = options.idleMs;
  }

  /** For Node's client: gives the request a socket, now or when there is one. */
  addRequest(request: ClientRequest): void {
    const kept = this.#kept();
    if (kept !== null) {
      request.reusedSocket = true;
      request.onSocket(kept);
    } else if (this.#open < this.#options.maxSockets) request.onSocket(this.#connect());
    else this.#waiting.push(request);
  }

  /** What the server's `keep-alive` header says of how long it keeps a connection; undefined: nothing. */
  hint(said: string | undefined): void {
    if (said === this.#hint) return;
    this.#hint = said;
    const seconds = /(?:^|[\s,])timeout=(\d{1,9})/.exec(said ?? '')?.[1];
    const saidMs = seconds === undefined ? Infinity : Number(seconds) * 1_000 - hintMarginMs;
    this.#idleMs = Math.min(this.#options.idleMs, saidMs);
  }

  /** null: none that can still be used. */
  #kept(): Socket | null {
    for (let top = this.#free.pop(); top !== undefined; top = this.#free.pop()) {
      const { socket, freeSinceMs } = top;
      const isClean = socket.readableLength === 0 && socket.writable && !socket.destroyed;
      if (isClean && freeSinceMs !== null && performance.now() - freeSinceMs < this.#idleMs) {
        top.freeSinceMs = null;
        socket.ref();
        return socket;
      }
      socket.destroy();
    }
    return null;
  }

  #connect(): Socket {
    const { host, port, lookup } = this.#options;
    const socket = connect({ host, port, ...(lookup && { lookup }), noDelay: true, keepAlive: true });
    const kept: KeptSocket = { socket, freeSinceMs: null };
    this.#open += 1;
    // Bytes that nobody asked for would be read as the answer to the next call. Listening all the time costs less than
    // beginning and ending to listen between two calls.
    socket.on('data', () => {
      if (kept.freeSinceMs !== null) socket.destroy();
    });
    socket.on('free', () => this.#freed(kept));
    // What breaks while a call runs, the call hears; what breaks in between is nobody's.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed(socket));
    return socket;
  }

  #freed(kept: KeptSocket): void {
    const { socket } = kept;
    const isUsable = socket.writable && !socket.destroyed;
    const next = isUsable ? this.#nextWaiting() : undefined;
    if (next !== undefined) {
      next.reusedSocket = true;
      next.onSocket(socket);
    } else if (isUsable && this.#idleMs > 0 && this.#free.length < this.#options.maxFreeSockets) {
      socket.unref();
      kept.freeSinceMs = performance.now();
      this.#free.push(kept);
      if (this.#reaper === null) this.#reapLater();
    } else socket.destroy();
  }

  #closed(socket: Socket): void {
    this.#open -= 1;
    const at = this.#free.findIndex((free) => free.socket === socket);
    if (at >= 0) this.#free.splice(at, 1);
    const next = this.#nextWaiting();
    if (next !== undefined) next.onSocket(this.#connect());
  }

  /** Who was aborted while it waited needs no connection. */
  #nextWaiting(): ClientRequest | undefined {
    let next = this.#waiting.shift();
    while (next?.destroyed === true) next = this.#waiting.shift();
    return next;
  }

  #reapLater(): void {
    this.#reaper = setTimeout(() => this.#reap(), this.#options.idleMs).unref();
  }

  /** The longest unused lie at the bottom. */
  #reap(): void {
    this.#reaper = null;
    const before = performance.now() - this.#idleMs;
    const first = this.#free.findIndex(({ freeSinceMs }) => freeSinceMs !== null && freeSinceMs > before);
    for (const { socket } of this.#free.splice(0, first < 0 ? Infinity : first)) socket.destroy();
    if (this.#free.length > 0) this.#reapLater();
  }
}
