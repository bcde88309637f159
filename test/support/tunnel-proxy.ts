/**
 * A proxy as companies have them: it knows nothing but `CONNECT`, perhaps wants a password, and reaches names that only it
 * can resolve. So a test can have a server far away without leaving this machine.
 */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TunnelProxy {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** What was asked for, as `name:port`. */
  readonly asked: readonly string[];
  /** Tunnels that are open now. */
  readonly open: number;
  stop(): Promise<void>;
}

export interface TunnelProxyOptions {
  /** Where a name leads on this machine; a status below 1000 is answered instead. Default: nowhere (502). */
  readonly to?: Readonly<Record<string, number>>;
  /** `name:password` without which it answers 407. */
  readonly login?: string;
}

export async function startTunnelProxy({ to = {}, login }: TunnelProxyOptions): Promise<TunnelProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Duplex) => {
    sockets.add(client);
    client.on('error', () => undefined).once('close', () => sockets.delete(client));
    const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    const { url = '', headers } = request;
    const mayPass = headers['proxy-authorization'] === wanted;
    if (mayPass) asked.push(url);
    const port = mayPass ? (to[url.replace(/:\d+$/, '')] ?? 502) : 407;
    if (port < 1_000) {
      client.end(`HTTP/1.1 ${port} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.once('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get open() {
      return sockets.size;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
