/** Stopping and restarting the daemon: asked over an authenticated connection, never by a process number. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RouterError, protocolVersions } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, readDiscovery, type Paths } from '@task-router/protocol/node';
import type { Connection } from './connection.ts';
import type { WsLink } from './link.ts';

export interface DaemonProcessOptions {
  readonly paths: Paths;
  readonly connection: Connection<WsLink>;
  /** Asks over the language client's connection, when there is one. */
  readonly askToStop: () => Promise<void>;
  readonly clientVersion: string;
}

/** A daemon cancels and records what runs before it goes. */
const goneWithinMs = 10_000;
const pollMs = 50;

export class DaemonProcess {
  readonly #options: DaemonProcessOptions;

  constructor(options: DaemonProcessOptions) {
    this.#options = options;
  }

  /**
   * Settles when the daemon has gone; this window stays disconnected until something needs it.
   * @throws RouterError `daemon.notRunning`, or why it could not be asked
   */
  async stop(): Promise<void> {
    const { connection, askToStop } = this.#options;
    try {
      if (connection.state.type === 'connected') await askToStop();
      else await this.#askAnyone();
    } finally {
      // Also when nobody answered: the developer wants it stopped, so this window does not start it again.
      await connection.stop();
    }
    await this.#gone();
  }

  /** Settles when connected to a fresh daemon. */
  async restart(patienceMs: number): Promise<void> {
    await this.stop().catch((error: unknown) => {
      if (!(error instanceof RouterError)) throw error;
      // One that does not run or does not answer is no reason not to start one.
    });
    await this.#options.connection.reconnect(patienceMs);
  }

  /** A window that is not connected itself asks over a connection of its own. */
  async #askAnyone(): Promise<void> {
    const { paths, clientVersion } = this.#options;
    const socket = await connectToDaemon({ paths }).catch((cause: unknown) => {
      throw new RouterError('daemon.notRunning', 'No daemon is running.', { cause });
    });
    const client = await DaemonClient.open(socket, {
      hello: {
        protocolVersions: [...protocolVersions],
        clientId: randomUUID(),
        client: 'editor',
        clientVersion,
        trusted: false,
      },
    });
    await client.stopDaemon();
    await client.closed;
  }

  /** The holder of the lock removes its discovery file as the last thing before it lets go. */
  async #gone(): Promise<void> {
    const deadlineMs = performance.now() + goneWithinMs;
    while (readDiscovery(this.#options.paths) !== null && performance.now() < deadlineMs) await delay(pollMs);
  }
}
