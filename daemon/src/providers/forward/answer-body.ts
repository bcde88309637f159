/**
 * The body of an accepted answer on its way to the listener, streamed or whole: bounded, read for what it means, and passed
 * as it came. A body that breaks a rule ends in a failure; what was passed before stays passed.
 */
import { parseJson } from '../errors/error-body.ts';
import type { FailureSource } from '../errors/errors.ts';
import { failureFrom, failureOf } from '../errors/errors.ts';
import type { ProviderError } from '../provider.ts';
import { errorBytes } from '../transport/http.ts';
import type { AnswerReader, EventMeaning } from './answer-reader.ts';
import { EventScanner } from './event-scanner.ts';
import type { ForwardFinish, ForwardListener } from '../provider.ts';

/** Takes the bytes of a body. The listener hears `finished` or `failed` once, and nothing after it. */
export interface AnswerBody {
  /** False: the listener wants no more for now. */
  push(bytes: Buffer): boolean;
  /** The connection says that this was all. */
  end(): void;
  /** The connection broke. What is complete without its end marker stands. */
  broke(error: ProviderError): void;
  /** See `ForwardCall`. */
  readonly finish: ForwardFinish | null;
  /** The answer is over, well or not; what still comes is nothing to anybody. */
  readonly isOver: boolean;
}

/** Framing makes a stream many times longer than its text; this is far beyond any honest answer. */
const streamBytes = 512 * 1024 * 1024;
/** The longest models write about 2 MB; images as text are longer. */
const wholeBytes = 64 * 1024 * 1024;
const endMarker = '[DONE]';
const emptyLine = Buffer.from('\n\n');

export class StreamedBody implements AnswerBody {
  readonly #scanner = new EventScanner();
  readonly #reader: AnswerReader;
  readonly #listener: ForwardListener;
  readonly #source: FailureSource;
  readonly #hidesUsage: boolean;
  readonly #endsAtFinish: () => boolean;
  #bytes = 0;
  #mayGoOn = true;
  /** What is taken now does not say that it is whole. */
  #isLast = false;
  isOver = false;

  constructor(
    reader: AnswerReader,
    listener: ForwardListener,
    {
      source,
      hidesUsage,
      endsAtFinish,
    }: {
      readonly source: FailureSource;
      readonly hidesUsage: boolean;
      /** False: there may be more of the answer than has begun, so only the end marker tells. Asked where one is missing. */
      readonly endsAtFinish: () => boolean;
    },
  ) {
    this.#reader = reader;
    this.#listener = listener;
    this.#source = source;
    this.#hidesUsage = hidesUsage;
    this.#endsAtFinish = endsAtFinish;
  }

  get finish(): ForwardFinish | null {
    const { isFinished, finishReason, usage } = this.#reader;
    if (this.isOver || !isFinished || finishReason === null || !this.#endsAtFinish()) return null;
    return { finishReason, usage, hasMarker: false };
  }

  push(bytes: Buffer): boolean {
    if (this.isOver) return true;
    this.#bytes += bytes.length;
    if (!this.#scanner.push(bytes) || this.#bytes > streamBytes) {
      this.#fail(failureOf(this.#source, 'server', 'sent an answer without end; it was cut off.'));
      return true;
    }
    return this.#take();
  }

  end(): void {
    if (this.isOver) return;
    // Some servers leave out the empty line behind their last event.
    this.#isLast = true;
    if (this.#scanner.isInside && this.#scanner.push(emptyLine)) this.#take();
    if (this.isOver) return;
    if (this.#reader.isFinished) this.#finish(false);
    else if (this.#bytes === 0)
      this.#fail(failureOf(this.#source, 'empty', 'accepted the task and sent nothing.'));
    else this.#fail(failureOf(this.#source, 'truncated', 'ended its answer in the middle.'));
  }

  broke(error: ProviderError): void {
    if (this.isOver) return;
    if (this.finish === null) this.#fail(error);
    else this.#finish(false);
  }

  /** Passes events as they stand, without those that are for us alone, up to one that ends the answer. */
  #take(): boolean {
    const run = new Run();
    this.#mayGoOn = true;
    let over: (() => void) | null = null;
    while (over === null && this.#scanner.next()) over = this.#add(run);
    if (run.isEmpty) this.#listener.alive();
    else this.#pass(run);
    over?.();
    return this.#mayGoOn;
  }

  /** null: the answer goes on; otherwise what is to be done once what came before it has passed. */
  #add(run: Run): (() => void) | null {
    const { data, from, to } = this.#scanner;
    const event = data === null || data === endMarker ? null : parseJson(data);
    if (this.#isCut(data, event)) return null;
    const meaning = this.#meaningOf(data, event);
    if (meaning === 'error') return () => this.#fail(this.#failureIn(event));
    if (meaning === 'usage' && this.#hidesUsage) {
      // What follows it is no neighbour of what stands before it.
      if (!run.isEmpty) this.#pass(run);
      return null;
    }
    if (run.isEmpty) run.from = from;
    run.to = to;
    if (event !== null) run.events.push(event);
    if (meaning === 'content') run.hasContent = true;
    return meaning === 'end' ? () => this.#finish(true) : null;
  }

  /** A piece of the end marker is as good as none. */
  #isCut(data: string | null, event: unknown): boolean {
    return this.#isLast && this.#reader.isFinished && (event === undefined || data === null);
  }

  #meaningOf(data: string | null, event: unknown): EventMeaning {
    if (data === endMarker) return 'end';
    if (data === null) return 'frame';
    return event === undefined ? 'error' : this.#reader.event(event);
  }

  /** The run is empty afterwards. */
  #pass(run: Run): void {
    const { bytes } = this.#scanner;
    const { from, to, events, hasContent } = run;
    const { text, chars, hasToolCall } = this.#reader.take();
    const isAll = from === 0 && to === bytes.length;
    const passed = isAll ? bytes : bytes.subarray(from, to);
    run.clear();
    const wantsMore = this.#listener.piece({ bytes: passed, events, text, chars, hasToolCall, hasContent });
    this.#mayGoOn &&= wantsMore;
  }

  #finish(hasMarker: boolean): void {
    this.isOver = true;
    const { finishReason, usage } = this.#reader;
    this.#listener.finished({ finishReason: finishReason ?? 'other', usage, hasMarker });
  }

