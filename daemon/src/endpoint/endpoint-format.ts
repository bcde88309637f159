/**
 * What the endpoint's server needs of a wire format: reading a request, and writing an answer, an error or a list in it.
 * Formats do no I/O; the server knows no format's fields.
 */
import type { OutsideCall, OutsideEnd, OutsideModel, OutsideTool } from '../dispatch/outside/outside-call.ts';
import type { AnswerPart, WireFormat } from '../providers/model-call.ts';

export interface EndpointFormat {
  readonly name: WireFormat;
  /**
   * Reads a request for an answer.
   * @param headers of the request, lower case; only those of the format are looked at
   */
  readCall(body: Buffer, headers: RequestHeaders, tool: OutsideTool): ReadResult<OutsideCall>;
  /** Reads a request to count tokens; null: the format knows none. */
  readonly readCount: ((body: Buffer) => ReadResult<Pick<OutsideCall, 'model' | 'call'>>) | null;
  /** One for each answer. */
  createWriter(call: OutsideCall): AnswerWriter;
  errorBody(problem: EndpointProblem): string;
  modelsBody(models: readonly OutsideModel[]): string;
  countBody(tokens: number): string;
}

export type RequestHeaders = Readonly<Record<string, string | undefined>>;

export type ReadResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: EndpointProblem };

/** What went wrong, for the client; the format gives it its form. */
export interface EndpointProblem {
  /** HTTP status. */
  readonly status: number;
  /** A code of protocol/src/errors.ts. */
  readonly code: string;
  /** For people, without keys. */
  readonly message: string;
  /** The field of the request at fault, where one is. */
  readonly param?: string;
  /** The conversation does not fit the model: clients that hear it in their format's own words shorten it by themselves. */
  readonly isTooLong?: true;
}

/** Writes one answer. Each method answers the text to send, '' for nothing. */
export interface AnswerWriter {
  readonly contentType: string;
  /** @param id of the answer; the client sees it */
  begin(id: string, routeId: string): string;
  part(part: AnswerPart): string;
  /** Events that were passed on unchanged, decoded, so that parts can follow them. */
  observe(events: readonly unknown[]): void;
  /** Keeps the connection alive while nothing else comes. */
  ping(): string;
  /** What is still missing after the last part or passed event; for an answer in one piece, the whole body. */
  end(end: Extract<OutsideEnd, { type: 'answered' }>): string;
  /** Ends an answer that has begun and can't go on: never as if it had ended well. */
  fail(problem: EndpointProblem): string;
}
