/**
 * The bench's client: bare sockets that stay open, one request at a time on each, the same for every subject. All times in
 * microseconds.
 */
import { connect, type Socket } from 'node:net';
import { MessageReader } from './message-reader.ts';
import { nowUs, stampPattern } from './wire-format.ts';

export interface Target {
  readonly port: number;
  readonly path: string;
  /** Besides those that every request has. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly tookUs: number;
  /** Until the first text; null: it came whole. */
  readonly firstTextUs: number | null;
  /** Pieces of text with a stamp, and how long each was under way. */
  readonly pieces: number;
  readonly underWayUs: readonly number[];
}

/** One connection. A request that is not answered with 200 rejects, and the bench with it. */
export class Connection {
  readonly #target: Target;
  readonly #socket: Socket;
  readonly #keepsDelays: boolean;
  #head = '';
  #startedUs = 0;
  #firstTextUs: number | null = null;
  #underWayUs: number[] = [];
  #pieces = 0;
  #status = '';
  #failed = '';
  #settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | null = null;

  private constructor(target: Target, socket: Socket, keepsDelays: boolean) {
    this.#target = target;
    this.#socket = socket;
    this.#keepsDelays = keepsDelays;
    const headers = Object.entries({ ...target.headers, 'content-type': 'application/json' });
    this.#head =
      `POST ${target.path} HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\nconnection: keep-alive\r\n` +
      `${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}content-length: `;
    const reader = new MessageReader({
      head: (head) => {
        this.#status = head.slice(9, 12);
      },
      body: (bytes) => this.#body(bytes),
      end: () => this.#ended(),
    });
    socket.setNoDelay(true);
    socket.on('data', (bytes) => reader.feed(bytes));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the connection was closed')));
  }

  /** `keepsDelays`: the time that each piece was under way is wanted, not only their number. */
  static open(target: Target, keepsDelays = false): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(target.port, '127.0.0.1', () => {
        socket.off('error', reject);
        resolve(new Connection(target, socket, keepsDelays));
      });
      socket.once('error', reject);
    });
  }

  send(body: Buffer): Promise<Reply> {
    this.#firstTextUs = null;
    this.#underWayUs = [];
    this.#pieces = 0;
    this.#failed = '';
    const settled = new Promise<Reply>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#startedUs = nowUs();
    this.#socket.cork();
    this.#socket.write(`${this.#head}${body.length}\r\n\r\n`, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
    return settled;
  }

  close(): void {
    this.#settle = null;
    this.#socket.destroy();
  }

  #body(bytes: Buffer): void {
    if (this.#status !== '200') {
      this.#failed += bytes.toString();
      return;
    }
    // A piece of text has one such sign, and nothing else has; a stamp may be cut in two.
    for (let at = bytes.indexOf('<'); at >= 0; at = bytes.indexOf('<', at + 1)) this.#pieces += 1;
    if (!this.#keepsDelays && this.#firstTextUs !== null) return;
    const atUs = nowUs();
    for (const [, stamp] of bytes.toString('latin1').matchAll(stampPattern)) {
      this.#firstTextUs ??= atUs - this.#startedUs;
      if (this.#keepsDelays) this.#underWayUs.push(atUs - Number(stamp));
    }
  }

  #ended(): void {
    const settle = this.#settle;
    this.#settle = null;
    if (this.#status !== '200') {
      settle?.reject(
        new Error(`${this.#target.path} was answered ${this.#status}: ${this.#failed.slice(0, 500)}`),
      );
      return;
    }
    settle?.resolve({
      tookUs: nowUs() - this.#startedUs,
      firstTextUs: this.#firstTextUs,
      pieces: this.#pieces,
      underWayUs: this.#underWayUs,
    });
  }
}

/** `clients` connections, each asking as soon as it has its answer, until `isOver`. */
export async function closedLoop(
  target: Target,
  load: {
    readonly clients: number;
    readonly body: (ordinal: number) => Buffer;
    /** Looked at before each request, with the number of those sent so far. */
    readonly isOver: (sent: number) => boolean;
    readonly keepsDelays?: boolean;
  },
): Promise<{ readonly replies: readonly Reply[]; readonly tookUs: number }> {
  const connections = await Promise.all(
    Array.from({ length: load.clients }, () => Connection.open(target, load.keepsDelays)),
  );
  const replies: Reply[] = [];
  let sent = 0;
  const startedUs = nowUs();
  try {
    await Promise.all(
      connections.map(async (connection) => {
        while (!load.isOver(sent)) {
          sent += 1;
          replies.push(await connection.send(load.body(sent)));
        }
      }),
    );
    return { replies, tookUs: nowUs() - startedUs };
  } finally {
    for (const connection of connections) connection.close();
  }
}
