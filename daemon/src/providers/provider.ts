/**
 * The one interface behind which every kind of model server stands. A provider makes exactly one call per
 * `generate`: retries, failover and timers belong to dispatch.
 */
import type {
  Capabilities,
  FailureKind,
  FinishReason,
  ModelConfig,
  Prices,
  ProviderKind,
} from '@task-router/protocol';
import type { Connector } from './transport/connector.ts';
import type { AnswerPart, ModelCall, WireFormat } from './model-call.ts';
import type { RateLimitObservation } from './errors/rate-limit.ts';
import type { ServerLoad } from './server-load.ts';

/** Where and as whom to call. Made from config.jsonc, a key, the environment or discovery; never from a request. */
export interface Endpoint {
  readonly nodeId: string;
  readonly provider: ProviderKind;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  /** From config.jsonc; empty: ask the server. */
  readonly models: readonly ModelConfig[];
  /** What its connections are made by; absent: one of its own, which knows no proxy. */
  readonly connector?: Connector;
}

/** A model a server offers, as far as the server itself says. null and absent: unknown. */
export interface ServerModel {
  readonly modelId: string;
  readonly label?: string;
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities?: Partial<Capabilities>;
  readonly prices?: Prices;
}

export interface GenerateRequest {
  /** Ends with which an answer without text or a tool call is one all the same; absent: none. */
  readonly emptyEnds?: readonly FinishReason[];
  readonly modelId: string;
  readonly call: ModelCall;
  readonly maxOutputTokens: number | null;
  /** What the server was seen to read of a prompt at most unless it is asked for more; absent: nothing was seen. */
  readonly readsAtMost?: number | undefined;
  /** Window with which the server says it has the model loaded now, in tokens; absent: not loaded, or not known. */
  readonly loadedWindow?: number | undefined;
  /** Aborting ends the HTTP call at once. */
  readonly signal: AbortSignal;
}

export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** What the server itself says that the call cost, in US dollars; absent: it does not say. */
  readonly reportedCostUsd?: number;
}

