/** A request's body, whole, with a bound for each and one for all together: bodies are what fills the memory here. */
import type { IncomingMessage } from 'node:http';

export type ReadBody = Buffer | 'tooLarge' | 'busy' | 'gone';

export class BodyReader {
  readonly #bodyBytes: number;
  readonly #allBytes: number;
  #heldBytes = 0;

  /**
   * @param bodyBytes of one request at most
   * @param allBytes of all requests that are being read or answered, at most
   */
  constructor(bodyBytes: number, allBytes: number) {
    this.#bodyBytes = bodyBytes;
    this.#allBytes = allBytes;
  }

  /** `release` it when the request has been answered. Node's own time limit ends one that never comes. */
  read(request: IncomingMessage): Promise<ReadBody> {
    if (Number(request.headers['content-length'] ?? 0) > this.#bodyBytes) return Promise.resolve('tooLarge');
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const end = (result: ReadBody): void => {
        request.off('data', take).off('end', whole).off('close', gone).off('error', gone);
        if (typeof result === 'string') {
          this.#heldBytes -= bytes;
          // What still comes is read and dropped, so that the client gets to read the answer.
          request.on('error', () => undefined).resume();
        }
        resolve(result);
      };
      const take = (chunk: Buffer): void => {
        bytes += chunk.byteLength;
        this.#heldBytes += chunk.byteLength;
        chunks.push(chunk);
        if (bytes > this.#bodyBytes) end('tooLarge');
        else if (this.#heldBytes > this.#allBytes) end('busy');
      };
      const whole = (): void => {
        const [first] = chunks;
        end(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
      };
      const gone = (): void => end('gone');
      request.on('data', take).on('end', whole).on('close', gone).on('error', gone);
    });
  }

  release(body: Buffer): void {
    this.#heldBytes -= body.byteLength;
  }
}
