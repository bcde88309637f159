/**
 * JSON-RPC over a WebSocket: one message per text frame. The same adapter runs in the daemon, the extension and the
 * command line. A peer that breaks the rules loses its connection with a code that says why; it never gets an
 * exception out of a listener, because that would end the process.
 */
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node';
import type { RawData, WebSocket } from 'ws';
import { limits } from '../index.ts';
import { readMessage } from './envelope.ts';

/** Why we close, by WebSocket close code. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  malformed: 1007,
  policy: 1008,
  tooBig: 1009,
  tooSlow: 1013,
} as const;

/** What may wait unsent for a slow reader, in bytes. Beyond it the connection ends. */
export const sendQueueBytes = 16 * 1024 * 1024;

/** What a write is rejected with that could never arrive. */
export const messageTooLong = 'The message is longer than the protocol allows';

/** Messages read but not yet handed on. Beyond it reading stops until they are. */
const readAhead = 64;
/** A peer that does not answer our close frame is cut off after this time. */
const closeGraceMs = 2_000;

/**
 * Transports for an open WebSocket, for `createMessageConnection` and for a language client. To be called in the turn
 * in which the socket opened: messages are kept from then on, but `ws` keeps none for an absent listener.
 */
export function createWsTransports(socket: WebSocket): { reader: MessageReader; writer: MessageWriter } {
  return { reader: new WsReader(socket), writer: new WsWriter(socket) };
}

/** Ends a connection for a reason, and cuts it off when the peer does not take part. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === socket.CLOSING || socket.readyState === socket.CLOSED) return;
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), closeGraceMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

class WsReader extends AbstractMessageReader {
  readonly #socket: WebSocket;
  readonly #queue: Message[] = [];
  #deliver: DataCallback | null = null;
  #turn: NodeJS.Immediate | null = null;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.on('message', this.#onMessage);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  override listen(callback: DataCallback): Disposable {
    this.#deliver = callback;
    this.#pump();
    return Disposable.create(() => {
      this.#deliver = null;
    });
  }

  override dispose(): void {
    super.dispose();
    this.#socket.off('message', this.#onMessage);
    this.#socket.off('close', this.#onClose);
    // The error listener stays: an error event without one would end the process.
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#deliver = null;
    this.#queue.length = 0;
    if (this.#socket.isPaused) this.#socket.resume();
  }

  readonly #onMessage = (data: RawData, isBinary: boolean): void => {
    const message = isBinary ? 'malformed' : readMessage(rawText(data));
    if (message === 'malformed' || message === 'tooBig') {
      this.fireError(new Error(`A message was refused: ${message}`));
      closeSocket(this.#socket, closeCodes[message], message);
      return;
    }
    this.#queue.push(message);
    if (this.#queue.length >= readAhead) this.#socket.pause();
    this.#pump();
  };

  readonly #onError = (error: Error): void => this.fireError(error);
  readonly #onClose = (): void => this.fireClose();

  /**
   * One message a turn of the event loop, at most: the connection above handles one a turn and queues the rest
   * without a bound, so a flood has to wait here, where it stops the reading.
   */
  #pump(): void {
    if (this.#turn !== null || this.#deliver === null) return;
    const message = this.#queue.shift();
    if (message === undefined) return;
    if (this.#queue.length === 0 && this.#socket.isPaused) this.#socket.resume();
    this.#turn = setImmediate(() => {
      this.#turn = null;
      this.#pump();
    });
    try {
      this.#deliver(message);
    } catch (error) {
      this.fireError(error);
      closeSocket(this.#socket, closeCodes.policy, 'a message could not be handled');
    }
  }
}

class WsWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: WebSocket;
  #failures = 0;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.on('close', this.#onClose);
  }

  /** Resolves when the message has been handed to the operating system. */
  write(message: Message): Promise<void> {
    const frame = Buffer.from(JSON.stringify(message));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const fail = (error: Error): void => {
      this.#failures += 1;
      this.fireError(error, message, this.#failures);
      reject(error);
    };
    if (frame.length > limits.messageBytes) {
      fail(new Error(messageTooLong));
    } else if (this.#socket.bufferedAmount + frame.length > sendQueueBytes) {
      closeSocket(this.#socket, closeCodes.tooSlow, 'the peer reads too slowly');
      fail(new Error('The peer reads too slowly'));
    } else {
      this.#socket.send(frame, { binary: false }, (error) => {
        // `ws` passes null or undefined on success.
        if (error instanceof Error) fail(error);
        else resolve(undefined);
      });
    }
    return promise;
  }

  end(): void {
    closeSocket(this.#socket, closeCodes.normal, '');
  }

  override dispose(): void {
    super.dispose();
    this.#socket.off('close', this.#onClose);
  }

  readonly #onClose = (): void => this.fireClose();
}

function rawText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}