export type GenerateEvent =
  /** The server accepted the call. Header names in lower case. */
  | { readonly type: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /** Sign of life without content (pings, role deltas). */
  | { readonly type: 'progress' }
  /** Text, thinking, or a piece of a tool call. Whoever hears of a tool call may act on it, so it counts as shown. */
  | AnswerPart
  /** Always last in a complete answer. A stream that ends without it is `truncated`. */
  | {
      readonly type: 'finish';
      readonly finishReason: FinishReason;
      readonly usage: Usage;
      /** Time the server says it spent on loading the model, in ms; absent: it does not say. */
      readonly loadMs?: number;
      /** Window that the call asked the server for, in tokens; absent: it was left to the server. */
      readonly askedWindow?: number;
    };

/**
 * How a provider passes calls through whose request and answer stay bytes, for a client that speaks the server's own format.
 * Built on callbacks where `generate` is a stream of events: a promise and an object a token are what a fast relay can't
 * afford.
 */
export interface Forwarding {
  /** The format in which the server takes calls for this model; null: in none that we pass. */
  formatFor(modelId: string): WireFormat | null;
  /** Sends the call. Never throws; what comes of it, the listener hears, and never before this returns. */
  send(request: ForwardRequest, listener: ForwardListener): ForwardCall;
}

export interface ForwardRequest {
  readonly modelId: string;
  /** JSON in the provider's format, with an object at the top. */
  readonly body: Buffer;
  /** Where the value of the top-level `model` stands in `body`: [from, to). */
  readonly modelAt: readonly [from: number, to: number];
  /** Headers of the format, lower case. Keys and addresses are none of them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly streams: boolean;
  /** To be named as `max_tokens`, which the format demands and the client left out. Default: nothing is added. */
  readonly addedMaxTokens?: number | null;
}

/** A piece of an answer: whole events, or the whole body of an answer that does not stream. */
export interface PassedPiece {
  readonly bytes: Buffer;
  /** The same, decoded. */
  readonly events: readonly unknown[];
  /** The answer's text in it. */
  readonly text: string;
  /** Of text, thinking and arguments of tool calls: all that the model wrote. */
  readonly chars: number;
  /** A tool call began or went on. */
  readonly hasToolCall: boolean;
  /** Text that is more than blanks, thinking, or a tool call. */
  readonly hasContent: boolean;
}

export interface ForwardListener {
  /** The server accepted the call. Names in lower case; the values are not redacted. */
  accepted(headers: Readonly<Record<string, string>>): void;
  /** In order. False: hold the rest back until `resume`. */
  piece(piece: PassedPiece): boolean;
  /** Bytes that are no whole event yet, or none of the answer's: a sign of life. */
  alive(): void;
  /** The answer is complete. Last, unless `failed` is. */
  finished(finish: ForwardFinish): void;
  /** Last, unless `finished` is. */
  failed(error: ProviderError): void;
}

export interface ForwardFinish {
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** Whether the server's own end is among what passed; false: it said why it stopped, and its end marker is missing. */
  readonly hasMarker: boolean;
}

export interface ForwardCall {
  /** After `piece` said false. */
  resume(): void;
  /** Ends the call wherever it is; the listener hears nothing of it. Safe to call twice, and after the end. */
  abort(): void;
  /** How the answer ended, when the server has said so and only its end marker is still to come; else null. */
  readonly finish: ForwardFinish | null;
}

export interface Provider {
  readonly kind: ProviderKind;
  /** Streams one answer. Throws `ProviderError`; an abort through `signal` throws its reason. */
  generate(request: GenerateRequest): AsyncIterable<GenerateEvent>;
  /** The server's models, bounded in count. Throws `ProviderError`. Also serves as the live check of a key. */
  listModels(signal: AbortSignal): Promise<readonly ServerModel[]>;
  /** What the server says of its memory and slots, null where it says nothing. Only for servers that may say something. */
  readonly load?: (signal: AbortSignal) => Promise<ServerLoad | null>;
  /** Passing bytes through, where client and server speak the same format. Absent: the wire is nobody's format but its own. */
  readonly forward?: Forwarding;
}

/** Makes a provider for an endpoint. */
export type ProviderFactory = (endpoint: Endpoint) => Provider;

/** The closed way in which a provider call fails. Never carries the key: `message` and `body` are redacted. */
export class ProviderError extends Error {
  readonly kind: FailureKind;
  readonly status: number | null;
  /** What the server said on when to come back, from all known header and body forms. */
  readonly retryAfterMs: number | null;
  /** False: no connection came about, so the server never saw the request. */
  readonly connected: boolean;
  /** What failed is this machine's way out, not the server: whatever is called next would fail the same way. */
  readonly isOwnNetwork: boolean;
  /** What the failed answer said of the account's limits; null: nothing. */
  readonly rateLimit: RateLimitObservation | null;
  readonly headers: Readonly<Record<string, string>>;
  /** First part of the raw error body, for the log. */
  readonly body: string;
  /** What the server said for people, without whose it is; null: nothing. */
  readonly words: string | null;

  constructor(
    kind: FailureKind,
    message: string,
    detail: {
      status?: number | null;
      retryAfterMs?: number | null;
      connected?: boolean;
      isOwnNetwork?: boolean;
      rateLimit?: RateLimitObservation | null;
      headers?: Readonly<Record<string, string>>;
      body?: string;
      words?: string | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ProviderError';
    this.kind = kind;
    this.status = detail.status ?? null;
    this.retryAfterMs = detail.retryAfterMs ?? null;
    this.connected = detail.connected ?? true;
    this.isOwnNetwork = detail.isOwnNetwork ?? false;
    this.rateLimit = detail.rateLimit ?? null;
    this.headers = detail.headers ?? {};
    this.body = detail.body ?? '';
    this.words = detail.words ?? null;
  }
}
