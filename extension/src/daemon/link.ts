/** One WebSocket to the daemon as the connection sees it: when it ends, why, and how to end it. */
import { closeCodes, createWsTransports, type connectToDaemon } from '@task-router/protocol/node';
import type { Link, LinkEnd } from './connection.ts';

/** The `ws` package stays behind protocol/node: only the type of what it opens is needed here. */
type Socket = Awaited<ReturnType<typeof connectToDaemon>>;
export type Transports = ReturnType<typeof createWsTransports>;

export class WsLink implements Link {
  readonly closed: Promise<LinkEnd>;
  readonly transports: Transports;
  readonly #socket: Socket;

  /** To be called in the turn in which the socket opened, because nothing keeps messages for an absent reader. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.transports = createWsTransports(socket);
    this.closed = new Promise((resolve) => {
      if (socket.readyState === socket.CLOSED) resolve('lost');
      else socket.once('close', (code) => resolve(code === closeCodes.goingAway ? 'leaving' : 'lost'));
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
