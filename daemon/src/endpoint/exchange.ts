/**
 * One request and its answer, from the guard to the last byte. What dispatch does with it is behind `OutsideService`; what
 * the fields are called is the format's.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  OutsideCall,
  OutsideEnd,
  OutsideHead,
  OutsideService,
} from '../dispatch/outside/outside-call.ts';
import type { Logger } from '../platform/logger.ts';
import type { Roster } from '../platform/roster.ts';
import type { Gate } from './admission.ts';
import { answerHeaders } from './answer-headers.ts';
import type { Answer } from './answer-stream.ts';
import { AnswerStream } from './answer-stream.ts';
import type { EndpointFormat, EndpointProblem, ReadResult } from './endpoint-format.ts';
import type { ActiveKey, EndpointKeys } from './keys.ts';
import { notServed } from './not-served.ts';
import { problem, problemOf } from './problems.ts';
import type { BodyReader, ReadBody } from './read-body.ts';
import { refuse, retryHeaders, send, sendJson } from './respond.ts';
import type { Formats } from './routes.ts';
import { placeOf } from './routes.ts';
import { WholeAnswer } from './whole-answer.ts';

export interface ExchangeParts {
  readonly service: OutsideService;
  readonly formats: Formats;
  readonly keys: EndpointKeys;
  readonly gate: Gate;
  readonly bodies: BodyReader;
  /** Answers under way, for pings and slow clients. */
  readonly streams: Roster<AnswerStream>;
  readonly log: Logger;
}

/** Never throws. */
export function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  parts: ExchangeParts,
): void {
  // A client that hangs up in the middle of an answer is nobody's failure.
  response.on('error', ignored);
  const place = placeOf(request, parts.formats);
  const { format } = place;
  const admission = place.type === 'absolute' ? null : parts.gate.check(request, port);
  if (admission?.ok === false) {
    const { waitMs, problem: what } = admission;
    if (waitMs > 0) setTimeout(refuse, waitMs, response, format, what).unref();
    else refuse(response, format, what);
  } else if (admission === null || place.type === 'notFound') refuse(response, format, notFound(request.url));
  else if (place.type === 'wrongMethod') {
    response.setHeader('Allow', place.allow);
    refuse(response, format, wrongMethod(place.allow));
  } else if (place.type === 'models') sendJson(response, format.modelsBody(parts.service.models()));
  else if (place.type !== 'absolute')
    new Exchange({ request, response, format, key: admission.key }, parts).run(place.type);
}

const ignored = (): void => undefined;

/**
 * Made once: a reason of its own for each abort is an exception with a stack. This one's would say nothing, and as long as
 * nobody has read it V8 keeps the functions in it, and with them the loader that holds all of the program's bytes.
 */
const clientGone = new Error('The client has gone.');
clientGone.stack = clientGone.message;

/** A request that was let in. */
interface Admitted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly format: EndpointFormat;
  readonly key: ActiveKey;
}

