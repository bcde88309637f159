/**
 * Sits in the body of a streamed answer: counts, enforces the bounds, and tells of every sign of life. Client libraries
 * swallow pings and comments; seen from here they are bytes like any other, so a timer can tell a server that thinks
 * from one that hangs.
 */
import type { ProviderError } from './provider.ts';

/** Framing makes a stream many times longer than its text; this is far beyond any honest answer. */
const streamBytes = 512 * 1024 * 1024;
/** An event that never ends would be collected in memory until it does. */
const eventBytes = 8 * 1024 * 1024;

const newline = 10;

/** What ends a stream on OpenAI's wire, at the beginning of a line; inside JSON no line begins. */
const doneMarker = /(?:^|\n)data: ?\[DONE\]\s*$/;
const markerBytes = 32;
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

  /** The body itself, watched. Errors with a `ProviderError` beyond a bound. */
  through(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return body.pipeThrough(
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
        flush: () => {
          clearTimeout(this.#closing);
        },
      }),
    );
  }

  /** Client libraries wait for the end of the connection; the end of the answer is what counts. */
  #isDone(chunk: Uint8Array): boolean {
    const end = Buffer.from(chunk.subarray(-markerBytes)).toString('latin1');
    this.#tail = (this.#tail + end).slice(-markerBytes);
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
