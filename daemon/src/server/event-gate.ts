/**
 * Between a client's event stream and one of its connections: nothing passes before the handshake is answered, and
 * the stream learns when the connection can't keep up.
 */
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { WebSocket } from 'ws';
import { type NumberedEvent, eventNotification } from '@task-router/protocol';
import type { Subscriber } from './event-stream.ts';

/** Bytes waiting for the peer from which text is gathered instead of sent piece by piece. */
const congestedBytes = 1024 * 1024;

/** Holds events back until the handshake is answered, then sends them in order. */
export class EventGate implements Subscriber {
  readonly #rpc: MessageConnection;
  readonly #socket: WebSocket;
  #held: { event: NumberedEvent; onSent: () => void }[] | null = [];

  constructor(rpc: MessageConnection, socket: WebSocket) {
    this.#rpc = rpc;
    this.#socket = socket;
  }

  isCongested(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount > congestedBytes;
  }

  deliver(event: NumberedEvent, onSent: () => void): void {
    if (this.#held === null) this.#send(event, onSent);
    else this.#held.push({ event, onSent });
  }

  open(missed: readonly NumberedEvent[]): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const event of missed) this.#send(event, () => undefined);
    for (const { event, onSent } of held) this.#send(event, onSent);
  }

  #send(event: NumberedEvent, onSent: () => void): void {
    // An event that can't be written has lost its connection; the client finds it again when it resumes.
    this.#write(event).then(onSent, () => undefined);
  }

  /** `async`, so that a connection that is closed already rejects instead of throwing into whoever emits. */
  async #write(event: NumberedEvent): Promise<void> {
    await this.#rpc.sendNotification(eventNotification.method, event);
  }
}