class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #format: EndpointFormat;
  readonly #key: ActiveKey;
  readonly #parts: ExchangeParts;
  /** The only cancel of this request, all the way down. */
  readonly #abort = new AbortController();

  constructor({ request, response, format, key }: Admitted, parts: ExchangeParts) {
    this.#request = request;
    this.#response = response;
    this.#format = format;
    this.#key = key;
    this.#parts = parts;
  }

  run(type: 'answer' | 'count'): void {
    const { gate, bodies, keys } = this.#parts;
    const busy = gate.enter(this.#key, this.#abort);
    if (busy !== null) {
      this.#refuse(busy);
      return;
    }
    this.#response.on('close', () => {
      // It also closes when all is well; an abort is too dear to be spent on that.
      if (!this.#response.writableFinished) this.#abort.abort(clientGone);
    });
    keys.noteRequest(this.#key);
    bodies.read(this.#request, (body) => void this.#take(body, type));
  }

  /** Never rejects. One frame for all of it, because every frame that waits is kept as long as the answer takes. */
  async #take(body: ReadBody, type: 'answer' | 'count'): Promise<void> {
    const { gate, bodies, keys, log, service, streams } = this.#parts;
    let stream: AnswerStream | null = null;
    try {
      if (typeof body === 'string') this.#refuseBody(body);
      else if (type === 'count') this.#count(body);
      else {
        const call = this.#callOf(body);
        if (call === null) return;
        const answer = this.#answerFor(call);
        if (answer instanceof AnswerStream) streams.add((stream = answer));
        const end = await service.complete(call, answer, this.#abort);
        if (end.costUsd != null) keys.noteSpend(this.#key, end.costUsd);
        this.#finish(answer, end);
      }
    } catch (error) {
      log.error('a request of the endpoint failed unexpectedly', { error });
      this.#refuse(problem(500, 'internal.unexpected', 'Something unexpected failed inside Task Router.'));
    } finally {
      if (stream !== null) streams.delete(stream);
      if (typeof body !== 'string') bodies.release(body);
      gate.leave(this.#key, this.#abort);
    }
  }

  /** null: refused. */
  #callOf(body: Buffer): OutsideCall | null {
    const read = this.#read(() => this.#format.readCall(body, headersOf(this.#request), this.#key.tool));
    if (read.ok) return read.value;
    this.#refuse(read.problem);
    return null;
  }

  #answerFor(call: OutsideCall): Answer {
    const writer = this.#format.createWriter(call);
    return call.streams ? new AnswerStream(this.#response, writer) : new WholeAnswer(this.#response, writer);
  }

  #finish(answer: Answer, end: OutsideEnd): void {
    switch (end.type) {
      case 'answered':
        answer.end(end);
        break;
      case 'cancelled':
        // Not by the client, or nobody would be there to be told: its key was revoked, or the daemon ends.
        this.#fail(answer, problem(503, 'route.interrupted', 'The request was ended.'), answer.head);
        break;
      case 'failed':
        if (end.upstream !== null && !answer.isSent) this.#passRefusal(end, end.upstream);
        else this.#fail(answer, problemOf(end), end.head, end.retryAfterMs);
    }
  }

  #fail(
    answer: Answer,
    what: EndpointProblem,
    head: OutsideHead | null,
    retryAfterMs: number | null = null,
  ): void {
    if (answer.isSent) answer.fail(what);
    else this.#refuse(what, head, retryAfterMs);
  }

  /** The provider's own words, in the client's own format. */
  #passRefusal(
    { head, retryAfterMs }: Extract<OutsideEnd, { type: 'failed' }>,
    upstream: { readonly status: number; readonly body: string },
  ): void {
    const headers = [...(head === null ? [] : answerHeaders(head)), ...retryHeaders(retryAfterMs)];
    send(this.#response, upstream.status, upstream.body, headers);
  }

  #count(body: Buffer): void {
    const { readCount } = this.#format;
    const read =
      readCount === null ? { ok: false as const, problem: notFound() } : this.#read(() => readCount(body));
    if (read.ok) {
      const tokens = this.#parts.service.countTokens(read.value);
      sendJson(this.#response, this.#format.countBody(tokens));
    } else this.#refuse(read.problem);
  }

  /** What a body can do to a reader is the client's fault. */
  #read<Value>(read: () => ReadResult<Value>): ReadResult<Value> {
    try {
      return read();
    } catch (error) {
      this.#parts.log.warn('a request of the endpoint could not be read', { error });
      return { ok: false, problem: problem(400, 'endpoint.badRequest', 'The request could not be read.') };
    }
  }

  #refuseBody(reason: 'tooLarge' | 'busy' | 'gone'): void {
    if (reason === 'tooLarge')
      this.#refuse(problem(413, 'endpoint.requestTooLarge', 'The request is larger than may be sent.'));
    else if (reason === 'busy')
      this.#refuse(
        problem(503, 'endpoint.busy', 'The requests that run fill the memory set aside for them.'),
      );
  }

  #refuse(what: EndpointProblem, head: OutsideHead | null = null, retryAfterMs: number | null = null): void {
    refuse(this.#response, this.#format, what, { head, retryAfterMs });
  }
}

function notFound(url = ''): EndpointProblem {
  return problem(404, 'endpoint.notFound', notServed(url));
}

function wrongMethod(allow: string): EndpointProblem {
  return problem(405, 'endpoint.notFound', `This address takes ${allow} alone.`);
}

/** Those of a format; a repeated one is joined by Node. */
function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return headers as Readonly<Record<string, string | undefined>>;
}
