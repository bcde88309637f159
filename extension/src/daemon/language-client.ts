/**
 * The language client over our socket. Its defaults don't fit a daemon that may die and come back: it would pop up,
 * restart without a pause and give up for good. Here it starts only on a socket that is open already, says nothing
 * itself, and leaves every decision to the connection. Loaded on first use, because the module costs about 40 ms.
 */
import { CancellationTokenSource, type CancellationToken, type LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  ProgressType,
  ResponseError,
  RevealOutputChannelOn,
  State,
  type DocumentSelector,
} from 'vscode-languageclient/node';
import * as z from 'zod';
import {
  RouterError,
  eventNotification,
  toRouterError,
  welcomeSchema,
  type Hello,
  type LmPart,
} from '@task-router/protocol';
import { fromResponseError, lspErrorCodes, stopCommand, toResponseError } from '@task-router/protocol/node';
import type { RequestHandler, Rpc, RpcListener } from './rpc.ts';
import type { WsLink } from './link.ts';

/** A daemon that accepts the socket and then says nothing is as good as dead. */
const handshakeMs = 10_000;

const initializeResultSchema = z.looseObject({ taskRouter: welcomeSchema });
const partType = new ProgressType<LmPart>();

export interface LanguageClientOptions {
  readonly documentSelector: DocumentSelector;
  readonly log: LogOutputChannel;
  readonly hello: () => Hello;
  readonly listener: RpcListener;
}

/** Says nothing to the developer: "couldn't create connection" and its like ignore every option that should hide them. */
class QuietLanguageClient extends LanguageClient {
  override error(message: string, data?: unknown, _showNotification?: boolean | 'force'): void {
    super.error(message, data, false);
  }
}

/** Builds the client; nothing is started. */
export function createRpc(options: LanguageClientOptions): Rpc<WsLink> {
  return new LanguageClientRpc(options);
}

class LanguageClientRpc implements Rpc<WsLink> {
  readonly #client: QuietLanguageClient;
  readonly #listener: RpcListener;
  #link: WsLink | undefined;
  #refused: RouterError | undefined;

  constructor(options: LanguageClientOptions) {
    this.#listener = options.listener;
    this.#client = new QuietLanguageClient(
      'taskRouter',
      'Task Router',
      // The link is open before `start()` is called: a rejection here would end this client for good.
      () => Promise.resolve(this.#transports()),
      {
        documentSelector: options.documentSelector,
        outputChannel: options.log,
        traceOutputChannel: options.log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        initializationOptions: options.hello,
        initializationFailedHandler: () => false,
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
        },
        markdown: { isTrusted: false, supportHtml: false },
      },
    );
    this.#client.onNotification(eventNotification.method, (params: unknown) => this.#onEvent(params));
    // Before `start()` settles: the events that follow the handshake may arrive earlier than that.
    this.#client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.#onRunning();
    });
  }

  async start(link: WsLink): Promise<void> {
    if (!link.isOpen) throw new RouterError('daemon.unreachable', 'The daemon closed the connection.');
    this.#link = link;
    const timer = setTimeout(() => link.terminate(), handshakeMs);
    try {
      await this.#client.start();
    } catch (error) {
      throw fromResponseError(error);
    } finally {
      clearTimeout(timer);
    }
    if (this.#refused !== undefined) throw this.#refused;
    if (!this.#client.isRunning()) throw new RouterError('daemon.unreachable', 'The handshake did not end.');
  }

  async settled(): Promise<void> {
    while (this.#client.state === State.Running || this.#client.state === State.Starting) {
      await new Promise<void>((resolve) => {
        const subscription = this.#client.onDidChangeState(() => {
          subscription.dispose();
          resolve();
        });
      });
    }
    // The state changes before the client has forgotten its old start.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async send(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    const { token, dispose } = cancellationOf(signal);
    try {
      return await this.#client.sendRequest<unknown>(method, params, token);
    } finally {
      dispose();
    }
  }

  async stopDaemon(): Promise<void> {
    await this.#client.sendRequest(ExecuteCommandRequest.type, { command: stopCommand });
  }

  handle(method: string, handler: RequestHandler): void {
    this.#client.onRequest(method, async (params: unknown, token: CancellationToken) => {
      const controller = new AbortController();
      const subscription = token.onCancellationRequested(() => controller.abort());
      if (token.isCancellationRequested) controller.abort();
      try {
        return await handler(params, controller.signal);
      } catch (error) {
        throw asResponseError(error, controller.signal);
      } finally {
        subscription.dispose();
      }
    });
  }

  async sendPart(token: string, part: LmPart): Promise<void> {
    await this.#client.sendProgress(partType, token, part);
  }

  async stop(timeoutMs: number): Promise<void> {
    if (this.#client.isRunning()) await this.#client.stop(timeoutMs).catch(() => undefined);
    this.#link?.terminate();
  }

  #transports(): {
    reader: WsLink['transports']['reader'];
    writer: WsLink['transports']['writer'];
    detached: true;
  } {
    if (this.#link === undefined) throw new Error('started without a link');
    return { ...this.#link.transports, detached: true };
  }

  #onRunning(): void {
    const result = initializeResultSchema.safeParse(this.#client.initializeResult);
    this.#refused = result.success
      ? undefined
      : new RouterError(
          'daemon.protocolVersion',
          'The daemon’s handshake is not one that this version understands.',
          { cause: result.error },
        );
    if (result.success) this.#listener.onWelcome(result.data.taskRouter);
  }

  #onEvent(params: unknown): void {
    const event = eventNotification.params.safeParse(params);
    if (event.success) this.#listener.onEvent(event.data);
    // A hole in the stream would be worse than a new connection.
    else this.#link?.terminate();
  }
}

/**
 * A cancellation token that follows an `AbortSignal`. One that is aborted already cancels after the request has gone
 * out: to cancel a task that another request started, its attach request must reach the daemon first.
 */
function cancellationOf(signal: AbortSignal): { token: CancellationToken; dispose: () => void } {
  const source = new CancellationTokenSource();
  const onAbort = (): void => source.cancel();
  const timer = signal.aborted ? setTimeout(onAbort, 0) : undefined;
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    token: source.token,
    dispose: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      source.dispose();
    },
  };
}

const kindSchema = z.object({ kind: z.string() });

/** Typed errors travel with their data; of an unknown one only the fact is told. */
function asResponseError(thrown: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return new ResponseError(lspErrorCodes.requestCancelled, 'Cancelled.');
  const error = toResponseError(toRouterError(thrown));
  const details = kindSchema.safeParse(error.data?.details);
  if (!details.success) return error;
  // The kind of failure stands at the top too, where whoever only wants to know the kind looks for it.
  return new ResponseError(error.code, error.message, { ...error.data, kind: details.data.kind });
}
