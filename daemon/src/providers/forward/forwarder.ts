/** Passes calls of one format through to one endpoint: request, connection, answer, in the order in which they happen. */
import type { IncomingMessage } from 'node:http';
import { failureOf } from '../errors/errors.ts';
import type { Transport } from '../transport/http.ts';
import type { WireFormat } from '../model-call.ts';
import { networkFailure } from '../transport/network.ts';
import { ProviderError } from '../provider.ts';
import { AnthropicMessagesReader } from './anthropic-messages.ts';
import type { AnswerBody } from './answer-body.ts';
import { StreamedBody, WholeBody } from './answer-body.ts';
import { Connections, Exchange, headersOf, preparedCall } from './exchange.ts';
import type { PreparedCall } from './exchange.ts';
import type { ForwardCall, ForwardFinish, ForwardListener, ForwardRequest, Forwarding } from '../provider.ts';
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

/** With its quotes, as a name of the request itself: inside a text they would be escaped. */
const choices = Buffer.from('"n"');

export function createForwarding(transport: Transport, options: ForwardOptions): Forwarding {
  const line = {
    transport,
    options,
    connections: new Connections(transport.way),
    calls: new PreparedCalls(transport, options),
  };
  return {
    formatFor: (modelId) => (options.takes?.(modelId) === false ? null : options.format),
    send: (request, listener) => new Forwarded(line, request, listener),
  };
}

/** What all calls of one endpoint share. */
interface Line {
  readonly transport: Transport;
  readonly options: ForwardOptions;
  readonly connections: Connections;
  readonly calls: PreparedCalls;
}

/** Beyond it a client makes up versions of the format. */
const keptCalls = 64;

/** Address, key and headers, checked once: they only differ in what the client says of the format. */
class PreparedCalls {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #calls = new Map<string, PreparedCall>();

  constructor(transport: Transport, { format }: ForwardOptions) {
    this.#transport = transport;
    this.#path = formats[format].path;
  }

  /** Throws `ProviderError`. */
  callFor({ headers, streams }: ForwardRequest): PreparedCall {
    let key = streams ? 'streams' : 'whole';
    for (const name in headers) if (passedHeader.test(name)) key += `\n${name}: ${headers[name]}`;
    const known = this.#calls.get(key);
    if (known !== undefined) return known;
    const passed = Object.entries(headers).filter(([name]) => passedHeader.test(name));
    const call = preparedCall(
      this.#transport.signed(this.#path, {
        ...Object.fromEntries(passed),
        'content-type': 'application/json',
        accept: streams ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
      }),
    );
    if (this.#calls.size >= keptCalls) this.#calls.clear();
    this.#calls.set(key, call);
    return call;
  }
}

class Forwarded implements ForwardCall {
  readonly #transport: Transport;
  readonly #listener: ForwardListener;
  readonly #request: ForwardRequest;
  readonly #exchange: Exchange | null;
  readonly #format: WireFormat;
  readonly #hidesUsage: boolean;
  #response: IncomingMessage | null = null;
  #body: AnswerBody | null = null;
  #isOver = false;

  constructor(
    { transport, options, connections, calls }: Line,
    request: ForwardRequest,
    listener: ForwardListener,
  ) {
    this.#transport = transport;
    this.#listener = listener;
    this.#request = request;
    this.#format = options.format;
    const { pieces, hidesUsage } = requestBody(request, options.format, options.mayAskUsage ?? true);
    this.#hidesUsage = hidesUsage;
    const call = this.#prepared(calls);
    this.#exchange = call && new Exchange({ transport, connections, handler: this }, call, pieces);
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
    this.#body = this.#newBody();
    this.#read(response, this.#body);
  }

  /** For the exchange. */
  failed(error: ProviderError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.failed(error);
  }

  get finish(): ForwardFinish | null {
    return this.#body?.finish ?? null;
  }

  resume(): void {
    this.#response?.resume();
  }

  abort(): void {
    this.#isOver = true;
    this.#exchange?.abort();
  }

  #prepared(calls: PreparedCalls): PreparedCall | null {
    try {
      return calls.callFor(this.#request);
    } catch (thrown) {
      const { source } = this.#transport;
      const error = thrown instanceof ProviderError ? thrown : networkFailure(source, thrown);
      queueMicrotask(() => this.failed(error));
      return null;
    }
  }

  #newBody(): AnswerBody {
    const { source } = this.#transport;
    const reader = formats[this.#format].reader();
    return this.#request.streams
      ? new StreamedBody(reader, this.#listener, {
          ...{ source, hidesUsage: this.#hidesUsage },
          // A number of choices was asked for, and those that have not begun are not known.
          endsAtFinish: () => this.#format !== 'openai-chat' || !this.#request.body.includes(choices),
        })
      : new WholeBody(reader, this.#listener, source);
  }

  #read(response: IncomingMessage, body: AnswerBody): void {
    let closing: NodeJS.Timeout | undefined;
    /** What came in this turn: a read brings many chunks of a fast stream, and they are looked through together. */
    let came: Buffer[] = [];
    const take = (): void => {
      if (this.#isOver || came.length === 0) return;
      const [first] = came;
      const bytes = came.length === 1 && first !== undefined ? first : Buffer.concat(came);
      came = [];
      if (!body.push(bytes)) response.pause();
      if (!body.isOver) return;
      this.#isOver = true;
      // Read on to its end, so that the connection can be used again.
      response.resume();
      closing = setTimeout(() => this.#exchange?.abort(), closeMs);
    };
    response.on('data', (bytes: Buffer) => {
      if (!this.#isOver && came.push(bytes) === 1) process.nextTick(take);
    });
    response.on('end', () => {
      take();
      clearTimeout(closing);
      if (!this.#isOver) body.end();
      this.#isOver = true;
    });
    response.on('error', (error) => {
      take();
      if (this.#isOver) return;
      this.#isOver = true;
      body.broke(networkFailure(this.#transport.source, error));
    });
  }
}
