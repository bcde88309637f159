/**
 * A limit for connecting alone. A server that is gone without a word (a black hole, a full queue) would else cost the whole
 * patience for a first token, and the attempt would look like a model that thinks.
 *
 * The runtime's fetch takes no such limit, but says on its diagnostics channels when a request was made and when its
 * first bytes went out on a connection. The time in between is connecting: name, TCP, TLS; nothing of it when a connection
 * is reused. Where the channels are silent there is no limit but the runtime's own, so no call can be harmed by that.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { isLoopbackUrl } from '@task-router/protocol';

/** This machine answers at once; elsewhere a lost packet is sent again after one second and after three. */
export const connectLimitMs = { local: 500, remote: 5_000 } as const;

const made = 'undici:request:create';
const sent = 'undici:client:sendHeaders';

/** Which timer a request belongs to that is made while its call runs. */
const callOf = new AsyncLocalStorage<ConnectTimer>();

/** Of one call. */
export class ConnectTimer {
  readonly limitMs: number;
  readonly #abort = new AbortController();
  #request: object | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string) {
    this.limitMs = isLoopbackUrl(url) ? connectLimitMs.local : connectLimitMs.remote;
  }

  /** True: the call was ended because no connection came about in time. */
  get hasExpired(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Makes a call under the limit. `signal` is to be given to fetch; it aborts with `outer` or when the time is up. */
  async run<Result>(
    outer: AbortSignal | null | undefined,
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const own = this.#abort.signal;
    const signal = outer == null ? own : AbortSignal.any([outer, own]);
    subscribe(made, this.#onMade);
    subscribe(sent, this.#onSent);
    try {
      return await callOf.run(this, () => call(signal));
    } finally {
      this.#end();
    }
  }

  readonly #onMade = (message: unknown): void => {
    if (callOf.getStore() !== this || this.#request !== null) return;
    this.#request = requestOf(message);
    this.#timer = setTimeout(() => {
      // After a busy moment of this process the connection may be there and not yet told of: its turn comes first.
      setImmediate(() => {
        if (this.#timer !== undefined) this.#abort.abort();
      });
    }, this.limitMs);
  };

  readonly #onSent = (message: unknown): void => {
    if (requestOf(message) === this.#request) this.#end();
  };

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    unsubscribe(made, this.#onMade);
    unsubscribe(sent, this.#onSent);
  }
}

function requestOf(message: unknown): object | null {
  if (typeof message !== 'object' || message === null || !('request' in message)) return null;
  return typeof message.request === 'object' ? message.request : null;
}
