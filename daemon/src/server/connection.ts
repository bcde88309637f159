/**
 * One client on one socket: the handshake, requests with their bounds, the event stream, and an orderly end. Built on
 * `vscode-jsonrpc` alone: the language-server package's own connection ends the whole process when a client leaves,
 * and this process serves other windows too.
 */
import {
  type CancellationToken,
  type Logger as RpcLogger,
  type MessageConnection,
  ResponseError,
  createMessageConnection,
} from 'vscode-jsonrpc/node';
import type { WebSocket } from 'ws';
import { RouterError, type Welcome, toRouterError } from '@task-router/protocol';
import {
  closeCodes,
  closeSocket,
  createWsTransports,
  lspErrorCodes,
  toResponseError,
} from '@task-router/protocol/node';
import type { ClientContext, RouterService } from '../dispatch/service.ts';
import type { Logger } from '../platform/logger.ts';
import { createEditorModels } from './editor-models.ts';
import { EventGate } from './event-gate.ts';
import type { EventLog, StreamStart } from './event-log.ts';
import { type Handshake, readHandshake } from './handshake.ts';
import { type ConfigLanguage, serveConfigLanguage } from './lsp/config-language.ts';
import type { BoundMethod, Call } from './methods.ts';
import { answerStop } from './lsp/stop-command.ts';

export interface ConnectionHost {
  readonly service: RouterService;
  readonly eventLog: EventLog;
  readonly methods: readonly BoundMethod[];
  readonly language: ConfigLanguage;
  readonly version: string;
  readonly buildId: string;
  readonly log: Logger;
  readonly onStop: () => void;
  /** From the open socket to `initialize`, in ms. */
  readonly initializeMs: number;
}

/** Requests of one connection that run at the same time. */
const maxRequestsInFlight = 32;

/** Serves the socket until it closes. To be called in the turn in which it opened. */
export function serveConnection(socket: WebSocket, host: ConnectionHost): void {
  new Connection(socket, host).start();
}

class Connection {
  readonly #socket: WebSocket;
  readonly #host: ConnectionHost;
  readonly #rpc: MessageConnection;
  readonly #closed = new AbortController();
  #client: ClientContext | null = null;
  #inFlight = 0;
  /** Undone in reverse order when the socket closes. */
  readonly #cleanup: (() => void)[] = [];

  constructor(socket: WebSocket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    const { reader, writer } = createWsTransports(socket);
    this.#rpc = createMessageConnection(reader, writer, rpcLogger(host.log));
  }

  start(): void {
    const { methods, language, log, onStop, initializeMs } = this.#host;
    const deadline = setTimeout(() => {
      closeSocket(this.#socket, closeCodes.policy, 'initialize did not come');
    }, initializeMs);
    this.#cleanup.push(() => clearTimeout(deadline));
    this.#answer('initialize', (params) => {
      const result = this.#initialize(readHandshake(params));
      clearTimeout(deadline);
      return result;
    });
    for (const { method, run } of methods) this.#answer(method, run);
    this.#answer('shutdown', () => null);
    answerStop((method, run) => this.#answer(method, run), onStop);
    serveConfigLanguage({
      rpc: this.#rpc,
      answer: (method, run) => this.#answer(method, run),
      language,
      log,
    });
    this.#rpc.onNotification('exit', () => closeSocket(this.#socket, closeCodes.normal, 'exit'));
    this.#rpc.onError(([error]) => log.debug('connection error', { error }));
    this.#socket.once('close', (code: number) => this.#end(code));
    this.#rpc.listen();
  }

