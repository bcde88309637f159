/**
 * Typed requests to the daemon: waits for the connection, checks what comes back, gives every idempotent request a
 * time-out (the language client has none), and repeats those that a dying connection swallowed. A request that may
 * cost money is sent exactly once.
 */
import {
  RouterError,
  daemonRequests,
  type ParamsInputOf,
  type RequestMethod,
  type ResultOf,
} from '@task-router/protocol';
import { fromResponseError } from '@task-router/protocol/node';

export interface RouterClientPorts {
  /** Settles when connected; rejects with a `RouterError` when out of patience. */
  ensure(patienceMs: number): Promise<void>;
  /** Sends over the present connection; aborting cancels with `$/cancelRequest`. Rejects with what the peer sent. */
  send(method: string, params: unknown, signal: AbortSignal): Promise<unknown>;
}

export interface RequestOptions {
  /** Cancels the request; the promise settles with what the daemon answers to that. */
  readonly signal?: AbortSignal;
  /** Of an idempotent request; default 10 s. */
  readonly timeoutMs?: number;
}

/** Long enough for a daemon that has to be copied and started first. */
export const connectPatienceMs = 15_000;
const requestTimeoutMs = 10_000;
const sends = 3;

/** Everything but `router/route`: asking twice changes no more than asking once. */
const idempotent: ReadonlySet<string> = new Set(
  Object.values(daemonRequests)
    .map(({ method }) => method)
    .filter((method) => method !== daemonRequests.route.method),
);

export class RouterClient {
  readonly #ports: RouterClientPorts;

  constructor(ports: RouterClientPorts) {
    this.#ports = ports;
  }

  /** Rejects with a `RouterError`; `connectionLost` tells whether the answer was lost with its connection. */
  async request<M extends RequestMethod>(
    method: M,
    params: ParamsInputOf<M>,
    options: RequestOptions = {},
  ): Promise<ResultOf<M>> {
    const triesLeft = idempotent.has(method.method) ? sends : 1;
    return this.#attempt(method, params, options, triesLeft);
  }

  async #attempt<M extends RequestMethod>(
    method: M,
    params: ParamsInputOf<M>,
    options: RequestOptions,
    triesLeft: number,
  ): Promise<ResultOf<M>> {
    await this.#ports.ensure(connectPatienceMs);
    try {
      const answer = idempotent.has(method.method)
        ? await this.#sendInTime(method.method, params, options)
        : await this.#ports.send(method.method, params, options.signal ?? new AbortController().signal);
      return parsed(method, answer);
    } catch (thrown) {
      if (isConnectionLoss(thrown) && triesLeft > 1) {
        return this.#attempt(method, params, options, triesLeft - 1);
      }
      throw asRouterError(thrown);
    }
  }

  async #sendInTime(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    const timeoutMs = options.timeoutMs ?? requestTimeoutMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const onDeadline = (): void =>
      reject(
        new RouterError('daemon.unreachable', `The daemon did not answer ${method} within ${timeoutMs} ms.`, {
          details: { reason: 'timeout' },
        }),
      );
    deadline.addEventListener('abort', onDeadline, { once: true });
    try {
      return await Promise.race([this.#ports.send(method, params, signal), late]);
    } finally {
      deadline.removeEventListener('abort', onDeadline);
    }
  }
}

function parsed<M extends RequestMethod>(method: M, answer: unknown): ResultOf<M> {
  const result = method.result.safeParse(answer);
  if (result.success) return result.data as ResultOf<M>;
  throw new RouterError('request.invalid', `The daemon’s answer to ${method.method} is not understood.`, {
    cause: result.error,
  });
}

const lostNumbers: ReadonlySet<unknown> = new Set([-32_099, -32_097, -32_096]);

/** MessageWriteError, PendingResponseRejected, ConnectionInactive: the socket died before the answer came. */
function isConnectionLoss(thrown: unknown): boolean {
  return !(thrown instanceof RouterError) && lostNumbers.has(numberOf(thrown));
}

/** Whether `error` means that the answer was lost with its connection, and not that the daemon refused. */
export function connectionLost(error: unknown): boolean {
  return error instanceof RouterError && isConnectionLoss(error.cause);
}

function asRouterError(thrown: unknown): RouterError {
  return thrown instanceof RouterError ? thrown : fromResponseError(thrown);
}

/** LSP's RequestCancelled: what the daemon answers when it did not wait for an outcome. */
export function isCancelled(error: unknown): boolean {
  return error instanceof RouterError && numberOf(error.cause) === -32_800;
}

function numberOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
