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

export class ResponseTap {
  #headers: Readonly<Record<string, string>> | null = null;
  #untold = false;
  #bytes = 0;
  #sinceNewline = 0;
  #wake: (() => void) | null = null;
  /** A sign came while nobody waited. */
  #missed = false;
  readonly #failure: (what: string) => ProviderError;

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
        },
      }),
    );
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
