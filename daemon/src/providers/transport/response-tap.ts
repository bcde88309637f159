/**
 * Sits in the body of a streamed answer: counts, enforces the bounds, and tells of every sign of life. Client libraries
 * swallow pings and comments; seen from here they are bytes like any other, so a timer can tell a server that thinks
 * from one that hangs.
 */
import type { ProviderError } from '../provider.ts';

/** Framing makes a stream many times longer than its text; this is far beyond any honest answer. */
const streamBytes = 512 * 1024 * 1024;
/** An event that never ends would be collected in memory until it does. */
const eventBytes = 8 * 1024 * 1024;

const newline = 10;

/** What ends a stream on OpenAI's wire, at the beginning of a line; inside JSON no line begins. */
const doneMarker = /(?:^|\n)data: ?\[DONE\]\s*$/;
/** Holds the end marker, and on Anthropic's wire the event before it. */
const tailBytes = 2_048;
/**
 * Anthropic's client knows an end by its marker alone. The event before it says why the model stopped; where that one came
 * whole and the marker did not, the answer is complete all the same.
 */
const stopped = /\ndata: ?\{"type": ?"message_delta"[^\n]*"stop_reason": ?"[^\n]*\n\r?\n(?:event[^\n]*)?$/;
const messageStop = Buffer.from('\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n');
/** A server that has said so and keeps the connection open gets this long to close it by itself. */
const closeMs = 100;

export class ResponseTap {
  #headers: Readonly<Record<string, string>> | null = null;
  #untold = false;
  #bytes = 0;
  #sinceNewline = 0;
  #wake: (() => void) | null = null;
  /** A sign came while nobody waited. */
  #missed = false;
  readonly #failure: (what: string) => ProviderError;
  #broken: unknown = null;
  #hasEnded = false;
  #tail = '';
  #closing: NodeJS.Timeout | undefined;

  constructor(failure: (what: string) => ProviderError) {
    this.#failure = failure;
  }

  /** Bytes of the body so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The server accepted the call. */
  accept(headers: Readonly<Record<string, string>>): void {
    this.#untold = this.#headers === null;
    this.#headers ??= headers;
    this.#beat();
  }

  /** The headers of the accepted answer, once. */
  takeHeaders(): Readonly<Record<string, string>> | null {
    if (!this.#untold) return null;
    this.#untold = false;
    return this.#headers;
  }

  /** Resolves at the next sign of life, at once when one came since the last call. One waiter at a time. */
  nextSign(): Promise<void> {
    if (this.#missed) {
      this.#missed = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** No more of the body comes. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What broke the connection in the middle of the body; null: nothing. */
  get broken(): unknown {
    return this.#broken;
  }

  /**
   * The body itself, watched. Errors with a `ProviderError` beyond a bound. A connection that breaks ends it, too: whether the
   * answer was complete without its end marker, its reader sees by what came; `broken` says why there is no more.
   */
  through(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
    const untilBroken = async function* (this: ResponseTap): AsyncGenerator<Uint8Array, undefined> {
      try {
        for await (const chunk of body) yield chunk;
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        this.#broken = thrown;
      }
    };
    return ReadableStream.from(untilBroken.call(this)).pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          this.#count(chunk);
          if (this.#bytes > streamBytes || this.#sinceNewline > eventBytes) {
            controller.error(this.#failure('sent an answer without end; it was cut off.'));
            return;
          }
          controller.enqueue(chunk);
          this.#beat();
          if (this.#isDone(chunk)) this.#closing ??= setTimeout(() => controller.terminate(), closeMs);
        },
        flush: (controller) => {
          this.#hasEnded = true;
          clearTimeout(this.#closing);
          if (stopped.test(this.#tail)) controller.enqueue(messageStop);
        },
      }),
    );
  }

  /** Client libraries wait for the end of the connection; the end of the answer is what counts. */
  #isDone(chunk: Uint8Array): boolean {
    const end = Buffer.from(chunk.subarray(-tailBytes)).toString('latin1');
    this.#tail = (this.#tail + end).slice(-tailBytes);
    return doneMarker.test(this.#tail);
  }

  #count(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(newline);
    this.#bytes += chunk.byteLength;
    this.#sinceNewline = last < 0 ? this.#sinceNewline + chunk.byteLength : chunk.byteLength - last - 1;
  }

  #beat(): void {
    this.#missed = this.#wake === null;
    this.#wake?.();
    this.#wake = null;
  }
}
