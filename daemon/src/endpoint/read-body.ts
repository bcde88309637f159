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

  /** `done` is called once; `release` the body when the request was answered. Node's time limit ends one that never comes. */
  read(request: IncomingMessage, done: (body: ReadBody) => void): void {
    const said = Number(request.headers['content-length'] ?? 0);
    if (said > this.#bodyBytes) {
      done('tooLarge');
      return;
    }
    const pieces: Buffer[] = [];
    let bytes = 0;
    let isOver = false;
    const end = (result: ReadBody): void => {
      if (isOver) return;
      isOver = true;
      if (typeof result === 'string') this.#heldBytes -= bytes;
      done(result);
    };
    // Listeners stay: taking four of them off costs more than what they hear afterwards. What comes after a refusal is
    // read and dropped, so that the client gets to read the answer.
    request.on('data', (piece: Buffer) => {
      if (isOver) return;
      bytes += piece.byteLength;
      this.#heldBytes += piece.byteLength;
      pieces.push(piece);
      if (bytes > this.#bodyBytes) end('tooLarge');
      else if (this.#heldBytes > this.#allBytes) end('busy');
    });
    request.on('end', () => {
      if (!isOver) end(joined(pieces, bytes));
    });
    // It comes after every end, and in the place of one where the client hangs up; Node throws no error without a listener.
    request.on('close', () => end('gone'));
  }

  release(body: Buffer): void {
    this.#heldBytes -= body.byteLength;
  }
}

function joined(pieces: readonly Buffer[], bytes: number): Buffer {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const body = Buffer.concat(pieces, bytes);
  for (const piece of pieces) giveBack(piece);
  return body;
}

/**
 * Frees a piece's memory at once, if nothing else lies in it. Left to the garbage collector it lasts until V8, which counts
 * it, collects its whole heap for it: with prompts of 256 KB that was every fiftieth request.
 */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
