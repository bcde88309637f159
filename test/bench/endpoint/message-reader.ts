/**
 * Reads HTTP/1.1 messages off a socket, requests and responses alike, for the bench's own ends: as little work as it can be,
 * so that what is measured is what stands between them. Knows `content-length` and chunked bodies, as both ends and every
 * subject write them; it is no parser for the open network.
 */

export interface MessageHandler {
  /** Start line and headers, in lower case. */
  head(head: string): void;
  /** A piece of the body, without the framing of chunks. */
  body(bytes: Buffer): void;
  end(): void;
}

type State = 'head' | 'length' | 'size' | 'chunk' | 'chunkEnd' | 'trailer';

const lineEnd = '\r\n';
const none = Buffer.alloc(0);

export class MessageReader {
  readonly #handler: MessageHandler;
  #rest: Buffer = none;
  #state: State = 'head';
  /** Bytes of the body, or of its present chunk, that are still to come. */
  #left = 0;

  constructor(handler: MessageHandler) {
    this.#handler = handler;
  }

  /** The next bytes of the connection, however they were cut. Throws on what is no HTTP. */
  feed(bytes: Buffer): void {
    let data = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = none;
    while (data.length > 0) {
      const taken = this.#step(data);
      if (taken === 0) {
        this.#rest = data;
        return;
      }
      data = data.subarray(taken);
    }
  }

  /** Returns how many bytes were taken; 0: more are needed. */
  #step(data: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#head(data);
      case 'length':
      case 'chunk':
        return this.#bytes(data);
      case 'size':
        return this.#size(data);
      case 'chunkEnd':
        if (data.length < 2) return 0;
        this.#state = 'size';
        return 2;
      case 'trailer':
        if (data.length < 2) return 0;
        this.#ended();
        return 2;
    }
  }

  #head(data: Buffer): number {
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const head = data.toString('latin1', 0, end).toLowerCase();
    const isChunked = head.includes('\r\ntransfer-encoding: chunked');
    this.#left = isChunked ? 0 : Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
    this.#state = isChunked ? 'size' : 'length';
    this.#handler.head(head);
    if (!isChunked && this.#left === 0) this.#ended();
    return end + 4;
  }

  #bytes(data: Buffer): number {
    const taken = Math.min(this.#left, data.length);
    this.#left -= taken;
    this.#handler.body(taken === data.length ? data : data.subarray(0, taken));
    if (this.#left === 0) {
      if (this.#state === 'length') this.#ended();
      else this.#state = 'chunkEnd';
    }
    return taken;
  }

  #size(data: Buffer): number {
    const end = data.indexOf(lineEnd);
    if (end < 0) return 0;
    this.#left = Number.parseInt(data.toString('latin1', 0, end), 16);
    if (Number.isNaN(this.#left)) throw new Error('a chunk without a size');
    this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    return end + 2;
  }

  #ended(): void {
    this.#state = 'head';
    this.#handler.end();
  }
}
