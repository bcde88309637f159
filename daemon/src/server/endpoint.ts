/** Binding the HTTP server to its address. The caller holds the leader lock, so a socket left behind is a dead one. */
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import type { Endpoint, Paths } from '@task-router/protocol/node';

export async function listenOnPipe(server: Server, paths: Paths): Promise<Endpoint> {
  if (process.platform === 'win32') {
    // The random part lies in the discovery file, which only its owner can read.
    const path = `${paths.socketPath}${randomBytes(16).toString('hex')}`;
    await listen(server, { path });
    return { kind: 'pipe', path };
  }
  const path = paths.socketPath;
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
  await listen(server, { path });
  // The folder's mode 0700 is the barrier; this is the second one.
  chmodSync(path, 0o600);
  return { kind: 'pipe', path };
}

export async function listenOnTcp(server: Server): Promise<Endpoint> {
  await listen(server, { host: '127.0.0.1', port: 0 });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return { kind: 'tcp', port: address.port };
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(options, () => {
    server.off('error', reject);
    resolve(undefined);
  });
  return promise;
}
