/**
 * The daemon's server: opens the door, serves each connection, and leaves nothing behind. The caller holds the leader
 * lock, which is what gives it the right to replace a dead daemon's socket and files.
 */
import {
  type Endpoint,
  type Paths,
  closeCodes,
  closeSocket,
  ensureRuntimeFolder,
  removeDiscovery,
  writeDiscovery,
  writeToken,
} from '@task-router/protocol/node';
import { protocolVersions } from '@task-router/protocol';
import type { RouterService } from '../dispatch/service.ts';
import type { Clock } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import { serveConnection } from './connection.ts';
import type { EndpointControl } from './endpoint-control.ts';
import type { EventLog } from './event-log.ts';
import { Heartbeat } from './heartbeat.ts';
import { openListener } from './listener.ts';
import { type ConfigChecks, createConfigLanguage } from './lsp/config-language.ts';
import { bindMethods } from './methods.ts';

export interface ServerOptions {
  readonly service: RouterService;
  readonly eventLog: EventLog;
  readonly endpoint: EndpointControl;
  /** What the editor's features for `config.jsonc` are made of; config/language.ts provides it. */
  readonly config: ConfigChecks;
  readonly paths: Paths;
  readonly version: string;
  readonly buildId: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** A client asked the daemon to end. The answer to that client has been sent when this is called. */
  readonly onStop?: () => void;
  /** `tcp` leaves out the socket; default `auto`. */
  readonly transport?: 'auto' | 'tcp';
  /** Default 20 s. */
  readonly heartbeatMs?: number;
  /** From a connection to the end of its request head; default 3 s. */
  readonly headersMs?: number;
  /** From an open socket to `initialize`; default 10 s. */
  readonly initializeMs?: number;
}

export interface RunningServer {
  readonly endpoint: Endpoint;
  /** Open connections. */
  readonly clientCount: number;
  /** Called each time the last connection has closed. Returns how to stop listening. */
  onIdle(listener: () => void): () => void;
  /** Says goodbye to every client with close code 1001, so that it knows the daemon leaves on purpose. */
  broadcastClose(): Promise<void>;
  /** Ends all connections, frees the address and removes the files. The lock is the caller's to release after. */
  dispose(): Promise<void>;
}

/** Rejects with `daemon.runtimeFolderUnsafe`, or when neither a socket nor a port can be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { paths, service, eventLog, log, clock, version, buildId } = options;
  ensureRuntimeFolder(paths);
  const token = writeToken(paths);
  const heartbeat = new Heartbeat(options.heartbeatMs ?? 20_000);
  const idleListeners = new Set<() => void>();
  const host = {
    service,
    eventLog,
    log,
    version,
    buildId,
    methods: bindMethods(service, eventLog, options.endpoint),
    language: createConfigLanguage(options.config),
    onStop: options.onStop ?? (() => undefined),
    initializeMs: options.initializeMs ?? 10_000,
  };
  const opening = openListener({
    paths,
    token,
    clock,
    log,
    transport: options.transport ?? 'auto',
    headersMs: options.headersMs ?? 3_000,
    onSocket(socket) {
      heartbeat.watch(socket);
      serveConnection(socket, host);
      socket.once('close', () => {
        if (listener.sockets.size > 0) return;
        for (const notify of idleListeners) notify();
      });
    },
  });
  // A token without a daemon would only mislead.
  opening.catch(() => removeDiscovery(paths));
  const listener = await opening;
  writeDiscovery(paths, {
    schema: 1,
    pid: process.pid,
    startedAt: new Date(clock.nowMs()).toISOString(),
    buildId,
    daemonVersion: version,
    protocolVersions: [...protocolVersions],
    endpoint: listener.endpoint,
    tokenFile: paths.tokenFile,
  });
  log.info('listening', { endpoint: listener.endpoint.kind });

  const broadcastClose = async (): Promise<void> => {
    const closing = [...listener.sockets].map((socket) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      socket.once('close', () => resolve(undefined));
      closeSocket(socket, closeCodes.goingAway, 'the daemon ends');
      return promise;
    });
    await Promise.all(closing);
  };
  return {
    endpoint: listener.endpoint,
    get clientCount() {
      return listener.sockets.size;
    },
    onIdle(notify) {
      idleListeners.add(notify);
      return () => idleListeners.delete(notify);
    },
    broadcastClose,
    async dispose() {
      // First the files, so that no new client finds a daemon that is about to leave.
      removeDiscovery(paths);
      const freed = listener.close();
      await broadcastClose();
      await freed;
    },
  };
}
