/** A request's body, whole, with a bound for each and one for all together: bodies are what fills the memory here. */
import type { IncomingMessage } from 'node:http';

export type ReadBody = Buffer | 'tooLarge' | 'busy' | 'gone';

/** Room for more than this is not made on somebody's word: all requests together would take more than is set aside for them. */
const placedBytes = 1024 * 1024;

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

  /**
   * `done` is called once, and in the same call as the last byte came where the length was said: what ends the request for Node
   * comes several turns later. `release` the body when the request was answered. Node's time limit ends one that never comes.
   */
  read(request: IncomingMessage, done: (body: ReadBody) => void): void {
    const said = Number(request.headers['content-length'] ?? Number.NaN);
    if (said > this.#bodyBytes) {
      done('tooLarge');
      return;
    }
    const pieces = new Pieces(said);
    let isOver = false;
    const end = (result: ReadBody): void => {
      if (isOver) return;
      isOver = true;
      if (typeof result === 'string') this.#heldBytes -= pieces.bytes;
      done(result);
    };
    // Listeners stay: taking four of them off costs more than what they hear afterwards. What comes after a refusal is
    // read and dropped, so that the client gets to read the answer.
    request.on('data', (piece: Buffer) => {
      if (isOver) return;
      this.#heldBytes += piece.byteLength;
      pieces.add(piece);
      if (pieces.bytes > this.#bodyBytes) end('tooLarge');
      else if (this.#heldBytes > this.#allBytes) end('busy');
      else if (pieces.bytes === said) end(pieces.whole());
    });
    request.on('end', () => {
      if (!isOver) end(pieces.whole());
      pieces.giveBack();
    });
    // It comes after every end, and in the place of one where the client hangs up; Node throws no error without a listener.
    request.on('close', () => end('gone'));
  }

  release(body: Buffer): void {
    this.#heldBytes -= body.byteLength;
  }
}

/** What has come of a body. Where its length was said, each piece goes to its place while the next one is on its way. */
class Pieces {
  readonly #said: number;
  readonly #pieces: Buffer[] = [];
  #body: Buffer | null = null;
  bytes = 0;

  /** @param said its length; not a number: not said */
  constructor(said: number) {
    this.#said = said;
  }

  add(piece: Buffer): void {
    // The first may be all of it.
    if (piece.byteLength < this.#said && this.#said <= placedBytes) {
      this.#body ??= Buffer.allocUnsafeSlow(this.#said);
      piece.copy(this.#body, this.bytes);
    }
    this.#pieces.push(piece);
    this.bytes += piece.byteLength;
  }

  whole(): Buffer {
    const [first] = this.#pieces;
    if (this.#pieces.length === 1 && first !== undefined) return first;
    return this.#body ?? Buffer.concat(this.#pieces, this.bytes);
  }

  /**
   * Frees the memory of pieces that were copied, if nothing else lies in it. Left to the garbage collector it lasts
   * until V8, which counts it, collects its whole heap for it: with prompts of 256 KB that was every fiftieth request.
   */
  giveBack(): void {
    if (this.#pieces.length === 1) return;
    for (const { buffer, byteLength } of this.#pieces) {
      if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
    }
  }
}
