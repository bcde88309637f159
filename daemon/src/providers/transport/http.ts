/**
 * The only way out to a model server. Every provider calls through a `Transport`, so that these hold for all of them: a
 * key goes to its own endpoint and nowhere else (no foreign origin, no redirect followed), a header value can't smuggle
 * another header in, no name leads to an address that no model server has, no answer can fill the memory, and nothing
 * that is thrown holds a key.
 *
 * The key is put on here, at the last moment: the vendors' client libraries never see it, so they can't put it into
 * an error, and they can't read one from the environment on their own.
 */
import { isLoopbackUrl } from '@task-router/protocol';
import type * as z from 'zod';
import { forbiddenAddressIn } from '../../platform/addresses.ts';
import { ConnectTimer } from './connect-timer.ts';
import { Connector } from './connector.ts';
import type { Way } from './connector.ts';
import { hopHeaders } from '../endpoints.ts';
import { parseJson } from '../errors/error-body.ts';
import type { ErrorRules, FailureSource } from '../errors/errors.ts';
import { failureFrom, failureOf, safeHeaders } from '../errors/errors.ts';
import { forbiddenAddress, networkFailure, neverConnected } from './network.ts';
import { ProviderError } from '../provider.ts';
import type { Endpoint } from '../provider.ts';
import { ResponseTap } from './response-tap.ts';

/** How a wire format carries a key, and what it needs besides. */
export interface Wire {
  /** `authorization` takes the key as a bearer token. */
  readonly keyHeader: 'authorization' | 'x-api-key' | 'x-goog-api-key';
  /** Put behind an address that is a bare host: `/v1`. */
  readonly defaultPath: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly rules: ErrorRules;
  /** Content types that are no stream on this wire, although the status is 200. */
  readonly neverStreamed: RegExp | null;
}

/** One streamed call. */
export interface Call {
  /** For the vendor's client library or for own use; throws `ProviderError` for everything but a streamed 200. */
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  /** The accepted answer as it arrives. */
  readonly tap: ResponseTap;
  /** Ends the call wherever it is. Safe to call twice. */
  readonly close: () => void;
}

export interface SignedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Lists and error bodies are read whole; a model list of a large gateway has about 2 MB. */
const listBytes = 16 * 1024 * 1024;
export const errorBytes = 64 * 1024;
/** A server that fails and then never ends its error body is taken by what it said until then. */
export const errorBodyMs = 3_000;

const keyHeaders = [
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'proxy-authorization',
  'cookie',
];
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

export class Transport {
  /** Without a trailing slash, with the wire's default path. */
  readonly baseUrl: string;
  readonly source: FailureSource;
  readonly way: Way;
  readonly #endpoint: Endpoint;
  readonly #wire: Wire;
  readonly #hop: Readonly<Record<string, string>>;
  /** An address in the place of a name, to which no call goes. */
  readonly #forbidden: string | null;

  constructor(endpoint: Endpoint, wire: Wire) {
    this.baseUrl = withDefaultPath(endpoint.baseUrl, wire.defaultPath);
    this.source = {
      host: URL.parse(this.baseUrl)?.host ?? endpoint.nodeId,
      keys: endpoint.apiKey === null ? [] : [endpoint.apiKey],
      rules: wire.rules,
    };
    this.#endpoint = endpoint;
    this.#wire = wire;
    this.#hop = hopHeaders(this.baseUrl);
    this.#forbidden = forbiddenAddressIn(this.baseUrl);
    this.way = (endpoint.connector ?? new Connector()).wayTo(this.baseUrl);
  }

  /** Whether the server runs on this machine. */
  get isLoopback(): boolean {
    return isLoopbackUrl(this.baseUrl);
  }

