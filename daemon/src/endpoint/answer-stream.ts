/**
 * An answer on its way to a client that streams: heads are sent with the first bytes, a slow client slows the source
 * down, one that stops reading is cut off, and a pause is filled with the format's own pings.
 */
import type { ServerResponse } from 'node:http';
import type { AnswerSink, OutsideEnd, OutsideHead } from '../dispatch/outside/outside-call.ts';
import type { AnswerPart } from '../providers/model-call.ts';
import type { AnswerWriter, EndpointProblem } from './endpoint-format.ts';
import { answerHeaders, answerId } from './answer-headers.ts';
import { ChunkedBody } from './chunked-body.ts';

export type Answered = Extract<OutsideEnd, { type: 'answered' }>;

/** Where an answer goes, with the end that the endpoint gives it. */
export interface Answer extends AnswerSink {
  readonly head: OutsideHead | null;
  /** Whether the client has been told a status already. */
  readonly isSent: boolean;
  end(end: Answered): void;
  /** Ends an answer whose status has been sent. */
  fail(problem: EndpointProblem): void;
}

export class AnswerStream implements Answer {
  head: OutsideHead | null = null;
  readonly #response: ServerResponse;
  readonly #writer: AnswerWriter;
  #isBegun = false;
  /** null: the head was not sent yet. */
  #body: ChunkedBody | null = null;
  /** Whether anything was written since the last tick: a clock for each token is too dear. */
  #hasWritten = false;
  #quietSinceMs: number | null = null;
  #stuckSinceMs: number | null = null;

  constructor(response: ServerResponse, writer: AnswerWriter) {
    this.#response = response;
    this.#writer = writer;
  }

  get isSent(): boolean {
    return this.#body !== null || this.#response.headersSent;
  }

  begin(head: OutsideHead): void {
    this.head = head;
  }

  pass(bytes: Buffer, events: readonly unknown[]): boolean {
    this.#isBegun = true;
    this.#writer.observe(events);
    return this.#write(bytes);
  }

  part(part: AnswerPart): boolean {
    const text = this.#beginning() + this.#writer.part(part);
    return text === '' || this.#write(Buffer.from(text));
  }

  drained(): Promise<void> {
    const response = this.#response;
    if (!response.writableNeedDrain || response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#stuckSinceMs = null;
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      this.#stuckSinceMs = performance.now();
      response.once('drain', done);
      response.once('close', done);
    });
  }

  end(end: Answered): void {
    if (this.#response.destroyed) return;
    const body = this.#sentHead();
    body.end(end.passed ? '' : this.#beginning() + this.#writer.end(end));
  }

  fail(problem: EndpointProblem): void {
    if (!this.#response.destroyed) this.#body?.end(this.#writer.fail(problem));
  }

  /** To be called now and then while the answer runs. Cuts a client off that has read nothing for `stuckMs`. */
  tick(nowMs: number, { pingMs, stuckMs }: { readonly pingMs: number; readonly stuckMs: number }): void {
    if (this.#stuckSinceMs !== null) {
      if (nowMs - this.#stuckSinceMs >= stuckMs) this.#response.destroy();
    } else if (this.#hasWritten) {
      this.#hasWritten = false;
      this.#quietSinceMs = nowMs;
    } else if (this.#quietSinceMs !== null && nowMs - this.#quietSinceMs >= pingMs) {
      this.#write(Buffer.from(this.#writer.ping()));
    }
  }

  #beginning(): string {
    if (this.#isBegun || this.head === null) return '';
    this.#isBegun = true;
    return this.#writer.begin(answerId(), this.head.routeId);
  }

  #write(bytes: Buffer): boolean {
    if (this.#response.destroyed) return true;
    this.#hasWritten = true;
    return this.#sentHead().write(bytes);
  }

  #sentHead(): ChunkedBody {
    if (this.#body !== null) return this.#body;
    this.#response.writeHead(200, [
      ...['Content-Type', this.#writer.contentType, 'Cache-Control', 'no-cache'],
      ...(this.head === null ? [] : answerHeaders(this.head)),
    ]);
    this.#body = new ChunkedBody(this.#response);
    return this.#body;
  }
}