  #fail(error: ProviderError): void {
    this.isOver = true;
    this.#listener.failed(error);
  }

  #failureIn(event: unknown): ProviderError {
    return event === undefined
      ? failureOf(this.#source, 'server', 'sent a chunk that is not JSON.', 200)
      : failureFrom(this.#source, { status: null, headers: {}, body: event, nowMs: Date.now() });
  }
}

/** Events that stand side by side in what came in one read. */
class Run {
  from = 0;
  to = 0;
  events: unknown[] = [];
  hasContent = false;

  get isEmpty(): boolean {
    return this.to === 0;
  }

  clear(): void {
    this.to = 0;
    this.events = [];
    this.hasContent = false;
  }
}

/** An answer that does not stream: passed when it is whole and was read. */
export class WholeBody implements AnswerBody {
  readonly #pieces: Buffer[] = [];
  readonly #reader: AnswerReader;
  readonly #listener: ForwardListener;
  readonly #source: FailureSource;
  #bytes = 0;
  isOver = false;
  /** Its end is that of its JSON. */
  readonly finish = null;

  constructor(reader: AnswerReader, listener: ForwardListener, source: FailureSource) {
    this.#reader = reader;
    this.#listener = listener;
    this.#source = source;
  }

  push(bytes: Buffer): boolean {
    if (this.isOver) return true;
    this.#bytes += bytes.length;
    if (this.#bytes > wholeBytes)
      this.#fail(failureOf(this.#source, 'server', 'sent an answer without end; it was cut off.'));
    else this.#pieces.push(bytes);
    return true;
  }

  end(): void {
    if (this.isOver) return;
    const [first] = this.#pieces;
    const isOne = this.#pieces.length === 1 && first !== undefined;
    const bytes = isOne ? first : Buffer.concat(this.#pieces);
    const body = parseJson(bytes.toString('utf8'));
    const meaning = body === undefined ? 'error' : this.#reader.whole(body);
    if (meaning === 'error') {
      this.#fail(this.#failureIn(bytes));
      return;
    }
    this.isOver = true;
    const { text, chars, hasToolCall } = this.#reader.take();
    const hasContent = meaning === 'content';
    this.#listener.piece({ bytes, events: [body], text, chars, hasToolCall, hasContent });
    const { finishReason, usage } = this.#reader;
    this.#listener.finished({ finishReason: finishReason ?? 'other', usage, hasMarker: true });
  }

  broke(error: ProviderError): void {
    if (this.isOver) return;
    if (parseJson(Buffer.concat(this.#pieces).toString('utf8')) === undefined) this.#fail(error);
    else this.end();
  }

  #failureIn(bytes: Buffer): ProviderError {
    if (bytes.length === 0) return failureOf(this.#source, 'empty', 'accepted the task and sent nothing.');
    const body = bytes.toString('utf8', 0, errorBytes);
    return failureFrom(this.#source, { status: 200, headers: {}, body, nowMs: Date.now() });
  }

  #fail(error: ProviderError): void {
    this.isOver = true;
    this.#listener.failed(error);
  }
}
