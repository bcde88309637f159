/**
 * A command's connection to the daemon. Without a running one this process becomes it (same lock, same discovery
 * file, same socket), so that there is one way through the code, and editors that start meanwhile can join.
 */
import { randomUUID } from 'node:crypto';
import {
  RouterError,
  daemonRequests,
  protocolVersions,
  proxyOfEnvironment,
  snapshotRequest,
} from '@task-router/protocol';
import { DaemonClient, connectToDaemon } from '@task-router/protocol/node';
import type { DaemonSocket, Paths } from '@task-router/protocol/node';
import { startDaemon } from '../compose.ts';
import type { RunningDaemon } from '../compose.ts';
import { version } from '../version.ts';

export interface Session {
  readonly client: DaemonClient;
  /** This process is the daemon. */
  readonly ownsDaemon: boolean;
  /** Leaves; when this process is the daemon, stays until the last other client has left. */
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Another process that holds the lock gets this long to start listening. */
const otherStartMs = 5_000;

export async function openSession(paths: Paths, env: Environment): Promise<Session> {
  const { socket, daemon } = await connectOrBecome(paths);
  try {
    const client = await greet(socket, env);
    return {
      client,
      ownsDaemon: daemon !== null,
      async close() {
        await client.close();
        await daemon?.stopWhenAlone();
      },
    };
  } catch (error) {
    await daemon?.stop();
    throw error;
  }
}

/** Connects to a running daemon; null when none runs. Never starts one. */
export async function joinSession(paths: Paths, env: Environment): Promise<Session | null> {
  try {
    const client = await greet(await connectToDaemon({ paths }), env);
    return { client, ownsDaemon: false, close: () => client.close() };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function greet(socket: DaemonSocket, env: Environment): Promise<DaemonClient> {
  const client = await DaemonClient.open(socket, {
    hello: {
      protocolVersions: [...protocolVersions],
      clientId: randomUUID(),
      client: 'cli',
      clientVersion: version,
      trusted: true,
    },
  });
  await bringProxy(client, env);
  await bringKeys(client, env);
  return client;
}

async function connectOrBecome(paths: Paths) {
  const deadline = Date.now() + otherStartMs;
  for (;;) {
    try {
      return { socket: await connectToDaemon({ paths }), daemon: null };
    } catch (error) {
      if (!isAbsent(error) || Date.now() > deadline) throw error;
    }
    const daemon: RunningDaemon | null = await startDaemon({ paths, idleMinutes: 0 });
    if (daemon) return { socket: await connectToDaemon({ paths }), daemon };
    // Another process holds the lock and is about to listen.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What is wrong with config.jsonc, as lines to print; empty when it is in force. */
export async function configProblemLines({ client }: Session): Promise<string[]> {
  const { configProblems } = await client.request(snapshotRequest, {});
  return configProblems.map(
    ({ code, message, next, line }) => `${code}${line === null ? '' : ` (line ${line})`}: ${message} ${next}`,
  );
}

function isAbsent(error: unknown): boolean {
  return error instanceof RouterError && error.code === 'daemon.unreachable';
}

/** Before the keys, which are asked about through it. A command without a proxy leaves that of another one in force. */
async function bringProxy(client: DaemonClient, env: Environment): Promise<void> {
  const proxy = proxyOfEnvironment(env);
  if (proxy === null) return;
  // A daemon of an older version knows nothing of proxies, and serves all the same.
  await client.request(daemonRequests.setProxy, { proxy }).catch(() => undefined);
}

/** Looks up in this command's environment the keys the daemon would like; it has no environment of its own. */
async function bringKeys(client: DaemonClient, env: Environment): Promise<void> {
  for (const { nodeId, env: name } of client.welcome.snapshot?.wantedKeys ?? []) {
    const key = env[name]?.trim();
    if (key === undefined || key === '') continue;
    await client.request(daemonRequests.setKey, { nodeId, key, source: 'environment' });
  }
}
