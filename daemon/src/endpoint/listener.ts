/**
 * The endpoint's HTTP server on 127.0.0.1: there is no way to bind it wider. Time limits stand on everything that a client
 * could leave open; only an answer itself may take as long as it takes.
 */
import { type Server, createServer } from 'node:http';
import { Roster } from '../platform/roster.ts';
import type { AnswerStream } from './answer-stream.ts';
import { type ExchangeParts, exchange } from './exchange.ts';

export interface ListenerTimes {
  /** For the whole request head, and for head and body together. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** A connection without a request. */
  readonly idleMs: number;
  /** After so long without a byte a running answer gets a ping. */
  readonly pingMs: number;
  /** A client that reads nothing for so long is cut off. */
  readonly stuckMs: number;
}

export const defaultTimes: ListenerTimes = {
  headersMs: 5_000,
  requestMs: 60_000,
  idleMs: 65_000,
  pingMs: 15_000,
  stuckMs: 60_000,
};

/** Of all tools together; those that have not been let in yet count too. */
const maxConnections = 512;
/** Tools send long lists of beta features. */
const headerBytes = 32 * 1024;

export interface EndpointListener {
  readonly port: number;
  /** No new connections and no further requests; resolves when the address is free. */
  close(): Promise<void>;
}

/** Rejects with what Node says, `EADDRINUSE` above all. */
export async function openListener(
  port: number,
  times: ListenerTimes,
  parts: Omit<ExchangeParts, 'streams'>,
): Promise<EndpointListener> {
  const streams = new Roster<AnswerStream>();
  const server = createServer({
    headersTimeout: times.headersMs,
    requestTimeout: times.requestMs,
    keepAliveTimeout: times.idleMs,
    connectionsCheckingInterval: Math.ceil(Math.min(times.headersMs / 3, 1_000)),
    maxHeaderSize: headerBytes,
  });
  server.maxConnections = maxConnections;
  await listen(server, port);
  const address = server.address();
  const boundPort = address === null || typeof address === 'string' ? port : address.port;
  const exchangeParts = { ...parts, streams };
  server.on('request', (request, response) => exchange(request, response, boundPort, exchangeParts));
  const ticking = setInterval(
    () => {
      const nowMs = performance.now();
      for (const stream of streams.all()) stream.tick(nowMs, times);
    },
    Math.min(times.pingMs, times.stuckMs) / 4,
  ).unref();
  return {
    port: boundPort,
    close: () =>
      new Promise((resolve) => {
        clearInterval(ticking);
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), closeGraceMs).unref();
      }),
  };
}

/** What is being written when it closes gets so long to be read. */
const closeGraceMs = 500;

function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
    server.off('error', reject);
    resolve(undefined);
  });
  return promise;
}
