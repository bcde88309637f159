/**
 * A call whose request and answer pass through as bytes, for a client that speaks the server's own format. Built on
 * callbacks where `generate` is a stream of events: a promise and an object a token are what a fast relay can't afford.
 */
import type { FinishReason } from '@task-router/protocol';
import type { WireFormat } from '../model-call.ts';
import type { ProviderError, Usage } from '../provider.ts';
import type { TakenPieces } from './answer-reader.ts';

/** How a provider passes calls through. */
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
}

/** A piece of an answer: whole events, or the whole body of an answer that does not stream. */
export interface PassedPiece extends TakenPieces {
  readonly bytes: Uint8Array;
  /** The same, decoded. */
  readonly events: readonly unknown[];
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
}

export interface ForwardCall {
  /** After `piece` said false. */
  resume(): void;
  /** Ends the call wherever it is; the listener hears nothing of it. Safe to call twice, and after the end. */
  abort(): void;
}