  /** Opens a streamed call; nothing is sent before its `fetch` is used. Close it in the end. */
  open(signal: AbortSignal): Call {
    const own = new AbortController();
    const follow = () => own.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true });
    const tap = new ResponseTap((what) => failureOf(this.source, 'server', what));
    return {
      signal: own.signal,
      tap,
      close: () => {
        signal.removeEventListener('abort', follow);
        own.abort();
      },
      fetch: async (input, init) => {
        const response = await this.#send(urlOf(input), { ...init, signal: own.signal });
        await this.#refuseUnlessStreamed(response);
        tap.accept(safeHeaders(headersOf(response), this.source.keys));
        return new Response(response.body === null ? null : tap.through(response.body, signal), {
          status: response.status,
          headers: response.headers,
        });
      },
    };
  }

  /** A small question with a JSON answer. `path` is absolute on the origin, or relative to `baseUrl`. Throws `ProviderError`. */
  async json<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    options: { readonly signal: AbortSignal; readonly body?: unknown; readonly bytes?: number },
  ): Promise<z.output<Schema>> {
    const url = path.startsWith('/') ? new URL(path, this.baseUrl).href : `${this.baseUrl}/${path}`;
    const post = {
      method: 'POST',
      body: JSON.stringify(options.body),
      headers: { 'content-type': 'application/json' },
    };
    try {
      const response = await this.#send(url, {
        ...(options.body === undefined ? {} : post),
        signal: options.signal,
      });
      const text = await readText(response, { bytes: options.bytes ?? listBytes });
      const parsed = schema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      const failure = { status: response.status, headers: headersOf(response), nowMs: Date.now() };
      if (/<html|<!doctype/i.test(text.slice(0, 500)))
        throw failureFrom(this.source, { ...failure, body: text });
      throw failureOf(
        this.source,
        'server',
        'answered with something else than was asked for.',
        response.status,
      );
    } catch (thrown) {
      options.signal.throwIfAborted();
      throw thrown instanceof ProviderError ? thrown : networkFailure(this.source, thrown);
    }
  }

  /**
   * Address and headers of a call that is made without `fetch` (`forward/exchange.ts`), checked, with the key on. For nobody
   * but the code that sends it. Throws `ProviderError`.
   */
  signed(path: string, headers: Readonly<Record<string, string>>): SignedCall {
    return { url: this.#allowed(`${this.baseUrl}/${path}`), headers: this.#headers(headers) };
  }

  /** Why an answer that sends us elsewhere is none. */
  redirected(status: number, location: string, url: string): ProviderError {
    const target = URL.parse(location, url)?.host ?? 'an unreadable address';
    const what = `redirects to ${target}; redirects are not followed, because they would carry the key away.`;
    return failureOf(this.source, 'server', what, status);
  }

  /** Whether an accepted answer of this content type is no stream: a gateway's page, or a whole JSON body. */
  isNoStream(contentType: string): boolean {
    return /text\/html/i.test(contentType) || this.#wire.neverStreamed?.test(contentType) === true;
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const response = await this.#fetch(this.#allowed(url), init);
    if (response.ok) return response;
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel().catch(() => undefined);
      throw this.redirected(response.status, response.headers.get('location') ?? '', url);
    }
    throw failureFrom(this.source, {
      status: response.status,
      headers: headersOf(response),
      body: await readText(response, { bytes: errorBytes, ms: errorBodyMs, lenient: true }),
      nowMs: Date.now(),
    });
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = this.#headers(init.headers);
    const connecting = new ConnectTimer(url);
    try {
      return await connecting.run(init.signal, (signal) =>
        this.way.fetch(url, { ...init, signal, headers, redirect: 'manual', credentials: 'omit' }),
      );
    } catch (thrown) {
      init.signal?.throwIfAborted();
      throw connecting.hasExpired
        ? neverConnected(this.source, connecting.limitMs, this.way.proxy)
        : networkFailure(this.source, thrown);
    }
  }

  /** The key stays with the endpoint it was given for, whatever a library or a model name makes of the address. */
  #allowed(url: string): string {
    const target = URL.parse(url);
    const base = URL.parse(this.baseUrl);
    if (target === null || target.origin !== base?.origin) {
      throw failureOf(this.source, 'badRequest', 'is not where this call wanted to go; it was not sent.');
    }
    if (this.#forbidden !== null) throw forbiddenAddress(this.source, this.#forbidden);
    if (target.protocol !== 'https:' && !isLoopbackUrl(target.href)) {
      throw failureOf(this.source, 'badRequest', 'is not reached over https; nothing was sent.');
    }
    return target.href;
  }

  #headers(given: RequestInit['headers']): Record<string, string> {
    const own = entriesOf(given).filter(([name]) => !keyHeaders.includes(name));
    const headers: Record<string, string> = {
      ...this.#wire.headers,
      // Over the wire's own: a client that passes through may ask for another version of the format.
      ...Object.fromEntries(own),
      'user-agent': 'task-router',
      ...this.#hop,
    };
    const key = this.#endpoint.apiKey;
    if (key !== null) {
      const { keyHeader } = this.#wire;
      headers[keyHeader] = keyHeader === 'authorization' ? `Bearer ${key}` : key;
    }
    // Checked here, because the runtime's own error would quote the value.
    for (const [name, value] of Object.entries(headers)) {
      if (headerName.test(name) && headerValue.test(value)) continue;
      const isKey = keyHeaders.includes(name);
      const what = isKey
        ? 'was not called: the key holds characters that no key has'
        : 'was not called: a header is malformed';
      throw failureOf(this.source, isKey ? 'auth' : 'badRequest', `${what}.`);
    }
    return headers;
  }

  /** Read as a stream, what is none would look like silence. */
  async #refuseUnlessStreamed(response: Response): Promise<void> {
    if (!this.isNoStream(response.headers.get('content-type') ?? '')) return;
    const body = await readText(response, { bytes: errorBytes, ms: errorBodyMs, lenient: true });
    throw failureFrom(this.source, { status: 200, headers: headersOf(response), body, nowMs: Date.now() });
  }
}

/** Bare hosts get the wire's usual path: `http://127.0.0.1:1234` and `…:1234/v1` mean the same server. */
function withDefaultPath(baseUrl: string, path: string): string {
  const trimmed = baseUrl.replace(/\/+$/, '');
  return URL.parse(trimmed)?.pathname === '/' ? `${trimmed}${path}` : trimmed;
}

function urlOf(input: Parameters<typeof globalThis.fetch>[0]): string {
  if (typeof input === 'string') return input;
  return input instanceof URL ? input.href : input.url;
}

function headersOf(response: Response): Record<string, string> {
  return Object.fromEntries(response.headers);
}

/** Names in lower case. Read by hand: `new Headers` throws an error that quotes what it does not like. */
function entriesOf(given: RequestInit['headers']): [name: string, value: string][] {
  if (given === undefined) return [];
  const entries: Iterable<readonly unknown[]> = Symbol.iterator in given ? given : Object.entries(given);
  return [...entries].map(([name, value]) => [String(name).toLowerCase(), String(value)]);
}

/** Throws a `ProviderError`-less error on a broken connection, unless `lenient`; text beyond the bound is dropped. */
async function readText(
  response: Response,
  limits: { readonly bytes: number; readonly ms?: number; readonly lenient?: boolean },
): Promise<string> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body === null) return '';
  const reader = body.getReader();
  const timer =
    limits.ms === undefined
      ? undefined
      : setTimeout(() => void reader.cancel().catch(() => undefined), limits.ms);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < limits.bytes) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      bytes += value.byteLength;
    }
  } catch (thrown) {
    if (limits.lenient !== true) throw thrown;
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
  return Buffer.concat(chunks).subarray(0, limits.bytes).toString('utf8');
}
