/**
 * The door: an HTTP server that answers nothing but authenticated WebSocket upgrades, on a Unix socket or named pipe
 * where one can be had (no browser reaches those), else on 127.0.0.1 with a random port. There is no way to bind
 * wider, and the same guard stands before both.
 */
import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { limits } from '@task-router/protocol';
import type { Endpoint, Paths } from '@task-router/protocol/node';
import type { Clock } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import { FailureMeter } from './failure-meter.ts';
import { type Refusal, checkHandshake, sha256 } from './guard.ts';
import { listenOnPipe, listenOnTcp } from './endpoint.ts';

/** Open WebSockets of all clients together. */
const maxConnections = 64;
/** Sockets that have not been let in yet count too, so that they can't use up file descriptors. */
const maxSockets = 2 * maxConnections;

const headerBytes = 8 * 1024;

export interface Listener {
  readonly endpoint: Endpoint;
  readonly sockets: ReadonlySet<WebSocket>;
  /** No new connections; resolves when the address is free. Open ones are the caller's to close. */
  close(): Promise<void>;
}

export interface ListenerOptions {
  readonly paths: Paths;
  readonly transport: 'auto' | 'tcp';
  readonly token: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Time for the whole request head, in ms. Node looks three times as often for sockets that exceed it. */
  readonly headersMs: number;
  /** Called in the turn in which the socket opens. */
  readonly onSocket: (socket: WebSocket) => void;
}

export async function openListener(options: ListenerOptions): Promise<Listener> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    // Tracked by the set itself; the sockets' own close handshake has a bound of its own.
    clientTracking: true,
  });
  const server = createServer({
    headersTimeout: options.headersMs,
    requestTimeout: options.headersMs,
    connectionsCheckingInterval: options.headersMs / 3,
    maxHeaderSize: headerBytes,
  });
  server.maxConnections = maxSockets;
  // No page, no version, no CORS header: plain HTTP finds nothing here.
  server.on('request', (_request, response) => {
    response.writeHead(404, { Connection: 'close', 'Content-Length': 0 }).end();
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  const endpoint = await listen(server, options);
  admitUpgrades(server, sockets, { ...options, port: endpoint.kind === 'tcp' ? endpoint.port : undefined });
  return {
    endpoint,
    sockets: sockets.clients,
    close: () =>
      new Promise((resolve) => {
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, { transport, paths, log }: ListenerOptions): Promise<Endpoint> {
  if (transport === 'tcp') return listenOnTcp(server);
  try {
    return await listenOnPipe(server, paths);
  } catch (error) {
    log.warn('the socket can’t be opened, 127.0.0.1 serves instead', { error });
    return listenOnTcp(server);
  }
}

function admitUpgrades(
  server: Server,
  sockets: WebSocketServer,
  options: ListenerOptions & { readonly port: number | undefined },
): void {
  const { port, log, onSocket } = options;
  const settings = { port, digest: sha256(options.token) };
  const failures = new FailureMeter(options.clock);
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // First of all: an error event without a listener would end the process.
    stream.on('error', () => stream.destroy());
    const refusal = checkHandshake(request, settings);
    if (refusal !== null) {
      const waitMs = failures.record();
      log.warn('a connection was refused', { status: refusal, waitMs });
      refuse(stream, refusal, waitMs);
    } else if (sockets.clients.size >= maxConnections) {
      log.warn('a connection was refused', { status: 503 });
      refuse(stream, 503, 0);
    } else {
      sockets.handleUpgrade(request, stream, head, onSocket);
    }
  });
}

const statusTexts = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
} as const;

function refuse(stream: Duplex, status: Refusal | 503, waitMs: number): void {
  const answer = (): void => {
    if (stream.destroyed) return;
    stream.once('finish', () => stream.destroy());
    stream.end(`HTTP/1.1 ${status} ${statusTexts[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  };
  if (waitMs === 0) answer();
  else setTimeout(answer, waitMs).unref();
}