  /** Registers a request. Whatever its handler throws becomes a typed error; none reaches the process. */
  #answer(method: string, run: (params: unknown, call: Call) => unknown): void {
    this.#rpc.onRequest(method, async (...args: unknown[]) => {
      // Params by position arrive spread out; no method takes them, so they are shown to the schema as they are.
      const token = args.at(-1) as CancellationToken;
      const params = args.length > 2 ? args.slice(0, -1) : args.length === 2 ? args[0] : undefined;
      const cancelled = new AbortController();
      const subscription = token.onCancellationRequested(() => cancelled.abort());
      if (token.isCancellationRequested) cancelled.abort();
      try {
        this.#inFlight += 1;
        const client = this.#admit(method);
        return await run(params, { client, cancelled: cancelled.signal, closed: this.#closed.signal });
      } catch (error) {
        throw this.#responseError(method, error, cancelled.signal);
      } finally {
        this.#inFlight -= 1;
        subscription.dispose();
      }
    });
  }

  #admit(method: string): ClientContext {
    if (this.#inFlight > maxRequestsInFlight) {
      throw new RouterError(
        'task.tooMany',
        `This connection already has ${maxRequestsInFlight} requests running.`,
      );
    }
    if (method === 'initialize') {
      if (this.#client !== null)
        throw new RouterError('request.invalid', 'initialize: comes once per connection');
      return nobody;
    }
    if (this.#client === null) {
      throw new ResponseError(lspErrorCodes.serverNotInitialized, 'initialize comes first');
    }
    return this.#client;
  }

  #responseError(method: string, thrown: unknown, cancelled: AbortSignal): ResponseError<unknown> {
    if (thrown instanceof ResponseError) return thrown;
    if (cancelled.aborted && !(thrown instanceof RouterError)) {
      return new ResponseError(lspErrorCodes.requestCancelled, 'cancelled');
    }
    const error = toRouterError(thrown);
    if (error !== thrown) this.#host.log.error('a request failed unexpectedly', { method, error: thrown });
    return toResponseError(error);
  }

  #initialize({ hello, protocolVersion }: Handshake): unknown {
    const { service, eventLog, version, buildId, language } = this.#host;
    const { clientId, client, trusted, editorModels, resume } = hello;
    this.#client = {
      clientId,
      client,
      trusted,
      editorModels: editorModels ? createEditorModels(this.#rpc, this.#closed.signal) : null,
    };
    const gate = new EventGate(this.#rpc, this.#socket);
    const { start, detach } = eventLog.attach({
      clientId,
      client,
      resume,
      initialState: () => service.currentState(clientId),
      subscriber: gate,
    });
    this.#cleanup.push(detach);
    this.#goLive(this.#client, gate, start);
    const taskRouter: Welcome = {
      protocolVersion,
      daemonVersion: version,
      buildId,
      pid: process.pid,
      ...(start.resume === 'snapshot'
        ? { resume: 'snapshot', snapshot: start.snapshot }
        : { resume: 'replayed' }),
    };
    return {
      capabilities: language.capabilities,
      serverInfo: { name: 'task-router', version },
      taskRouter,
    };
  }

  /** Nothing goes out before the answer to `initialize`: that one is written within this turn of the event loop. */
  #goLive(client: ClientContext, gate: EventGate, start: StreamStart): void {
    const turn = setImmediate(() => {
      if (this.#closed.signal.aborted) return;
      gate.open(start.resume === 'replayed' ? start.missed : []);
      this.#guard(() => this.#cleanup.push(this.#host.service.clientConnected(client)));
      this.#host.log.info('client connected', { client: client.client, resume: start.resume });
    });
    this.#cleanup.push(() => clearImmediate(turn));
  }

  #end(code: number): void {
    this.#closed.abort();
    for (const undo of this.#cleanup.reverse()) this.#guard(undo);
    // Rejects what still waits for an answer of this client.
    this.#rpc.dispose();
    if (this.#client !== null) this.#host.log.info('client left', { client: this.#client.client, code });
  }

  /** What runs outside of any request must not end the process either. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#host.log.error('a connection step failed unexpectedly', { error });
    }
  }
}

/** Stands in until the handshake is done; no method sees it. */
const nobody: ClientContext = { clientId: '', client: 'cli', trusted: false, editorModels: null };

/** The library's own remarks, shortened: some repeat what the peer sent. */
function rpcLogger(log: Logger): RpcLogger {
  const write = (message: string): void => log.debug('json-rpc', { message: message.slice(0, 300) });
  return { error: write, warn: write, info: write, log: write };
}
