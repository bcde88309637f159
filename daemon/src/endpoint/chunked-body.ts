/**
 * The body of an answer that streams, in HTTP's chunks. Node frames a chunk with four writes, each with an entry in the
 * socket's queue, and one system call that collects them; here a chunk is one piece of text and one write. A token is a
 * chunk, so this is a tenth of what passing it on takes.
 *
 * Node decides, as for every answer, whether there are chunks at all: clients of HTTP/1.0 get the bytes as they are.
 */
import type { ServerResponse } from 'node:http';

/** Up to here a chunk goes out as text of one byte a character, with its frame around it. */
const oneWriteBytes = 16 * 1024;
const lastChunk = '0\r\n\r\n';

export class ChunkedBody {
  readonly #response: ServerResponse;
  readonly #isChunked: boolean;

  /** `response`: its head was written, with neither a length nor an encoding. */
  constructor(response: ServerResponse) {
    this.#response = response;
    this.#isChunked = response.chunkedEncoding;
    // From here on Node writes what it is given.
    response.chunkedEncoding = false;
  }

  /** False: the client is slow; the response's `drain` follows. */
  write(bytes: Buffer): boolean {
    const response = this.#response;
    if (!this.#isChunked) return response.write(bytes);
    // Nothing would be the last chunk.
    if (bytes.length === 0) return true;
    if (bytes.length <= oneWriteBytes) return response.write(framed(bytes), 'latin1');
    response.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
    response.write(bytes);
    return response.write('\r\n', 'latin1');
  }

  /** `text`: what is still to be said. */
  end(text: string): void {
    const bytes = Buffer.from(text);
    if (!this.#isChunked) this.#response.end(bytes);
    else this.#response.end(bytes.length === 0 ? lastChunk : framed(bytes) + lastChunk, 'latin1');
  }
}

function framed(bytes: Buffer): string {
  return `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
}
