/**
 * A client of the daemon for the command line and for tests. The extension speaks the same protocol through its
 * language client; this one is the same conversation without an editor.
 */
import {
  createMessageConnection,
  CancellationTokenSource,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { WebSocket } from 'ws';
import * as z from 'zod';
import {
  type Hello,
  type NumberedEvent,
  type ParamsInputOf,
  type RequestMethod,
  type ResultOf,
  RouterError,
  type Welcome,
  eventNotification,
  helloSchema,
  welcomeSchema,
} from '../index.ts';
import { answerEditorModels, type EditorModelsHandler } from './editor-models-handler.ts';
import { fromResponseError, isCancelled } from './rpc-errors.ts';
import { createWsTransports } from './ws-transport.ts';

/** LSP method that asks the daemon to end, with this command's name. */
export const stopCommand = 'taskRouter.stop';

export interface DaemonClientOptions {
  readonly hello: z.input<typeof helloSchema>;
  /** Answers the daemon's reverse calls; set `hello.editorModels` with it. */
  readonly editorModels?: EditorModelsHandler | undefined;
}

const initializeResultSchema = z.looseObject({ taskRouter: welcomeSchema });

/** How long a polite goodbye may take before the socket is simply closed. */
const goodbyeMs = 1_000;

export class DaemonClient {
  /** Resolves when the connection has ended, for whatever reason. Never rejects. */
  readonly closed: Promise<void>;
  readonly welcome: Welcome;
  readonly #connection: MessageConnection;
  readonly #socket: WebSocket;
  readonly #listeners = new Set<(event: NumberedEvent) => void>();
  /** Events that came before the first listener. */
  #early: NumberedEvent[] | null;

  /**
   * Shakes hands over an open socket (see `connectToDaemon`) and takes it over. Rejects with `RouterError`, for
   * example `daemon.protocolVersion`, and closes the socket then.
   */
  static async open(socket: WebSocket, options: DaemonClientOptions): Promise<DaemonClient> {
    const { reader, writer } = createWsTransports(socket);
    const connection = createMessageConnection(reader, writer);
    const early: NumberedEvent[] = [];
    connection.onNotification(eventNotification.method, (params: unknown) => {
      early.push(eventNotification.params.parse(params));
    });
    connection.onClose(() => connection.dispose());
    if (options.editorModels !== undefined) answerEditorModels(connection, options.editorModels);
    connection.listen();
    try {
      const hello: Hello = helloSchema.parse(options.hello);
      const result: unknown = await connection.sendRequest('initialize', {
        processId: null,
        rootUri: null,
        capabilities: {},
        initializationOptions: hello,
      });
      const { taskRouter } = initializeResultSchema.parse(result);
      await connection.sendNotification('initialized', {});
      return new DaemonClient({ socket, connection, welcome: taskRouter, early });
    } catch (error) {
      socket.terminate();
      if (error instanceof z.ZodError) {
        throw new RouterError('request.invalid', 'The handshake is not one that this version understands.', {
          cause: error,
        });
      }
      throw fromResponseError(error);
    }
  }

  private constructor(parts: {
    socket: WebSocket;
    connection: MessageConnection;
    welcome: Welcome;
    early: NumberedEvent[];
  }) {
    this.#socket = parts.socket;
    this.#connection = parts.connection;
    this.welcome = parts.welcome;
    this.#early = parts.early;
    this.closed = new Promise((resolve) => {
      if (parts.socket.readyState === parts.socket.CLOSED) resolve();
      else parts.socket.once('close', () => resolve());
    });
    this.#connection.onNotification(eventNotification.method, (params: unknown) => this.#deliver(params));
  }

  /**
   * Sends a request and checks the answer. Aborting cancels it with `$/cancelRequest`; the promise then settles
   * with what the daemon answers, which for `router/route` is an outcome `cancelled`. Rejects with `RouterError`, or
   * with the signal's reason where the daemon answers a cancellation with an error.
   */
  async request<M extends RequestMethod>(
    method: M,
    params: ParamsInputOf<M>,
    signal?: AbortSignal,
  ): Promise<ResultOf<M>> {
    signal?.throwIfAborted();
    const source = new CancellationTokenSource();
    const onAbort = (): void => source.cancel();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const result: unknown = await this.#connection.sendRequest(method.method, params, source.token);
      return method.result.parse(result) as ResultOf<M>;
    } catch (error) {
      if (isCancelled(error)) signal?.throwIfAborted();
      if (error instanceof z.ZodError) {
        throw new RouterError(
          'request.invalid',
          `The daemon’s answer to ${method.method} is not understood.`,
          {
            cause: error,
          },
        );
      }
      throw fromResponseError(error);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      source.dispose();
    }
  }

  /** Events in order, from the first one after the handshake. Returns how to stop listening. */
  onEvent(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener);
    const early = this.#early;
    this.#early = null;
    for (const event of early ?? []) listener(event);
    return () => this.#listeners.delete(listener);
  }

  /** Asks the daemon to end; resolves when it has agreed. `closed` follows. */
  async stopDaemon(): Promise<void> {
    try {
      await this.#connection.sendRequest('workspace/executeCommand', { command: stopCommand });
    } catch (error) {
      throw fromResponseError(error);
    }
  }

  /** Says goodbye and ends this connection; the daemon goes on. */
  async close(): Promise<void> {
    const goodbye = async (): Promise<void> => {
      await this.#connection.sendRequest('shutdown');
      await this.#connection.sendNotification('exit');
    };
    const timer = setTimeout(() => this.#socket.terminate(), goodbyeMs);
    // A connection that has already ended needs no goodbye.
    await goodbye().catch(() => this.#socket.terminate());
    await this.closed;
    clearTimeout(timer);
  }

  #deliver(params: unknown): void {
    const event = eventNotification.params.safeParse(params);
    if (!event.success) {
      // A hole in the stream would be worse than a new connection.
      this.#socket.terminate();
      return;
    }
    if (this.#early !== null) this.#early.push(event.data);
    for (const listener of this.#listeners) listener(event.data);
  }
}
