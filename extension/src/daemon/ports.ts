/** The connection's ports in the real world: discovery file, socket, copied daemon, language client, clock. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectOrLaunch, connectToDaemon, type Paths } from '@task-router/protocol/node';
import type { ConnectionPorts } from './connection.ts';
import { WsLink } from './link.ts';
import type { Rpc } from './rpc.ts';

export interface PortOptions {
  readonly paths: Paths;
  /** Builds the language client; called once, on the first connection. */
  readonly loadRpc: () => Promise<Rpc<WsLink>>;
  /** Makes sure that the daemon's program is in place and returns its entry file. */
  readonly installDaemon: () => Promise<string>;
  /** Arguments of the daemon, read at each start. */
  readonly daemonArgs: () => readonly string[];
}

/** From the start of the process to an open socket: a cold disk and a busy machine need more than the usual 0.2 s. */
const launchMs = 12_000;

export function createPorts(options: PortOptions): ConnectionPorts<WsLink> {
  const { paths } = options;
  return {
    open: async (mayLaunch, signal) => {
      // Loaded before the socket opens, because the handshake has to follow at once.
      await options.loadRpc();
      const socket = await connectToDaemon({ paths, signal }).catch((error: unknown) => {
        if (!mayLaunch) throw error;
        return undefined;
      });
      if (socket !== undefined) return new WsLink(socket);
      const entry = await options.installDaemon();
      return new WsLink(
        await connectOrLaunch({
          paths,
          launch: { entry, args: options.daemonArgs(), execPath: process.execPath, env: process.env },
          signal,
          timeoutMs: launchMs,
        }),
      );
    },
    start: async (link) => (await options.loadRpc()).start(link),
    settled: async () => (await options.loadRpc()).settled(),
    delay: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
    nowMs: () => performance.now(),
    random: () => Math.random(),
  };
}
