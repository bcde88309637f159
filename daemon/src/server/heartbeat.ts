/** Finds connections whose peer is gone without a word: a ping at an interval, and an end after two without an answer. */
import type { WebSocket } from 'ws';

const toleratedMisses = 2;

export class Heartbeat {
  readonly #intervalMs: number;
  readonly #misses = new Map<WebSocket, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Watches the socket until it closes. No timer runs while there is none to watch. */
  watch(socket: WebSocket): void {
    this.#misses.set(socket, 0);
    socket.on('pong', () => this.#misses.set(socket, 0));
    socket.once('close', () => {
      this.#misses.delete(socket);
      if (this.#misses.size === 0) this.#stop();
    });
    this.#timer ??= setInterval(() => this.#beat(), this.#intervalMs);
  }

  #beat(): void {
    for (const [socket, misses] of this.#misses) {
      if (misses >= toleratedMisses) {
        socket.terminate();
        continue;
      }
      this.#misses.set(socket, misses + 1);
      socket.ping();
    }
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
