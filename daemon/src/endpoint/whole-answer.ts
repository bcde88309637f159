/**
 * An answer in one piece. Nothing is sent before it is whole, so that a failure on the way still gets a status of its
 * own, and a route that takes over in mid-answer leaves no trace.
 */
import type { ServerResponse } from 'node:http';
import type { OutsideHead } from '../dispatch/outside/outside-call.ts';
import type { AnswerPart } from '../providers/model-call.ts';
import { answerHeaders, answerId } from './answer-headers.ts';
import type { Answer, Answered } from './answer-stream.ts';
import type { AnswerWriter } from './endpoint-format.ts';
import { endWith } from './respond.ts';

export class WholeAnswer implements Answer {
  head: OutsideHead | null = null;
  readonly isSent = false;
  readonly #response: ServerResponse;
  readonly #writer: AnswerWriter;
  readonly #passed: Buffer[] = [];
  #isBegun = false;

  constructor(response: ServerResponse, writer: AnswerWriter) {
    this.#response = response;
    this.#writer = writer;
  }

  begin(head: OutsideHead): void {
    this.head = head;
  }

  pass(bytes: Buffer, events: readonly unknown[]): boolean {
    this.#isBegun = true;
    this.#passed.push(bytes);
    this.#writer.observe(events);
    return true;
  }

  part(part: AnswerPart): boolean {
    this.#begin();
    this.#writer.part(part);
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(end: Answered): void {
    if (this.#response.destroyed) return;
    this.#begin();
    const body = end.passed ? this.#joined() : Buffer.from(this.#writer.end(end));
    this.#response.writeHead(200, [
      'Content-Type',
      this.#writer.contentType,
      'Content-Length',
      String(body.byteLength),
      ...answerHeaders(end.head),
    ]);
    endWith(this.#response, body);
  }

  fail(): void {
    throw new Error('an answer in one piece has no middle to fail in');
  }

  #begin(): void {
    if (this.#isBegun || this.head === null) return;
    this.#isBegun = true;
    this.#writer.begin(answerId(), this.head.routeId);
  }

  #joined(): Buffer {
    const [first] = this.#passed;
    return this.#passed.length === 1 && first !== undefined ? first : Buffer.concat(this.#passed);
  }
}
