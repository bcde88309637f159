/**
 * One call over `node:http`, because `fetch` takes several times as long and copies every byte. What makes a call safe is
 * the transport's, as for every other call: its address, its key, its headers, and the reading of what went wrong.
 */
import http from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Way } from '../transport/connector.ts';
import { failureFrom } from '../errors/errors.ts';
import { errorBodyMs, errorBytes } from '../transport/http.ts';
import type { SignedCall, Transport } from '../transport/http.ts';
import { networkFailure } from '../transport/network.ts';
import type { ProviderError } from '../provider.ts';
import type { Proxy } from '../transport/proxy.ts';
import { TunnelAgent } from '../transport/tunnel.ts';
import { KeptSockets } from './kept-sockets.ts';

export interface ExchangeHandler {
  /** The server took the call. Its body flows from here on. */
  accepted(response: IncomingMessage): void;
  failed(error: ProviderError): void;
}

/** Beyond it a call waits for another one's end. */
const maxSockets = 512;
const maxFreeSockets = 64;
/** Shorter than the time after which servers hang up on a connection that nobody uses. */
const idleMs = 4_000;
/** A body up to here goes out in one piece with its head, as text of one byte a character: half the work of two. */
const oneWriteBytes = 16 * 1024;

/** A signed call in the form in which Node takes it with the least work; the same for all calls that differ in the body. */
export interface PreparedCall {
  readonly url: string;
  readonly isSecure: boolean;
  readonly options: {
    readonly method: 'POST';
    readonly host: string;
    readonly port: number;
    readonly path: string;
  };
  /** Name, value, name, value. */
  readonly headers: readonly string[];
}

export function preparedCall({ url, headers }: SignedCall): PreparedCall {
  const { protocol, host, hostname, port, pathname, search } = new URL(url);
  const isSecure = protocol === 'https:';
  return {
    url,
    isSecure,
    options: {
      method: 'POST',
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
      path: pathname + search,
    },
    headers: ['host', host, ...Object.entries(headers).flat()],
  };
}

/** The kept connections of one endpoint, which is one server on one wire. */
export class Connections {
  readonly #way: Way;
  #plain: KeptSockets | null = null;
  #secure: https.Agent | null = null;

  constructor(way: Way) {
    this.#way = way;
  }

  /** `isFresh`: on a connection of its own, that nobody has used before. */
  open({ isSecure, options, headers }: PreparedCall, bytes: number, isFresh: boolean): ClientRequest {
    const { lookup } = this.#way;
    const { method, host, port, path } = options;
    const all = [...headers, 'content-length', String(bytes)];
    if (isSecure) {
      const agent = this.#secureAgent(isFresh);
      return https.request({ method, host, port, path, headers: all, agent, lookup });
    }
    const agent = isFresh
      ? false
      : (this.#plain ??= new KeptSockets({ host, port, lookup, maxSockets, maxFreeSockets, idleMs }));
    return http.request({ method, host, port, path, headers: all, agent, lookup });
  }

  /** Calls that run over the agent of a former proxy come to their end; its free connections close by themselves. */
  #secureAgent(isFresh: boolean): https.Agent | false {
    const { proxy } = this.#way;
    if (isFresh) return proxy !== null && new TunnelAgent(proxy, {});
    if (this.#secure === null || proxyOf(this.#secure) !== proxy) {
      const options = { keepAlive: true, maxSockets, maxFreeSockets, timeout: idleMs };
      this.#secure = proxy === null ? new https.Agent(options) : new TunnelAgent(proxy, options);
    }
    return this.#secure;
  }

  /** An answer has begun with these headers. */
  answered(headers: http.IncomingHttpHeaders): void {
    const said = headers['keep-alive'];
    this.#plain?.hint(typeof said === 'string' ? said : undefined);
  }
}

function proxyOf(agent: https.Agent): Proxy | null {
  return agent instanceof TunnelAgent ? agent.proxy : null;
}

/** Sends `body` and waits for the head of the answer. The handler hears one of its two, unless the exchange was aborted. */
export class Exchange {
  readonly #transport: Transport;
  readonly #connections: Connections;
  readonly #handler: ExchangeHandler;
  readonly #call: PreparedCall;
  readonly #body: readonly Buffer[];
  readonly #bytes: number;
  #request: ClientRequest | null = null;
  #hasAnswer = false;
  #isOver = false;

  constructor(
    parts: {
      readonly transport: Transport;
      readonly connections: Connections;
      readonly handler: ExchangeHandler;
    },
    call: PreparedCall,
    body: readonly Buffer[],
  ) {
    this.#transport = parts.transport;
    this.#connections = parts.connections;
    this.#handler = parts.handler;
    this.#call = call;
    this.#body = body;
    this.#bytes = body.reduce((sum, { length }) => sum + length, 0);
  }

  send(isFresh = false): void {
    const request = this.#connections.open(this.#call, this.#bytes, isFresh);
    this.#request = request;
    request.on('response', (response) => this.#answered(response));
    request.on('error', (error) => this.#broke(request, error));
    if (this.#bytes <= oneWriteBytes) {
      let text = '';
      for (const piece of this.#body) text += piece.toString('latin1');
      request.end(text, 'latin1');
      return;
    }
    for (const piece of this.#body) request.write(piece);
    request.end();
  }

  abort(): void {
    this.#isOver = true;
    this.#request?.destroy();
  }

  #answered(response: IncomingMessage): void {
    this.#hasAnswer = true;
    this.#connections.answered(response.headers);
    // Whoever takes the body listens for what breaks it; without a listener an abort would end the process.
    response.on('error', () => undefined);
    const failure = this.#isOver ? null : this.#refusal(response);
    if (this.#isOver || failure === 'body') return;
    if (failure === null) this.#handler.accepted(response);
    else this.#fail(failure);
  }

  /** null: accepted. `body`: its body, once read, says what is wrong. */
  #refusal(response: IncomingMessage): ProviderError | 'body' | null {
    const { statusCode: status = 0 } = response;
    if (status >= 200 && status < 300) return null;
    if (status >= 300 && status < 400)
      return this.#transport.redirected(status, response.headers.location ?? '', this.#call.url);
    this.readFailure(response);
    return 'body';
  }

  /** Reads a body that says why there is no answer, not longer and not further than it is worth. */
  readFailure(response: IncomingMessage): void {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => done(), errorBodyMs);
    const done = (): void => {
      clearTimeout(timer);
      if (this.#isOver) return;
      const body = Buffer.concat(pieces).toString('utf8', 0, errorBytes);
      const failure = { status: response.statusCode ?? null, headers: headersOf(response), body };
      if (!response.complete) this.#request?.destroy();
      this.#fail(failureFrom(this.#transport.source, { ...failure, nowMs: Date.now() }));
    };
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes >= errorBytes) done();
    });
    response.on('end', done);
    response.on('close', done);
  }

  #broke(request: ClientRequest, error: Error): void {
    if (this.#isOver || request !== this.#request) return;
    // The server hung up on a kept connection while we reached for it: it never saw the call.
    const wasClosed = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    if (wasClosed && request.reusedSocket && !this.#hasAnswer) {
      this.send(true);
      return;
    }
    this.#fail(networkFailure(this.#transport.source, error));
  }

  #fail(error: ProviderError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.failed(error);
  }
}

/** Repeated headers joined, as everybody else joins them. */
export function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  for (const name in headers) if (typeof headers[name] !== 'string') return joined(headers);
  return headers as Readonly<Record<string, string>>;
}

function joined(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
