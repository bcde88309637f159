/** Passes calls of one format through to one endpoint: request, connection, answer, in the order in which they happen. */
import type { IncomingMessage } from 'node:http';
import { failureOf } from '../errors.ts';
import type { SignedCall, Transport } from '../http.ts';
import type { WireFormat } from '../model-call.ts';
import { networkFailure } from '../network.ts';
import { ProviderError } from '../provider.ts';
import { AnthropicMessagesReader } from './anthropic-messages.ts';
import type { AnswerBody } from './answer-body.ts';
import { StreamedBody, WholeBody } from './answer-body.ts';
import { Connections, Exchange, headersOf } from './exchange.ts';
import type { ForwardCall, ForwardListener, ForwardRequest, Forwarding } from './forwarding.ts';
import { OpenaiChatReader } from './openai-chat.ts';
import { requestBody } from './request-body.ts';

export interface ForwardOptions {
  readonly format: WireFormat;
  /** Absent: all its models. */
  readonly takes?: (modelId: string) => boolean;
  /** False: the server refuses to be asked for the counts of a stream. */
  readonly mayAskUsage?: boolean;
}

const formats = {
  'openai-chat': { path: 'chat/completions', reader: () => new OpenaiChatReader() },
  'anthropic-messages': { path: 'messages', reader: () => new AnthropicMessagesReader() },
} as const;

/** What a client may say of the format itself. Everything else about a call is ours. */
const passedHeader = /^anthropic-(?:version|beta)$/;

/** Servers may say that an answer is complete and keep its connection open; that long they may take to close it. */
const closeMs = 100;

export function createForwarding(transport: Transport, options: ForwardOptions): Forwarding {
  const connections = new Connections();
  return {
    formatFor: (modelId) => (options.takes?.(modelId) === false ? null : options.format),
    send: (request, listener) => new Forwarded({ transport, connections, options }, request, listener),
  };
}

class Forwarded implements ForwardCall {
  readonly #transport: Transport;
  readonly #listener: ForwardListener;
  readonly #request: ForwardRequest;
  readonly #exchange: Exchange | null;
  readonly #format: WireFormat;
  readonly #hidesUsage: boolean;
  #response: IncomingMessage | null = null;
  #isOver = false;

  constructor(
    parts: {
      readonly transport: Transport;
      readonly connections: Connections;
      readonly options: ForwardOptions;
    },
    request: ForwardRequest,
    listener: ForwardListener,
  ) {
    const { transport, connections, options } = parts;
    this.#transport = transport;
    this.#listener = listener;
    this.#request = request;
    this.#format = options.format;
    const { bytes, hidesUsage } = requestBody(request, options.format, options.mayAskUsage ?? true);
    this.#hidesUsage = hidesUsage;
    const call = this.#signed();
    this.#exchange = call && new Exchange({ transport, connections, handler: this }, call, bytes);
    this.#exchange?.send();
  }

  /** For the exchange. */
  accepted(response: IncomingMessage): void {
    const { streams } = this.#request;
    const encoding = response.headers['content-encoding'] ?? 'identity';
    if (streams && this.#transport.isNoStream(response.headers['content-type'] ?? '')) {
      this.#exchange?.readFailure(response);
      return;
    }
    if (encoding !== 'identity') {
      this.abort();
      const what = 'compressed its answer, although it was asked not to.';
      this.#listener.failed(failureOf(this.#transport.source, 'server', what, 200));
      return;
    }
    this.#response = response;
    this.#listener.accepted(headersOf(response));
    this.#read(response, this.#body());
  }

  /** For the exchange. */
  failed(error: ProviderError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.failed(error);
  }

  resume(): void {
    this.#response?.resume();
  }

  abort(): void {
    this.#isOver = true;
    this.#exchange?.abort();
  }

  #signed(): SignedCall | null {
    const { headers, streams } = this.#request;
    try {
      return this.#transport.signed(formats[this.#format].path, {
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => passedHeader.test(name))),
        'content-type': 'application/json',
        accept: streams ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
      });
    } catch (thrown) {
      const { source } = this.#transport;
      const error = thrown instanceof ProviderError ? thrown : networkFailure(source, thrown);
      queueMicrotask(() => this.failed(error));
      return null;
    }
  }

  #body(): AnswerBody {
    const { source } = this.#transport;
    const reader = formats[this.#format].reader();
    return this.#request.streams
      ? new StreamedBody(reader, this.#listener, { source, hidesUsage: this.#hidesUsage })
      : new WholeBody(reader, this.#listener, source);
  }

  #read(response: IncomingMessage, body: AnswerBody): void {
    let closing: NodeJS.Timeout | undefined;
    response.on('data', (bytes: Buffer) => {
      if (this.#isOver) return;
      if (!body.push(bytes)) response.pause();
      if (!body.isOver) return;
      this.#isOver = true;
      // Read on to its end, so that the connection can be used again.
      response.resume();
      closing = setTimeout(() => this.#exchange?.abort(), closeMs);
    });
    response.on('end', () => {
      clearTimeout(closing);
      if (!this.#isOver) body.end();
      this.#isOver = true;
    });
    response.on('error', (error) => this.failed(networkFailure(this.#transport.source, error)));
  }
}
