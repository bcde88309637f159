/**
 * A connection to a server through a proxy: `CONNECT`, as Node's documentation does it, then TLS with the server itself, so
 * that the proxy sees its name and nothing else. Both ways in which calls are made use it (decision 0027).
 */
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { guardedLookup } from './allowed-address.ts';
import type { Connect, ConnectionDone } from './created-fetch.ts';
import type { Proxy } from './proxy.ts';

/** What stood in the way was the proxy. Nothing reached the server. */
export class ProxyFailure extends Error {
  /** The proxy itself is out of reach or lets nobody in: whatever is called next would fail the same way. */
  readonly isOfAllCalls: boolean;

  constructor(message: string, isOfAllCalls: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ProxyFailure';
    this.isOfAllCalls = isOfAllCalls;
  }
}

interface Target {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** To the proxy itself, which is near. */
const proxyConnectMs = 4_000;
/** Until the proxy has reached the server, and for TLS with it. */
const serverConnectMs = 10_000;

/** Opens a tunnel to `target`. `done` hears once; an error is a `ProxyFailure`. */
function openTunnel(
  proxy: Proxy,
  target: Target,
  done: (error: ProxyFailure | null, socket: Duplex | null) => void,
): void {
  if (proxy.problem !== null) {
    const failure = new ProxyFailure(proxy.problem, true);
    process.nextTick(done, failure, null);
    return;
  }
  const authority = `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
  const { authorization } = proxy;
  const request = (proxy.isSecure ? https : http).request({
    ...{ method: 'CONNECT', host: proxy.host, port: proxy.port, path: authority, agent: false },
    headers: { host: authority, ...(authorization !== null && { 'proxy-authorization': authorization }) },
    lookup: guardedLookup(proxy.address),
    // Else taken from the host header, which names the server.
    ...(proxy.isSecure && { servername: isIP(proxy.host) === 0 ? proxy.host : '' }),
  });
  let hasEnded = false;
  const end = (error: ProxyFailure | null, socket: Duplex | null): void => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(timer);
    if (error !== null) request.destroy();
    done(error, socket);
  };
  let timer = setTimeout(() => end(unreachable(proxy, null), null), proxyConnectMs);
  request.once('socket', (socket) => {
    socket.once(proxy.isSecure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      timer = setTimeout(() => end(unanswered(proxy, authority), null), serverConnectMs);
    });
  });
  request.once('connect', ({ statusCode = 0 }, socket, head) => {
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      end(null, socket);
      return;
    }
    socket.destroy();
    end(refused(proxy, authority, statusCode), null);
  });
  // What breaks a socket later belongs to whoever has it then.
  request.on('error', (error) => end(unreachable(proxy, error), null));
  request.end();
}

/** For the agents of `fetch`. */
export function connectThrough(proxy: Proxy): Connect {
  return ({ hostname, port }, done) => {
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) };
    openTunnel(proxy, target, (error, tunnel) => {
      if (tunnel === null) done(error, null);
      else secured(tunnel, target, done);
    });
  };
}

/** For calls over `node:https`: keeps its connections as the agent that it is. */
export class TunnelAgent extends https.Agent {
  readonly proxy: Proxy;

  constructor(proxy: Proxy, options: https.AgentOptions) {
    super(options);
    this.proxy = proxy;
  }

  override createConnection(
    options: https.RequestOptions & { readonly servername?: string },
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const target = { host: options.host ?? '', port: Number(options.port ?? 443) };
    openTunnel(this.proxy, target, (error, tunnel) => {
      // Node looks at the socket only where there is no error.
      if (tunnel === null) (done as (error: Error | null) => void)(error);
      else {
        const socket = super.createConnection({ ...options, socket: tunnel } as https.RequestOptions);
        if (socket) done(null, socket);
      }
    });
  }
}

function secured(tunnel: Duplex, { host }: Target, done: ConnectionDone): void {
  const socket = connectTls({
    ...{ socket: tunnel, ALPNProtocols: ['http/1.1'] },
    ...(isIP(host) === 0 ? { servername: host } : { host }),
  });
  const fail = (error: Error): void => {
    clearTimeout(timer);
    socket.destroy();
    done(error, null);
  };
  const timer = setTimeout(() => fail(new Error('no TLS in time')), serverConnectMs);
  socket.once('error', fail);
  socket.once('secureConnect', () => {
    clearTimeout(timer);
    socket.off('error', fail);
    done(null, socket satisfies Socket);
  });
}

function unreachable({ address, source }: Proxy, error: Error | null): ProxyFailure {
  const code = error !== null && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return new ProxyFailure(
    `The proxy ${address} can’t be reached${code}. Check that it runs, or correct ${source}.`,
    true,
    error ?? undefined,
  );
}

function unanswered({ address }: Proxy, authority: string): ProxyFailure {
  return new ProxyFailure(`The proxy ${address} did not reach ${authority} in time.`, false);
}

function refused({ address, source }: Proxy, authority: string, status: number): ProxyFailure {
  if (status === 407) {
    const where = source.startsWith('http.')
      ? 'http.proxy (http://name:password@host:port) or http.proxyAuthorization'
      : `${source} (http://name:password@host:port)`;
    return new ProxyFailure(
      `The proxy ${address} wants a name and a password, or refuses those it got (407). Write them into ${where}.`,
      true,
    );
  }
  const next =
    status === 403
      ? 'Ask whoever runs the proxy to allow it, or name the host in NO_PROXY or http.noProxy if it can be called directly.'
      : 'Try again later, or name the host in NO_PROXY or http.noProxy if it can be called directly.';
  return new ProxyFailure(
    `The proxy ${address} did not let us through to ${authority} (${status}). ${next}`,
    false,
  );
}
