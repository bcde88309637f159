/**
 * From the discovery file to an open, authenticated WebSocket. Everything that can go wrong is told apart before
 * a language client is involved, because that client answers a failed start with a pop-up.
 */
import { lstatSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { WebSocket } from 'ws';
import { RouterError, limits, protocolVersions } from '../index.ts';
import { type Discovery, type Endpoint, readDiscovery } from './discovery.ts';
import type { Paths } from './paths.ts';
import { checkRuntimeFolder } from './runtime-folder.ts';
import { readToken } from './token.ts';

/** An open connection, for callers that pass it on without knowing the package behind it. */
export type DaemonSocket = WebSocket;

/** Details of `daemon.unreachable`: tells "none there" from "there, but it doesn't answer". */
export type UnreachableReason = 'noDaemon' | 'refused' | 'unauthorized' | 'timeout' | 'failed';

export interface ConnectOptions {
  readonly paths: Paths;
  readonly signal?: AbortSignal | undefined;
  /** For the handshake alone; default 3 s. */
  readonly timeoutMs?: number | undefined;
}

/** The only path that the daemon serves. */
export const socketPathname = '/v1';

/**
 * Rejects with `daemon.unreachable` (its details name the reason), `daemon.protocolVersion`,
 * `daemon.tooManyConnections` or `daemon.runtimeFolderUnsafe`, or with the signal's reason.
 */
export async function connectToDaemon({
  paths,
  signal,
  timeoutMs = 3_000,
}: ConnectOptions): Promise<WebSocket> {
  signal?.throwIfAborted();
  // Before the token is read: a folder that others can write to may hold anyone's socket.
  if (!checkRuntimeFolder(paths)) throw unreachable('noDaemon', 'No daemon is running.');
  const discovery = readDiscovery(paths);
  const token = readToken(paths);
  if (discovery === null || token === null) throw unreachable('noDaemon', 'No daemon is running.');
  checkVersion(discovery);
  return openSocket(discovery.endpoint, token, { signal, timeoutMs });
}

function checkVersion(discovery: Discovery): void {
  const known: readonly string[] = protocolVersions;
  if (discovery.protocolVersions.some((version) => known.includes(version))) return;
  throw new RouterError(
    'daemon.protocolVersion',
    `The running daemon (${discovery.daemonVersion}) speaks protocol ${discovery.protocolVersions.join(', ')}; this side speaks ${known.join(', ')}.`,
  );
}

function openSocket(
  endpoint: Endpoint,
  token: string,
  { signal, timeoutMs }: { signal: AbortSignal | undefined; timeoutMs: number },
): Promise<WebSocket> {
  if (endpoint.kind === 'pipe') checkSocketOwner(endpoint.path);
  const socket = new WebSocket(addressOf(endpoint), {
    headers: { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    handshakeTimeout: timeoutMs,
    ...(endpoint.kind === 'pipe' && { createConnection: () => connectSocket(endpoint.path) }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const abandon = (reason: unknown): void => {
    reject(reason instanceof Error ? reason : new Error(String(reason)));
    socket.terminate();
  };
  const onAbort = (): void => abandon(signal?.reason);
  // Never removed: an error event without a listener would end the process.
  socket.on('error', (error) => abandon(errorOf(error)));
  socket.once('unexpected-response', (_request, response) => {
    abandon(refusalOf(response.statusCode ?? 0));
  });
  socket.once('close', () => reject(unreachable('failed', 'The daemon closed the connection.')));
  socket.once('open', () => resolve(socket));
  signal?.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => signal?.removeEventListener('abort', onAbort));
}

function addressOf(endpoint: Endpoint): string {
  // Over a socket the host is a formality, and the guard expects it without a port. The scheme matters: the editor's
  // extension host sends every request that does not name a socket through its proxy agent, past our connection. The
  // path in it is never used, and so may be one without the colons and backslashes of a Windows pipe.
  return endpoint.kind === 'pipe'
    ? `ws+unix:/task-router:${socketPathname}`
    : `ws://127.0.0.1:${endpoint.port}${socketPathname}`;
}

/** The folder is private, so this only fails when someone has tampered with the discovery file. */
function checkSocketOwner(path: string): void {
  const userId = process.getuid?.();
  if (userId === undefined) return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw unreachable('noDaemon', 'No daemon is running: its socket is gone.');
  if (!found.isSocket() || found.uid !== userId) {
    throw new RouterError('daemon.runtimeFolderUnsafe', `${path} is not a socket of this user.`, {
      details: { folder: path },
    });
  }
}

function errorOf(error: Error): RouterError {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED' || code === 'ENOENT') {
    return unreachable('refused', 'No daemon listens where the last one did.', error);
  }
  if (error.message === 'Opening handshake has timed out') {
    return unreachable('timeout', 'The daemon did not answer in time.', error);
  }
  return unreachable('failed', 'The connection to the daemon failed.', error);
}

function refusalOf(status: number): RouterError {
  switch (status) {
    case 401:
      // The daemon has restarted between our reading the two files; the next try reads them again.
      return unreachable('unauthorized', 'The daemon refused the token.');
    case 503:
      return new RouterError('daemon.tooManyConnections', 'The daemon serves as many connections as it may.');
    default:
      return unreachable('refused', `The daemon refused the connection (${status}).`);
  }
}

function unreachable(reason: UnreachableReason, message: string, cause?: unknown): RouterError {
  return new RouterError('daemon.unreachable', message, { details: { reason }, cause });
}
