/**
 * What a wire format must be able to do, so that one pipeline serves all three.
 *
 * A format only reads requests and writes text: it knows nothing of sockets, pauses or faults. That keeps each of
 * them one small file, and makes every fault exist in every format without being written three times.
 */
import type * as z from 'zod';
import type { FaultStatus, RateLimit } from '../faults.ts';

/** A model as the demo servers announce it. Sizes are in tokens. */
export interface DemoModel {
  readonly id: string;
  readonly label: string;
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  /** Size that a server with a memory claims for it; absent: 0. Nothing is really loaded. */
  readonly bytes?: number;
  /** Time its load takes, in ms; absent: 0. */
  readonly loadMs?: number;
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
}

/** A generation request, freed of its format. */
export interface ChatRequest {
  readonly model: DemoModel;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** The caller's cap on the answer, in tokens. */
  readonly maxOutputTokens: number | undefined;
  readonly messages: readonly ChatMessage[];
  /** Window the call runs in, where the wire lets it name one; absent: the model's. */
  readonly window?: number;
  /** Read what fits and say nothing, as the wire allows when nobody forbids it. */
  readonly cutsSilently?: boolean;
  readonly keepAlive?: KeepAlive;
}

/** Why a request gets an error body instead of an answer. */
export type WireProblem =
  | { readonly reason: 'status'; readonly status: FaultStatus }
  | { readonly reason: 'echo'; readonly status: FaultStatus; readonly key: string }
  | { readonly reason: 'invalid-json' | 'too-large' | 'unknown-path' | 'content-policy' | 'quota-exhausted' }
  | { readonly reason: 'invalid-request'; readonly detail: string }
  | { readonly reason: 'unknown-model'; readonly model: string }
  | { readonly reason: 'context-length'; readonly inputTokens: number; readonly contextWindow: number };

/** Estimates by characters ÷ 4 of what was received and sent. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * How an answer ends; `usage` undefined means the format must leave it out. `load` is Ollama's reply to a chat
 * without messages, which only warms the model.
 */
export interface AnswerEnd {
  readonly reason: 'stop' | 'length' | 'refusal' | 'load' | 'tool-calls';
  readonly usage: Usage | undefined;
}

/** Writes one answer; made per request, because ids and times belong to it. */
export interface AnswerWriter {
  /** Before anything can be read: the model is being loaded, in ms; absent: 0. */
  readonly loadMs?: number;
  /** Events before the first text, '' where the format has none. */
  opening(): string;
  chunk(text: string): string;
  /** Everything after the last text, with the end marker. */
  closing(end: AnswerEnd): string;
  /** A tool call in pieces, as the wire streams it; `closing` with `tool-calls` ends it. */
  toolCall(): readonly string[];
  /** A sign of life that carries no text. */
  ping(): string;
  /** The whole answer for a request that does not stream. */
  whole(text: string, end: AnswerEnd): string;
}

export type LookupReply =
  | { readonly ok: true; readonly body: string; readonly contentType?: string }
  | { readonly ok: false; readonly problem: WireProblem };

/** What a path of the wire is for. `reply` gets the parsed body, undefined for GET. */
export type WireTarget =
  { readonly kind: 'answer' } | { readonly kind: 'lookup'; readonly reply: (body: unknown) => LookupReply };

export type ChatReading =
  { readonly ok: true; readonly chat: ChatRequest } | { readonly ok: false; readonly problem: WireProblem };

/** `keep_alive` of a call: seconds, or a text such as `10m`; undefined: as usual. */
export type KeepAlive = number | string | null | undefined;

/** How many times faster than labelled a load is; 0: at once. */
export interface LoadPace {
  readonly speed: number;
}

export interface WireFormat {
  readonly streamContentType: string;
  /** Undefined where the path does not belong to this wire. */
  match(method: string, path: string): WireTarget | undefined;
  readChat(body: unknown): ChatReading;
  /** `inputTokens` is the estimate for the request; `ordinal` numbers the answers of one server. */
  begin(chat: ChatRequest, inputTokens: number, ordinal: number, pace?: LoadPace): AnswerWriter;
  /** The format's real error body, with its status. */
  problem(problem: WireProblem): { readonly status: number; readonly body: string };
  /** The same error as an event inside a stream that began with 200. */
  errorEvent(problem: WireProblem): string;
  /** A frame that is no JSON, in the place of a chunk. */
  malformedEvent(): string;
  /** The provider's own headers for a limit, {} where it has none. */
  rateLimitHeaders(limit: RateLimit): Readonly<Record<string, string>>;
}

/** The one tool that demo models call, when a fault makes them. Nothing carries it out. */
export const demoToolCall = { name: 'read_file', arguments: { path: 'src/demo.ts' } } as const;

/** Scripted errors say what they are in their text too, so nobody takes one for a real account's. */
export const demoMark = '(demo server)';

/** A text in two pieces, for wires that stream arguments. */
export function halves(text: string): readonly [string, string] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** Characters ÷ 4, rounded up: the estimate every usage number is made of. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / 4);
}

/** The first thing wrong with a request, as its format's error body will tell it. */
export function invalidRequest(error: z.ZodError): ChatReading {
  const [issue] = error.issues;
  const where = issue?.path.join('.');
  const detail = `${where === undefined || where === '' ? 'body' : where}: ${issue?.message ?? 'invalid'}`;
  return { ok: false, problem: { reason: 'invalid-request', detail } };
}
